#include "liblb/core/rate_limiter.hpp"

#include <algorithm>
#include <string>

#include "common/base/text.hpp"

namespace hapair::lb {
namespace {

bool is_of_connections(const RateLimiter::Limit& limit) { return limit.of == RateOf::kConnections; }

/// The settings of a table for all limits by that key.
ClientTableSettings table_for(const ClientKeySettings& by,
                              const std::vector<RateLimitSettings>& limits) {
  ClientTableSettings table{.by = by, .size = 0};
  for (const RateLimitSettings& each : limits) {
    if (each.by != by) continue;
    table.size = std::max(table.size, each.size);
    const CounterSettings counter{.of = each.of, .per = each.per};
    if (std::ranges::find(table.counters, counter) == table.counters.end()) {
      table.counters.push_back(counter);
    }
  }
  return table;
}

}  // namespace

RateLimiter::RateLimiter(std::string_view name, const std::vector<RateLimitSettings>& limits,
                         const base::SipKey& hash) {
  for (const RateLimitSettings& each : limits) {
    auto group = std::ranges::find_if(
        groups_, [&each](const Group& known) { return known.table.settings().by == each.by; });
    if (group == groups_.end()) {
      ClientTableSettings table = table_for(each.by, limits);
      table.name = name;
      if (!groups_.empty()) table.name += base::concat(':', groups_.size() + 1);
      group = groups_.insert(groups_.end(), Group{ClientTable(std::move(table), hash), {}});
    }
    const auto& counters = group->table.settings().counters;
    const auto counter =
        std::ranges::find(counters, CounterSettings{.of = each.of, .per = each.per});
    group->limits.push_back({.of = each.of,
                             .limit = each.limit,
                             .per = each.per,
                             .counter = static_cast<std::size_t>(counter - counters.begin())});
    (is_of_connections(group->limits.back()) ? limits_connections_ : limits_requests_) = true;
  }
}

std::optional<base::Duration> RateLimiter::refuse(bool connection, const base::IpAddress& address,
                                                  const http::RequestHead* request,
                                                  base::Instant now) {
  const RateOf counted = connection ? RateOf::kConnections : RateOf::kRequests;
  std::array<ClientTable::Windows, kMaxLimits> windows{};  // by group
  std::optional<base::Duration> wait;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    const auto key = group.table.key_for(address, request);
    if (!key) continue;
    windows[i] =
        group.table.counts(counted) ? group.table.use(*key, now) : group.table.find(*key, now);
    if (windows[i].empty()) continue;
    for (Limit& limit : group.limits) {
      if (is_of_connections(limit) != connection) continue;
      const base::Duration left =
          windows[i][limit.counter].until_below(limit.limit, now, limit.per);
      if (left <= base::Duration(0)) continue;
      ++limit.refused;
      wait = std::max(wait.value_or(left), left);
    }
  }
  if (wait) return wait;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    groups_[i].table.add(windows[i], counted, now);
  }
  return std::nullopt;
}

void RateLimiter::follow(const base::IpAddress& address, const http::RequestHead& request,
                         RequestCounts& counts) {
  for (Group& group : groups_) {
    if (const auto key = group.table.key_for(address, &request)) counts.follow(group.table, *key);
  }
}

void RateLimiter::note(const base::IpAddress& address, const http::RequestHead& request,
                       const RequestCost& cost, base::Instant now) {
  for (Group& group : groups_) {
    if (const auto key = group.table.key_for(address, &request)) group.table.note(*key, cost, now);
  }
}

}  // namespace hapair::lb
