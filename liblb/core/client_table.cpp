#include "liblb/core/client_table.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/http/fault.hpp"

namespace hapair::lb {
namespace {

/// A client is as good as unknown behind its longest window, of which a part may reach further. Who
/// has something under way is told of for a while.
base::Duration expiry_of(const ClientTableSettings& settings) {
  base::Duration longest = std::chrono::seconds(settings.active ? 60 : 1);
  for (const CounterSettings& each : settings.counters) longest = std::max(longest, each.per);
  return longest + longest / static_cast<std::int64_t>(RateWindow::kParts);
}

std::uint32_t narrow(std::uint64_t bytes) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(bytes, std::numeric_limits<std::uint32_t>::max()));
}

/// What a request that is over counts for.
std::uint32_t amount_of(RateOf of, const RequestCost& cost) {
  switch (of) {
    case RateOf::kRequests:
    case RateOf::kConnections:
    case RateOf::kActive:
      return 0;
    case RateOf::kErrors:
      return cost.status >= 400 && cost.status <= 499 && cost.status != http::kTooManyRequestsStatus
                 ? 1
                 : 0;
    case RateOf::kFailures:
      return cost.status >= 500 && cost.status <= 599 ? 1 : 0;
    case RateOf::kBytesIn:
      return narrow(cost.bytes_in);
    case RateOf::kBytesOut:
      return narrow(cost.bytes_out);
  }
  return 0;
}

}  // namespace

ClientTable::ClientTable(ClientTableSettings settings, const base::SipKey& hash)
    : settings_(std::move(settings)),
      hash_(hash),
      table_(settings_.size, expiry_of(settings_), hash,
             std::max<std::size_t>(settings_.counters.size(), 1)),
      active_(hash.low ^ hash.high) {}

std::optional<TableKey> ClientTable::key_for(const base::IpAddress& address,
                                             const http::RequestHead* request) const {
  if (request != nullptr && settings_.by.source != KeySource::kAddress) {
    if (const auto key = key_of(*request, settings_.by, hash_)) return key;
  }
  if (address.is_any()) return std::nullopt;
  return key_of(address, settings_.by.ipv6_prefix);
}

void ClientTable::add(Windows windows, RateOf of, base::Instant now) const {
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const CounterSettings& counter = settings_.counters[i];
    if (counter.of == of) windows[i].add(now, counter.per);
  }
}

template <class AmountOf>
void ClientTable::add_amounts(const TableKey& key, base::Instant now, const AmountOf& amount_of) {
  Windows windows;
  for (std::size_t i = 0; i < settings_.counters.size(); ++i) {
    const CounterSettings& counter = settings_.counters[i];
    const std::uint32_t amount = amount_of(counter.of);
    if (amount == 0) continue;
    if (windows.empty()) windows = use(key, now);
    windows[i].add(now, counter.per, amount);
  }
}

void ClientTable::note(const TableKey& key, RateOf of, base::Instant now) {
  add_amounts(key, now, [of](RateOf counted) { return counted == of ? 1U : 0U; });
}

void ClientTable::note(const TableKey& key, const RequestCost& cost, base::Instant now) {
  add_amounts(key, now, [&cost](RateOf counted) { return amount_of(counted, cost); });
}

void ClientTable::enter(const TableKey& key, base::Instant now) {
  if (!settings_.active) return;
  (void)use(key, now);  // so that it is among those that are told of
  (void)active_.add(key, KeyCounts::kNoLimit);
}

void ClientTable::leave(const TableKey& key) {
  if (settings_.active) active_.remove(key);
}

std::uint64_t ClientTable::figure(const TableKey& key, RateOf of, base::Instant now) {
  if (of == RateOf::kActive) return active_.count(key);
  const Windows windows = find(key, now);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const CounterSettings& counter = settings_.counters[i];
    if (counter.of == of) return windows[i].count(now, counter.per);
  }
  return 0;
}

bool ClientTable::set(const TableKey& key, RateOf of, std::uint32_t count, base::Instant now) {
  if (of == RateOf::kActive || !counts(of)) return false;
  const Windows windows = use(key, now);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const CounterSettings& counter = settings_.counters[i];
    if (counter.of == of) windows[i].set(now, counter.per, count);
  }
  return true;
}

bool ClientTable::counts(RateOf of) const {
  if (of == RateOf::kActive) return settings_.active;
  return std::ranges::find(settings_.counters, of, &CounterSettings::of) !=
         settings_.counters.end();
}

}  // namespace hapair::lb
