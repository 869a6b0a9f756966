// How many of something each client address has: connections, handshakes. IPv6 addresses count by
// their network, as one client has a whole one. An open-addressed table that grows with the number
// of addresses at once and never shrinks; it allocates nothing while that stays. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/ip_address.hpp"

namespace hapair::lb {

class AddressCounts {
 public:
  /// `seed`: random, so that nobody chooses addresses that lie together. `ipv6_prefix`: 1 to 128
  /// bits make a network.
  AddressCounts(std::uint64_t seed, std::uint8_t ipv6_prefix);

  /// One more for the address, unless it has `limit` of them already: then false.
  [[nodiscard]] bool add(const base::IpAddress& address, std::uint32_t limit);
  /// One less; it must have one.
  void remove(const base::IpAddress& address);
  [[nodiscard]] std::uint32_t count(const base::IpAddress& address) const;
  /// That have one at least.
  [[nodiscard]] std::size_t addresses() const { return used_; }
  [[nodiscard]] std::size_t capacity() const { return slots_.size(); }

 private:
  struct Key {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    bool operator==(const Key&) const = default;
  };
  struct Slot {
    Key key;
    std::uint32_t count = 0;  ///< 0: empty
  };

  [[nodiscard]] Key key_of(const base::IpAddress& address) const;
  /// Where a search for the key begins.
  [[nodiscard]] std::size_t home_of(const Key& key) const;
  /// Its slot, or the empty one where it would be.
  [[nodiscard]] std::size_t find(const Key& key) const;
  [[nodiscard]] std::size_t next(std::size_t slot) const {
    return (slot + 1) & (slots_.size() - 1);
  }
  void grow();
  /// Empties the slot and closes the gap in the runs that lead over it.
  void empty(std::size_t slot);

  std::uint64_t seed_;
  Key network_;              ///< the bits of an IPv6 address that count
  std::vector<Slot> slots_;  ///< a power of two, at most half of them used
  std::size_t used_ = 0;
};

}  // namespace hapair::lb
