// How much each client may: so many requests, connections, errors or bytes in a window that slides.
// What is refused doesn't count, so a client that keeps asking is served as often as one that
// waits. Limits that tell clients by the same share one table. A table has a fixed size, so a flood
// of distinct clients costs nothing but their being counted anew. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/siphash.hpp"
#include "common/base/time.hpp"
#include "common/http/head.hpp"
#include "liblb/core/client_table.hpp"
#include "liblb/core/request_counts.hpp"

namespace hapair::lb {

struct RateLimitSettings {
  RateOf of = RateOf::kRequests;  ///< not kActive
  std::uint32_t limit = 0;        ///< 1 or more in the window
  base::Duration per{0};          ///< the window: 1 s or longer
  ClientKeySettings by{};
  std::size_t size = 100'000;  ///< clients that are known at once; the largest in a table counts

  bool operator==(const RateLimitSettings&) const = default;
};

/// For Retry-After: whole seconds, 1 or more.
[[nodiscard]] constexpr std::uint64_t seconds_until(base::Duration wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return seconds < 1 ? 1 : static_cast<std::uint64_t>(seconds);
}

class RateLimiter {
 public:
  /// Of one frontend or backend.
  static constexpr std::size_t kMaxLimits = 8;

  struct Limit {
    RateOf of = RateOf::kRequests;
    std::uint32_t limit = 0;
    base::Duration per{0};
    std::size_t counter = 0;  ///< in its table
    std::uint64_t refused = 0;
  };
  /// Limits that share a table.
  struct Group {
    ClientTable table;
    std::vector<Limit> limits;
  };

  /// 1 to kMaxLimits of them. Their tables are named `name`, `name`:2 and so on.
  RateLimiter(std::string_view name, const std::vector<RateLimitSettings>& limits,
              const base::SipKey& hash);

  /// One more request of a client that is told by its address, or by its request (which may be
  /// null) where that says. nullopt: it may, and is counted where it is what counts. Else after so
  /// long it may again, if it doesn't before.
  [[nodiscard]] std::optional<base::Duration> refuse(const base::IpAddress& address,
                                                     const http::RequestHead* request,
                                                     base::Instant now) {
    return refuse(false, address, request, now);
  }
  /// The same for a connection; where those are not counted it may.
  [[nodiscard]] bool refuses_connection(const base::IpAddress& address, base::Instant now) {
    return limits_connections_ && refuse(true, address, nullptr, now);
  }
  /// A request may be one too many.
  [[nodiscard]] bool limits_requests() const { return limits_requests_; }

  /// A request begins: what it comes to counts where errors or bytes do, for the client that it has
  /// now.
  void follow(const base::IpAddress& address, const http::RequestHead& request,
              RequestCounts& counts);
  /// A request is over that nothing has followed.
  void note(const base::IpAddress& address, const http::RequestHead& request,
            const RequestCost& cost, base::Instant now);

  [[nodiscard]] const std::deque<Group>& groups() const { return groups_; }
  [[nodiscard]] std::deque<Group>& groups() { return groups_; }

 private:
  [[nodiscard]] std::optional<base::Duration> refuse(bool connection,
                                                     const base::IpAddress& address,
                                                     const http::RequestHead* request,
                                                     base::Instant now);

  std::deque<Group> groups_;
  bool limits_requests_ = false;
  bool limits_connections_ = false;
};

}  // namespace hapair::lb
