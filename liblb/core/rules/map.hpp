// A map: keys with values, as a file's lines have them, made for look-ups by what a request says.
// Pure; made whole, and never changed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "liblb/core/rules/text_table.hpp"

namespace hapair::lb::rules {

/// How what is asked for is compared with the keys.
enum class MapKind : std::uint8_t {
  kExact,    ///< it is the key; case counts
  kPrefix,   ///< it begins with the key; the longest counts
  kDomain,   ///< it is the key or a name below it, whatever the case; the longest counts
  kNetwork,  ///< it is an address in that network; the smallest network counts
};

/// What must hold of a map's file.
struct MapTerms {
  MapKind kind = MapKind::kExact;
  bool valued = false;  ///< a key does not stand alone: its value is used
  /// Given: each value is one of these names of backends, of which empty ones are out of question.
  std::optional<std::vector<std::string>> backends{};

  bool operator==(const MapTerms&) const = default;
};

class Map {
 public:
  static constexpr std::size_t kMaxEntries = 65536;
  static constexpr std::size_t kMaxKey = 256;     ///< bytes
  static constexpr std::size_t kMaxValue = 1024;  ///< bytes

  struct Value {
    std::string_view text;    ///< as long as the map lives
    std::size_t backend = 0;  ///< its place among MapTerms::backends
  };

  /// Of lines "KEY VALUE", with blanks or tabs in between; empty lines, and those that begin with
  /// "#", are comments. Fails with "LINE: problem; remedy" of the first line that is no good.
  [[nodiscard]] static base::Result<Map> parse(const MapTerms& terms, std::string_view text);

  /// Nullopt: no key is one for that. In time that depends on the text, not on the map; at worst a
  /// look-up for each length that its prefixes or networks have.
  [[nodiscard]] std::optional<Value> find(std::string_view text) const;
  [[nodiscard]] std::size_t entries() const { return values_.size(); }

 private:
  struct Entry {
    std::uint32_t begin = 0;  ///< of its value in texts_
    std::uint32_t size = 0;
    std::uint32_t backend = 0;
  };
  /// A key as the table has it.
  struct Key {
    std::string text{};
    TextHash hash = 0;
    std::uint16_t room = 0;
    std::uint16_t length = 0;  ///< of a prefix in bytes, or of a network in bits
  };
  class Reader;

  explicit Map(MapKind kind) : kind_(kind) {}
  [[nodiscard]] static base::Result<Key> key_of(MapKind kind, std::string_view text);
  void note_length(const Key& key);
  [[nodiscard]] const std::uint32_t* find_prefix(std::string_view text) const;
  [[nodiscard]] const std::uint32_t* find_domain(std::string_view text) const;
  [[nodiscard]] const std::uint32_t* find_network(std::string_view text) const;

  MapKind kind_;
  TextTable table_;
  /// That keys have, the longest first; networks by family, IPv6 behind IPv4.
  std::array<std::vector<std::uint16_t>, 2> lengths_;
  std::vector<Entry> values_;
  std::string texts_;
};

}  // namespace hapair::lb::rules
