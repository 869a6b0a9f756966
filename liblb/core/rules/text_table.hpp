// A hash table of texts for look-ups at every step through a text: hashes are made byte by byte, so
// those of all beginnings (or ends) of a text come from one pass over it. Pure; filled once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace hapair::lb::rules {

// FNV-1a: it gives the value of every prefix on its way. What is in the tables is the
// administrator's, so nobody can fill one chain.
using TextHash = std::uint64_t;
inline constexpr TextHash kHashBasis = 0xcbf29ce484222325ULL;

[[nodiscard]] constexpr TextHash hash_step(TextHash hash, char c) {
  return (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
}

[[nodiscard]] constexpr TextHash hash_forwards(std::string_view text) {
  TextHash hash = kHashBasis;
  for (const char c : text) hash = hash_step(hash, c);
  return hash;
}

/// Of a host from its end on: each domain above it is met on the way.
[[nodiscard]] constexpr TextHash hash_backwards(std::string_view text) {
  TextHash hash = kHashBasis;
  for (std::size_t at = text.size(); at-- > 0;) hash = hash_step(hash, text[at]);
  return hash;
}

/// Of texts, each in a room of its own and with a number below 2^32 - 1. `hash` is the text's, made
/// in whatever direction.
class TextTable {
 public:
  TextTable();
  /// Null: it is not there.
  [[nodiscard]] const std::uint32_t* find(TextHash hash, std::uint32_t room,
                                          std::string_view text) const;
  /// It is not there yet. All texts together have less than 4 GiB.
  void insert(TextHash hash, std::uint32_t room, std::string_view text, std::uint32_t value);

 private:
  static constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();
  struct Slot {
    TextHash hash = 0;
    std::uint32_t room = 0;
    std::uint32_t value = kFree;
    std::uint32_t begin = 0;  ///< in texts_
    std::uint32_t size = 0;
  };
  [[nodiscard]] std::size_t place_of(TextHash hash, std::uint32_t room) const;
  void place(const Slot& slot);
  void grow();

  std::vector<Slot> slots_;  ///< a power of two, at most half of them taken
  std::size_t taken_ = 0;
  std::string texts_;
};

}  // namespace hapair::lb::rules
