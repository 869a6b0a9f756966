// How many of something each client address has: connections, handshakes. IPv6 addresses count by
// their network, as one client has a whole one. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/ip_address.hpp"
#include "liblb/core/client_key.hpp"
#include "liblb/core/key_counts.hpp"

namespace hapair::lb {

class AddressCounts {
 public:
  /// `seed`: random, so that nobody chooses addresses that lie together. `ipv6_prefix`: 1 to 128
  /// bits make a network.
  AddressCounts(std::uint64_t seed, std::uint8_t ipv6_prefix)
      : counts_(seed), ipv6_prefix_(ipv6_prefix) {}

  /// One more for the address, unless it has `limit` of them already: then false.
  [[nodiscard]] bool add(const base::IpAddress& address, std::uint32_t limit) {
    return counts_.add(key_of(address, ipv6_prefix_), limit);
  }
  /// One less; it must have one.
  void remove(const base::IpAddress& address) { counts_.remove(key_of(address, ipv6_prefix_)); }
  [[nodiscard]] std::uint32_t count(const base::IpAddress& address) const {
    return counts_.count(key_of(address, ipv6_prefix_));
  }
  /// That have one at least.
  [[nodiscard]] std::size_t addresses() const { return counts_.keys(); }
  [[nodiscard]] std::size_t capacity() const { return counts_.capacity(); }

 private:
  KeyCounts counts_;
  std::uint8_t ipv6_prefix_;
};

}  // namespace hapair::lb
