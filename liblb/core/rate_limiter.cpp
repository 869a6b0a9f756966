#include "liblb/core/rate_limiter.hpp"

#include <algorithm>
#include <limits>

#include "common/http/fault.hpp"

namespace hapair::lb {

std::optional<TableKey> RateLimiter::key_for(const base::IpAddress& address,
                                             const http::RequestHead* request) const {
  if (request != nullptr && settings_.by.source != KeySource::kAddress) {
    if (const auto key = key_of(*request, settings_.by, hash_)) return key;
  }
  // A request without the field doesn't escape: it counts as one of its address.
  if (address.is_any()) return std::nullopt;
  return key_of(address, settings_.by.ipv6_prefix);
}

std::optional<base::Duration> RateLimiter::refuse(const base::IpAddress& address,
                                                  const http::RequestHead* request,
                                                  base::Instant now) {
  const auto key = key_for(address, request);
  if (!key) return std::nullopt;
  const bool counts = settings_.of == RateOf::kRequests || settings_.of == RateOf::kConnections;
  RateWindow* window = counts ? &table_.use(*key, now) : table_.find(*key, now);
  if (window == nullptr) return std::nullopt;
  const base::Duration wait = window->until_below(settings_.limit, now, settings_.per);
  if (wait > base::Duration(0)) {
    ++refused_;
    return wait;
  }
  if (counts) window->add(now, settings_.per);
  return std::nullopt;
}

std::uint32_t RateLimiter::amount_of(const RequestCost& cost) const {
  const auto narrow = [](std::uint64_t bytes) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(bytes, std::numeric_limits<std::uint32_t>::max()));
  };
  switch (settings_.of) {
    case RateOf::kRequests:
    case RateOf::kConnections:
      return 0;
    case RateOf::kErrors:
      return cost.status >= 400 && cost.status <= 499 && cost.status != http::kTooManyRequestsStatus
                 ? 1
                 : 0;
    case RateOf::kBytesIn:
      return narrow(cost.bytes_in);
    case RateOf::kBytesOut:
      return narrow(cost.bytes_out);
  }
  return 0;
}

void RateLimiter::note(const base::IpAddress& address, const http::RequestHead& request,
                       const RequestCost& cost, base::Instant now) {
  const std::uint32_t amount = amount_of(cost);
  const auto key = amount > 0 ? key_for(address, &request) : std::nullopt;
  if (key) table_.use(*key, now).add(now, settings_.per, amount);
}

}  // namespace hapair::lb
