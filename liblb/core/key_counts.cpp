#include "liblb/core/address_counts.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/base/bytes.hpp"
#include "liblb/core/stable_hash.hpp"

namespace hapair::lb {
namespace {

constexpr std::size_t kFirstSlots = 64;
/// IPv4 addresses lie where IPv6 has its IPv4-mapped ones (RFC 4291, section 2.5.5.2).
constexpr std::uint64_t kMapped = 0xffff'0000'0000;

/// A number whose first `count` (0 to 64) bits are set.
std::uint64_t first_bits(unsigned count) {
  return count == 0 ? 0 : ~std::uint64_t{0} << (64 - count);
}

}  // namespace

AddressCounts::AddressCounts(std::uint64_t seed, std::uint8_t ipv6_prefix)
    : seed_(seed),
      network_{.high = first_bits(std::min<unsigned>(ipv6_prefix, 64)),
               .low = first_bits(ipv6_prefix > 64 ? ipv6_prefix - 64U : 0)},
      slots_(kFirstSlots) {}

AddressCounts::Key AddressCounts::key_of(const base::IpAddress& address) const {
  if (address.is_v4()) return {.high = 0, .low = kMapped | address.v4_host_order()};
  base::ByteReader bytes(address.bytes());
  const std::uint64_t high = bytes.u64();
  const std::uint64_t low = bytes.u64();
  if (high == 0 && low >> 32 == kMapped >> 32) return {.high = high, .low = low};
  return {.high = high & network_.high, .low = low & network_.low};
}

std::size_t AddressCounts::home_of(const Key& key) const {
  return mixed(mixed(key.high ^ seed_) ^ key.low) & (slots_.size() - 1);
}

std::size_t AddressCounts::find(const Key& key) const {
  std::size_t slot = home_of(key);
  while (slots_[slot].count > 0 && slots_[slot].key != key) slot = next(slot);
  return slot;
}

bool AddressCounts::add(const base::IpAddress& address, std::uint32_t limit) {
  const Key key = key_of(address);
  std::size_t slot = find(key);
  if (slots_[slot].count >= limit) return false;
  if (slots_[slot].count == 0) {
    if (2 * (used_ + 1) > slots_.size()) {
      grow();
      slot = find(key);
    }
    slots_[slot].key = key;
    ++used_;
  }
  ++slots_[slot].count;
  return true;
}

void AddressCounts::remove(const base::IpAddress& address) {
  const std::size_t slot = find(key_of(address));
  assert(slots_[slot].count > 0);
  if (--slots_[slot].count == 0) empty(slot);
}

std::uint32_t AddressCounts::count(const base::IpAddress& address) const {
  return slots_[find(key_of(address))].count;
}

void AddressCounts::grow() {
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
  for (const Slot& each : before) {
    if (each.count > 0) slots_[find(each.key)] = each;
  }
}

void AddressCounts::empty(std::size_t slot) {
  --used_;
  std::size_t gap = slot;
  for (std::size_t at = next(gap); slots_[at].count > 0; at = next(at)) {
    // It may move back into the gap where its search begins there or before.
    const std::size_t mask = slots_.size() - 1;
    const std::size_t way = (at - home_of(slots_[at].key)) & mask;
    if (way < ((at - gap) & mask)) continue;
    slots_[gap] = slots_[at];
    gap = at;
  }
  slots_[gap] = {};
}

}  // namespace hapair::lb
