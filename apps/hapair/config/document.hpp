// JSON with comments as a tree in which every key and value knows its line and column. Reading is
// strict (RFC 8259 with // and /* */ comments): duplicate keys, control characters and broken UTF-8
// are faults. The tree owns its texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/faults.hpp"

namespace hapair::config {

struct Member;

struct Value {
  enum class Kind : std::uint8_t {
    kNull,
    kBoolean,
    kInteger,  ///< a whole number that fits 64 bits with sign
    kNumber,   ///< any other number
    kString,
    kArray,
    kObject,
  };

  Kind kind = Kind::kNull;
  Position at;
  bool boolean = false;
  std::int64_t integer = 0;
  std::string text;             ///< a string's content; a number as the file has it
  std::vector<Value> items;     ///< of an array
  std::vector<Member> members;  ///< of an object, in the file's order, without duplicates

  [[nodiscard]] const Member* find(std::string_view key) const;
};

struct Member {
  std::string key;
  Position at;
  Value value;
};

inline constexpr std::size_t kMaxFileBytes = 1024 * 1024;
inline constexpr std::size_t kMaxDepth = 32;

/// The tree, or nullopt and at least one fault. A duplicate key is a fault too, though the tree is
/// still there (with its first value), so that the rest of the file can be checked.
[[nodiscard]] std::optional<Value> parse_document(std::string_view text, FaultList& faults);

/// "an object", "a text", "the number 12", ... for messages.
[[nodiscard]] std::string describe(const Value& value);

}  // namespace hapair::config
