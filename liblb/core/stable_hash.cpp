#include "liblb/core/stable_hash.hpp"

#include <array>
#include <bit>
#include <cstddef>

namespace hapair::lb {
namespace {

constexpr std::uint64_t kPrime1 = 0x9e3779b185ebca87ULL;
constexpr std::uint64_t kPrime2 = 0xc2b2ae3d27d4eb4fULL;
constexpr std::uint64_t kPrime3 = 0x165667b19e3779f9ULL;
constexpr std::uint64_t kPrime4 = 0x85ebca77c2b2ae63ULL;
constexpr std::uint64_t kPrime5 = 0x27d4eb2f165667c5ULL;
constexpr std::size_t kStripe = 32;
constexpr std::size_t kLane = 8;

/// The first `count` bytes as a number, the least significant one first.
std::uint64_t number_at(std::string_view bytes, std::size_t count) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    number |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return number;
}

std::uint64_t round_of(std::uint64_t lane, std::uint64_t input) {
  return std::rotl(lane + input * kPrime2, 31) * kPrime1;
}

/// What whole stripes come to; `bytes` is left with what is behind them.
std::uint64_t hash_stripes(std::string_view& bytes, std::uint64_t seed) {
  std::array<std::uint64_t, 4> lanes = {seed + kPrime1 + kPrime2, seed + kPrime2, seed,
                                        seed - kPrime1};
  for (; bytes.size() >= kStripe; bytes.remove_prefix(kStripe)) {
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      lanes[i] = round_of(lanes[i], number_at(bytes.substr(i * kLane), kLane));
    }
  }
  std::uint64_t hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
                       std::rotl(lanes[3], 18);
  for (const std::uint64_t lane : lanes) {
    hash = (hash ^ round_of(0, lane)) * kPrime1 + kPrime4;
  }
  return hash;
}

}  // namespace

std::uint64_t stable_hash(std::string_view bytes, std::uint64_t seed) {
  const std::uint64_t length = bytes.size();
  std::uint64_t hash = length >= kStripe ? hash_stripes(bytes, seed) : seed + kPrime5;
  hash += length;
  for (; bytes.size() >= kLane; bytes.remove_prefix(kLane)) {
    hash = std::rotl(hash ^ round_of(0, number_at(bytes, kLane)), 27) * kPrime1 + kPrime4;
  }
  if (bytes.size() >= kLane / 2) {
    hash = std::rotl(hash ^ (number_at(bytes, kLane / 2) * kPrime1), 23) * kPrime2 + kPrime3;
    bytes.remove_prefix(kLane / 2);
  }
  for (; !bytes.empty(); bytes.remove_prefix(1)) {
    hash = std::rotl(hash ^ (number_at(bytes, 1) * kPrime5), 11) * kPrime1;
  }
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

}  // namespace hapair::lb
