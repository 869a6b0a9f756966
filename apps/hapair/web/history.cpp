#include "apps/hapair/web/history.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "apps/hapair/web/server_words.hpp"
#include "liblb/core/backend.hpp"
#include "liblb/core/latency.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::web {
namespace {

/// Work that a frontend or backend is, in servers.
constexpr std::size_t kProxyWork = 16;
/// A second that lasted less than this was none: the loop stood still, or the host.
constexpr base::Duration kLeastTime = std::chrono::milliseconds(1);

CountsBefore counts_of(const lb::TrafficCounters& counters, bool http) {
  return {.requests = http ? counters.requests : counters.sessions_total,
          .bytes_in = counters.bytes_in,
          .bytes_out = counters.bytes_out,
          .errors = http ? counters.responses.counts()[4]
                         : counters.connect_errors + counters.internal_errors};
}

std::uint64_t microseconds(base::Duration time) {
  return static_cast<std::uint64_t>(time.count()) / 1000;
}

void mix(std::uint64_t& hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
  hash ^= hash >> 29U;
}

void mix(std::uint64_t& hash, std::string_view text) {
  mix(hash, std::hash<std::string_view>()(text));
}

/// Of what is shown of a server beside its samples.
std::uint64_t hash_of(const lb::Backend& backend, std::size_t place) {
  const lb::Server& server = backend.server(place);
  const ServerWords words = words_of(server);
  const base::Endpoint& endpoint = server.settings().endpoint;
  const lb::Gauge* const waiting = backend.waiting_for(place);
  std::uint64_t hash = 1;
  mix(hash, static_cast<std::uint64_t>(words.kind));
  mix(hash, words.state);
  mix(hash, words.reason);
  mix(hash, server.share());
  mix(hash, server.weight());
  mix(hash, server.settings().backup ? 1U : 0U);
  mix(hash, server.max_connections());
  mix(hash, static_cast<std::uint64_t>(server.since().time_since_epoch().count()));
  mix(hash, waiting != nullptr ? waiting->current() : 0U);
  for (const std::uint8_t byte : endpoint.address.bytes()) mix(hash, byte);
  mix(hash, endpoint.port);
  return hash;
}

}  // namespace

void History::begin(base::Instant now) {
  if (last_ == 0 && !sampling_) minute_begun_ = now;
  begun_ = now;
  sampling_ = true;
  frontend_ = backend_ = server_ = 0;
}

std::uint64_t History::rate(std::uint64_t now, std::uint64_t before, base::Duration time) const {
  if (now <= before) return 0;
  const auto ns = static_cast<double>(std::max(time, kLeastTime).count());
  return static_cast<std::uint64_t>(std::llround(static_cast<double>(now - before) * 1e9 / ns));
}

void History::sample(const CountsBefore& counts, std::uint64_t sessions,
                     const base::Histogram& times, ProxyTrack& track) const {
  const std::uint64_t number = last_ + 1;
  if (track.seconds.end() == number + 1) return;  // of a sample that was given up
  const auto figures = [&](const CountsBefore& before, const base::Histogram& times_before,
                           base::Duration time) {
    const base::Histogram latest = times.since(times_before);
    return SecondRing::Sample{small(rate(counts.requests, before.requests, time)),
                              small(sessions),
                              small(rate(counts.bytes_in, before.bytes_in, time)),
                              small(rate(counts.bytes_out, before.bytes_out, time)),
                              small(rate(counts.errors, before.errors, time)),
                              small(microseconds(latest.quantile(0.5))),
                              small(microseconds(latest.quantile(0.95))),
                              small(microseconds(latest.quantile(0.99)))};
  };
  if (track.known && last_ > 0) {
    track.seconds.add(number, figures(track.second, track.second_times, begun_ - at_));
  } else {
    track.seconds.add(number, {0, small(sessions)});
    track.minute = counts;
    track.minute_times = times;
  }
  track.second = counts;
  track.second_times = times;
  if (number % kPerMinute == 0) {
    track.minutes.add(number / kPerMinute,
                      figures(track.minute, track.minute_times, begun_ - minute_begun_));
    track.minute = counts;
    track.minute_times = times;
  }
  track.known = true;
}

void History::sample_server(const lb::Backend& backend, std::size_t place,
                            ServerTrack& track) const {
  const std::uint64_t number = last_ + 1;
  const lb::Server& server = backend.server(place);
  if (server.vacant()) {
    if (!track.name.empty()) track = {.changed = number};
    return;
  }
  if (track.name != server.name()) track = {.name = server.name()};
  if (track.seconds.end() == number + 1) return;  // of a sample that was given up
  const lb::TrafficCounters& counters = server.counters;
  const CountsBefore counts{.requests = counters.sessions_total,
                            .errors = counters.responses.counts()[4] + counters.connect_errors +
                                      counters.response_errors};
  const bool known = std::exchange(track.known, true) && last_ > 0;
  const auto since = [&](std::uint64_t now, std::uint64_t before) {
    return known ? small(rate(now, before, begun_ - at_)) : SmallNumber{0};
  };
  const ServerRing::Sample sample{since(counts.requests, track.second.requests),
                                  small(counters.sessions.current()),
                                  since(counts.errors, track.second.errors),
                                  small(microseconds(counters.response_time.mean()))};
  track.second = counts;
  track.seconds.add(number, sample);
  std::uint64_t shown = hash_of(backend, place);
  for (const SmallNumber each : sample) mix(shown, each);
  if (shown != std::exchange(track.shown, shown)) track.changed = number;
}

bool History::step(const TrafficView& traffic) {
  if (!fits(traffic)) follow_change(traffic);
  std::size_t work = 0;
  for (; frontend_ < frontends_.size(); work += kProxyWork) {
    if (work >= kPiece) return false;
    const lb::FrontendView view = traffic.frontend(frontend_);
    sample(counts_of(view.counters, view.settings.mode == lb::Mode::kHttp),
           view.counters.sessions.current(), view.latency.total, frontends_[frontend_]);
    ++frontend_;
  }
  for (; backend_ < backends_.size(); work += kProxyWork) {
    const lb::Backend& backend = traffic.backend(backend_);
    BackendTrack& track = backends_[backend_];
    if (track.servers.size() < backend.size()) track.servers.resize(backend.size());
    for (; server_ < backend.size(); ++server_, ++work) {
      if (work >= kPiece) return false;
      sample_server(backend, server_, track.servers[server_]);
    }
    sample(counts_of(backend.counters, backend.settings().mode == lb::Mode::kHttp),
           backend.counters.sessions.current(), backend.latency.total, track.proxy);
    ++backend_;
    server_ = 0;
  }
  at_ = begun_;
  if (++last_ % kPerMinute == 0) minute_begun_ = begun_;
  sampling_ = false;
  return true;
}

void History::follow_change(const TrafficView& traffic) {
  std::map<std::string, ProxyTrack> frontends;
  std::map<std::string, BackendTrack> backends;
  for (ProxyTrack& each : frontends_) frontends.emplace(each.name, std::move(each));
  for (BackendTrack& each : backends_) backends.emplace(each.proxy.name, std::move(each));
  frontends_.clear();
  backends_.clear();
  for (std::size_t i = 0; i < traffic.frontends(); ++i) {
    const std::string& name = traffic.frontend(i).settings.name;
    frontends_.push_back(std::move(frontends[name]));
    frontends_.back().name = name;
  }
  for (std::size_t i = 0; i < traffic.backends(); ++i) {
    const lb::Backend& backend = traffic.backend(i);
    BackendTrack before = std::move(backends[backend.name()]);
    BackendTrack& track = backends_.emplace_back();
    track.proxy = std::move(before.proxy);
    track.proxy.name = backend.name();
    std::map<std::string, ServerTrack> servers;
    for (ServerTrack& each : before.servers) servers.emplace(each.name, std::move(each));
    track.servers.resize(backend.size());
    for (std::size_t place = 0; place < backend.size(); ++place) {
      if (backend.server(place).vacant()) continue;
      const auto found = servers.find(backend.server(place).name());
      if (found != servers.end()) track.servers[place] = std::move(found->second);
    }
  }
  changes_ = traffic.changes();
  fitted_ = true;
  frontend_ = backend_ = server_ = 0;
}

}  // namespace hapair::web
