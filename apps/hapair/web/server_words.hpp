// What the page says of a server's health. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace hapair::lb {
class Server;
}

namespace hapair::web {

enum class Kind : std::uint8_t { kUp, kGoing, kDown, kMaintenance, kDrain, kUnchecked, kUnknown };

/// "up", "going", "down", "maintenance", "drain", "unchecked", "unknown".
[[nodiscard]] std::string_view to_string(Kind kind);
/// As symbols have it for those who see no colour.
[[nodiscard]] std::string_view symbol_of(Kind kind);

struct ServerWords {
  Kind kind = Kind::kUnknown;
  std::string_view state;   ///< "UP 1/3"
  std::string_view reason;  ///< of what is not well; empty: nothing is to be said
};
[[nodiscard]] ServerWords words_of(const lb::Server& server);

}  // namespace hapair::web
