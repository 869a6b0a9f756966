#include "apps/hapair/web/server_words.hpp"

#include <array>

#include "liblb/core/server.hpp"

namespace hapair::web {
namespace {

struct Names {
  std::string_view word;
  std::string_view symbol;
};
constexpr std::array<Names, 7> kNames{{{"up", "\u25cf"},
                                       {"going", "\u25b2"},
                                       {"down", "\u2716"},
                                       {"maintenance", "\u25a0"},
                                       {"drain", "\u25d0"},
                                       {"unchecked", "\u25cb"},
                                       {"unknown", "?"}}};

Kind kind_of(const lb::Server& server) {
  const lb::ServerHealth& health = server.health();
  if (server.removed()) return Kind::kDrain;
  switch (health.standing) {
    case lb::Standing::kUp:
    case lb::Standing::kLastResort:
      if (!health.checked && health.tracked.empty()) return Kind::kUnchecked;
      return health.state == "UP" ? Kind::kUp : Kind::kGoing;
    case lb::Standing::kUnknown:
      return Kind::kUnknown;
    case lb::Standing::kDown:
      return Kind::kDown;
    case lb::Standing::kDraining:
      return Kind::kDrain;
    case lb::Standing::kOut:
      return Kind::kMaintenance;
  }
  return Kind::kUnknown;
}

}  // namespace

std::string_view to_string(Kind kind) { return kNames.at(static_cast<std::size_t>(kind)).word; }

std::string_view symbol_of(Kind kind) { return kNames.at(static_cast<std::size_t>(kind)).symbol; }

ServerWords words_of(const lb::Server& server) {
  const Kind kind = kind_of(server);
  ServerWords words{.kind = kind,
                    .state = server.removed() ? std::string_view("DRAIN")
                                              : std::string_view(server.health().state),
                    .reason = server.health().reason};
  if (kind == Kind::kUp || kind == Kind::kUnchecked) words.reason = {};
  return words;
}

}  // namespace hapair::web
