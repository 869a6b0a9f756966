// What is known of the clients of a frontend or backend, for people and programs: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/time.hpp"
#include "liblb/core/persistence.hpp"
#include "liblb/core/rate_limiter.hpp"

namespace hapair::lb {

/// How many clients of a table are told of: those that came last.
inline constexpr std::size_t kClientsInView = 100;

struct TableView {
  struct Client {
    std::string key;          ///< an address or network; a hash of any other text
    std::string server{};     ///< stick table: whose it is
    std::uint64_t count = 0;  ///< rate limit: in the window up to now
    base::Duration expires{0};
  };

  std::string by;  ///< "source", "header:X-Key"
  std::size_t size = 0;
  std::size_t entries = 0;
  std::uint64_t evictions = 0;
  std::uint64_t expirations = 0;
  std::size_t memory = 0;  ///< bytes
  std::vector<Client> clients{};
};

struct RateLimitView {
  RateOf of = RateOf::kRequests;
  std::uint32_t limit = 0;
  base::Duration per{0};
  std::uint64_t refused = 0;
  TableView table{};
};

struct CookieView {
  std::string name;
  PersistenceCounters counters{};
};

struct StickView {
  PersistenceCounters counters{};
  TableView table{};
};

/// A frontend or backend that has one of these.
struct KeepingView {
  std::string proxy;
  bool backend = false;
  std::optional<RateLimitView> rate_limit{};
  std::optional<CookieView> cookie{};
  std::optional<StickView> stick{};
};

}  // namespace hapair::lb
