// What a server has taken of a request's body, kept as long as the server may say that it has not
// looked at the request: then the next one gets it again. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "liblb/core/exchange_sides.hpp"

namespace hapair::lb {

class KeptBody {
 public:
  /// Bytes; of a longer body nothing is kept.
  static constexpr std::size_t kMax = 16 * 1024;

  /// Whether what comes is kept.
  void set_keeping(bool keeping) { keeping_ = keeping; }
  /// The server took so many bytes of the pieces.
  void add(Pieces pieces, std::size_t accepted) {
    if (!keeping_) return;
    if (bytes_.size() + accepted > kMax) {
      clear();
      return;
    }
    for (const std::string_view piece : pieces) {
      const std::size_t taken = std::min(accepted, piece.size());
      bytes_ += piece.substr(0, taken);
      accepted -= taken;
    }
  }
  void set_trailers(std::string_view lines) {
    if (keeping_) trailers_ = lines;
  }
  /// Nothing is kept, and no memory for it.
  void clear() {
    keeping_ = false;
    std::string().swap(bytes_);
    std::string().swap(trailers_);
  }

  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] std::string_view trailers() const { return trailers_; }

 private:
  std::string bytes_;
  std::string trailers_;
  bool keeping_ = false;
};

}  // namespace hapair::lb
