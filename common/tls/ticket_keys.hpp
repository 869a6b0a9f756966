// Keys for session tickets (RFC 5077, RFC 8446 section 4.6.1) that all nodes of a cluster have:
// each epoch's derive from one secret and the epoch's number, so that a node resumes what another
// one began, and nothing of them needs to be sent or stored.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

namespace hapair::tls {

class TicketKeys {
 public:
  static constexpr std::size_t kNameBytes = 16;
  static constexpr std::size_t kKeyBytes = 32;
  /// How long new tickets are made with one key.
  static constexpr base::Duration kEpoch = std::chrono::hours(8);

  struct Key {
    std::array<std::uint8_t, kNameBytes> name{};
    std::array<std::uint8_t, kKeyBytes> cipher{};  ///< AES-256
    std::array<std::uint8_t, kKeyBytes> mac{};     ///< HMAC with SHA-256
  };

  /// `secret`: 32 bytes, the same on all nodes.
  TicketKeys(std::string secret, base::WallTime now);

  /// Time passes: to be called now and then, at least once in an epoch.
  void advance(base::WallTime now);

  /// For new tickets.
  [[nodiscard]] const Key& current() const { return keys_[kCurrent]; }
  /// The key of that name: of this epoch, the one before, or the next one, which a node whose
  /// clock is ahead uses already. Null: none.
  [[nodiscard]] const Key* find(base::Bytes name) const;

 private:
  static constexpr std::size_t kCurrent = 1;

  std::string secret_;
  std::int64_t epoch_ = -1;
  std::array<Key, 3> keys_;  ///< before, current, next
};

}  // namespace hapair::tls
