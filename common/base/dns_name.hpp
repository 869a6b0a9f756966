// A name in a message of the DNS (RFC 1035, section 4.1.4), label by label and through its
// pointers. Total over any bytes: pointers lead back only, so there is no ring of them, and only so
// often.
#pragma once

#include <cstddef>
#include <optional>

#include "common/base/bytes.hpp"

namespace hapair::base {

class DnsLabels {
 public:
  static constexpr std::size_t kMaxLabel = 63;
  /// Of all labels with a dot between each two.
  static constexpr std::size_t kMaxName = 255;
  static constexpr unsigned kMaxPointers = 16;

  /// The name that begins at `at`, which lies within the message or at its end.
  DnsLabels(Bytes message, std::size_t at) : message_(message), at_(at), lowest_(at) {}

  /// The next label; empty behind the last one, and once something is wrong.
  [[nodiscard]] Bytes next();
  [[nodiscard]] bool ok() const { return ok_; }
  /// What the message goes on with behind the name; only when all labels were taken.
  [[nodiscard]] std::size_t behind() const { return behind_.value_or(at_ + 1); }

 private:
  Bytes message_;
  std::size_t at_;
  std::size_t lowest_;                   ///< pointers lead before this
  std::optional<std::size_t> behind_{};  ///< the first pointer
  std::size_t bytes_ = 0;                ///< of labels, each with its length
  unsigned pointers_ = 0;
  bool ok_ = true;
};

}  // namespace hapair::base
