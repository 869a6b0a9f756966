// What is known of clients, for people and programs, and what they may change: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/time.hpp"
#include "liblb/core/persistence.hpp"
#include "liblb/core/rate_limiter.hpp"

namespace hapair::lb {

/// How many clients of a table are told of: those that came last.
inline constexpr std::size_t kClientsInView = 100;

/// A figure for each counter of a table, in its order.
using Figures = std::vector<std::pair<RateOf, std::uint64_t>>;

struct TableView {
  enum class Kind : std::uint8_t {
    kStick,  ///< a backend's, of who has which server
    kLimit,  ///< of the limits of a frontend or backend
    kOwn,    ///< in the configuration by its name
  };
  struct Client {
    std::string key;       ///< an address or network; a hash of any other text
    std::string server{};  ///< kStick: whose it is
    Figures figures{};     ///< in the windows up to now
    base::Duration expires{0};
  };

  std::string name;  ///< of kStick "stick:BACKEND", of kLimit "frontend:NAME" or "backend:NAME"
  Kind kind = Kind::kOwn;
  std::string by{};  ///< "source", "header:X-Key"
  std::size_t size = 0;
  std::size_t entries = 0;
  std::uint64_t evictions = 0;
  std::uint64_t expirations = 0;
  std::size_t memory = 0;                   ///< bytes
  std::vector<CounterSettings> counters{};  ///< but for kStick
  /// Clients with something under way; absent: that is not counted.
  std::optional<std::size_t> active_clients{};
  std::vector<RateLimiter::Limit> limits{};  ///< kLimit
  PersistenceCounters persistence{};         ///< kStick
  std::vector<Client> clients{};
};

struct CookieView {
  std::string backend;
  std::string name;
  PersistenceCounters counters{};
};

struct KeepingView {
  std::vector<TableView> tables{};
  std::vector<CookieView> cookies{};
};

/// What a client's entry in a table is to say.
struct ClientEntry {
  std::string server{};  ///< for a stick table; empty: none
  Figures figures{};     ///< for any other; counters that are left out stay as they are
};

/// Why a table could not be changed.
struct TableFault {
  enum class Kind : std::uint8_t {
    kNoTable,
    kNoClient,
    kBadKey,    ///< no client of that table can be told by it
    kBadEntry,  ///< the table has no such thing
  };
  Kind kind = Kind::kNoTable;
  std::string message{};
  std::string remedy{};
};

}  // namespace hapair::lb
