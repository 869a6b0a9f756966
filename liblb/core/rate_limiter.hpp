// How much each client may: so many requests, connections, errors or bytes in a window that slides.
// What is refused doesn't count, so a client that keeps asking is served as often as one that
// waits. The table has a fixed size, so a flood of distinct clients costs nothing but their being
// counted anew. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/base/siphash.hpp"
#include "common/base/time.hpp"
#include "common/http/head.hpp"
#include "liblb/core/client_key.hpp"
#include "liblb/core/key_table.hpp"
#include "liblb/core/rate_window.hpp"

namespace hapair::lb {

/// What is counted.
enum class RateOf : std::uint8_t {
  kRequests,
  kConnections,
  kErrors,    ///< answers with a status of 400 to 499, but for 429
  kBytesIn,   ///< of requests
  kBytesOut,  ///< of answers
};

/// What one request came to in the end.
struct RequestCost {
  int status = 0;  ///< 0: there was no answer
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

struct RateLimitSettings {
  RateOf of = RateOf::kRequests;
  std::uint32_t limit = 0;  ///< 1 or more in the window
  base::Duration per{0};    ///< the window: 1 s or longer
  ClientKeySettings by{};
  std::size_t size = 100'000;  ///< clients that are known at once

  bool operator==(const RateLimitSettings&) const = default;
};

/// For Retry-After: whole seconds, 1 or more.
[[nodiscard]] constexpr std::uint64_t seconds_until(base::Duration wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return seconds < 1 ? 1 : static_cast<std::uint64_t>(seconds);
}

class RateLimiter {
 public:
  RateLimiter(RateLimitSettings settings, const base::SipKey& hash)
      : settings_(std::move(settings)),
        hash_(hash),
        // Behind the window a client is as good as unknown.
        table_(settings_.size, settings_.per + settings_.per / RateWindow::kParts, hash) {}

  /// One more request (or connection: `request` null) of a client that is told by its address, or
  /// by its request where that says. nullopt: it may, and is counted where it is what counts. Else
  /// after so long it may again, if it doesn't before.
  [[nodiscard]] std::optional<base::Duration> refuse(const base::IpAddress& address,
                                                     const http::RequestHead* request,
                                                     base::Instant now);

  /// The same for a connection; where those are not counted it may.
  [[nodiscard]] bool refuses_connection(const base::IpAddress& address, base::Instant now) {
    return !limits_requests() && refuse(address, nullptr, now);
  }
  /// A request may be one too many.
  [[nodiscard]] bool limits_requests() const { return settings_.of != RateOf::kConnections; }

  /// A request is over; counts where errors or bytes do.
  void note(const base::IpAddress& address, const http::RequestHead& request,
            const RequestCost& cost, base::Instant now);

  [[nodiscard]] const RateLimitSettings& settings() const { return settings_; }
  [[nodiscard]] const KeyTable<RateWindow>& table() const { return table_; }
  [[nodiscard]] KeyTable<RateWindow>& table() { return table_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  /// nullopt: of a client without an address, which only one of a Unix socket is.
  [[nodiscard]] std::optional<TableKey> key_for(const base::IpAddress& address,
                                                const http::RequestHead* request) const;
  [[nodiscard]] std::uint32_t amount_of(const RequestCost& cost) const;

  RateLimitSettings settings_;
  base::SipKey hash_;
  KeyTable<RateWindow> table_;
  std::uint64_t refused_ = 0;
};

}  // namespace hapair::lb
