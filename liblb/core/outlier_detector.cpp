#include "liblb/core/outlier_detector.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::lb {
namespace {

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  return base::concat(100 * part / whole, " % of ", whole, " requests failed");
}

std::string ms_text(double ns) {
  return base::format_duration(std::chrono::milliseconds(std::llround(ns / 1e6)));
}

double mean_ns(const WindowCounts& counts) {
  return static_cast<double>(counts.sum_ns) / static_cast<double>(counts.timed);
}

}  // namespace

OutlierDetector::OutlierDetector(OutlierSettings settings, std::size_t servers, base::Instant now)
    : settings_(settings), servers_(servers), window_end_(now + settings.window) {}

base::Instant OutlierDetector::deadline() const {
  base::Instant next = window_end_;
  for (const Server& server : servers_) {
    if (server.phase != Phase::kWithOthers) next = std::min(next, server.until);
  }
  return next;
}

std::vector<OutlierDetector::Change> OutlierDetector::on_time(std::span<const WindowCounts> counts,
                                                              const std::vector<bool>& open,
                                                              base::Instant now) {
  std::vector<Change> changes;
  end_phases(now, changes);
  if (!window_ends(now)) return changes;
  window_end_ = now + settings_.window;

  std::vector<Suspect> suspects;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    // What runs on at an ejected server was begun before.
    if (servers_[i].phase == Phase::kEjected || !open[i]) continue;
    if (auto suspect = judge(i, counts)) suspects.push_back(std::move(*suspect));
  }
  std::ranges::sort(suspects, [](const Suspect& a, const Suspect& b) {
    return a.badness != b.badness ? a.badness > b.badness : a.server < b.server;
  });
  for (const Suspect& suspect : suspects) {
    if (may_eject(suspect.server, open)) changes.push_back(eject(suspect, now));
  }
  return changes;
}

void OutlierDetector::end_phases(base::Instant now, std::vector<Change>& changes) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    Server& server = servers_[i];
    if (server.phase == Phase::kWithOthers) {
      if (server.times == 0 || now < server.forgets_at) continue;
      --server.times;
      server.forgets_at = now + settings_.ejection_time;
    } else if (now >= server.until) {
      const bool comes_back = server.phase == Phase::kEjected;
      server.phase = comes_back ? Phase::kReturning : Phase::kWithOthers;
      server.until = now + settings_.return_time;
      server.forgets_at = now + settings_.ejection_time;
      changes.push_back({.server = i,
                         .phase = server.phase,
                         .reason = comes_back
                                       ? base::concat("its share grows back over ",
                                                      base::format_duration(settings_.return_time),
                                                      " after an ejection")
                                       : "its share is whole again"});
    }
  }
}

std::optional<OutlierDetector::Suspect> OutlierDetector::judge(
    std::size_t server, std::span<const WindowCounts> counts) const {
  if (!counts_for_much(counts[server])) return std::nullopt;
  if (auto suspect = judge_errors(server, counts)) return suspect;
  return judge_latency(server, counts);
}

std::optional<OutlierDetector::Suspect> OutlierDetector::judge_errors(
    std::size_t server, std::span<const WindowCounts> counts) const {
  const WindowCounts& own = counts[server];
  if (own.errors * 100 < own.attempts * settings_.error_share || own.errors == 0) {
    return std::nullopt;
  }
  WindowCounts others;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (i == server || !counts_for_much(counts[i])) continue;
    others.attempts += counts[i].attempts;
    others.errors += counts[i].errors;
  }
  if (others.attempts == 0) return std::nullopt;
  // errors / attempts >= factor * others' errors / attempts, in whole numbers.
  if (own.errors * others.attempts < kErrorFactor * others.errors * own.attempts) {
    return std::nullopt;
  }
  const double share = static_cast<double>(own.errors) / static_cast<double>(own.attempts);
  return Suspect{server, 1 + share,
                 base::concat(share_text(own.errors, own.attempts), ", of its siblings' ",
                              share_text(others.errors, others.attempts))};
}

std::optional<OutlierDetector::Suspect> OutlierDetector::judge_latency(
    std::size_t server, std::span<const WindowCounts> counts) const {
  const WindowCounts& own = counts[server];
  if (settings_.latency_factor == 0 || own.timed < settings_.min_requests) return std::nullopt;
  std::vector<double> others;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (i != server && counts[i].timed >= settings_.min_requests) {
      others.push_back(mean_ns(counts[i]));
    }
  }
  if (others.empty()) return std::nullopt;
  const auto middle = others.begin() + static_cast<std::ptrdiff_t>((others.size() - 1) / 2);
  std::ranges::nth_element(others, middle);
  const double mean = mean_ns(own);
  if (mean < static_cast<double>(kNeverSlow.count()) || mean < *middle * settings_.latency_factor) {
    return std::nullopt;
  }
  // Errors weigh more than slowness, whose badness stays below 1.
  return Suspect{server, 1 - *middle / mean,
                 base::concat("its responses take ", ms_text(mean), " on average, its siblings' ",
                              ms_text(*middle))};
}

bool OutlierDetector::may_eject(std::size_t server, const std::vector<bool>& open) const {
  const auto ejected =
      static_cast<std::size_t>(std::ranges::count(servers_, Phase::kEjected, &Server::phase));
  if ((ejected + 1) * 100 > servers_.size() * settings_.max_ejected) return false;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (i != server && open[i] && servers_[i].phase != Phase::kEjected) return true;
  }
  return false;
}

OutlierDetector::Change OutlierDetector::eject(const Suspect& suspect, base::Instant now) {
  Server& server = servers_[suspect.server];
  ++server.times;
  const base::Duration time =
      std::min<base::Duration>(settings_.ejection_time * server.times, settings_.max_ejection_time);
  server.phase = Phase::kEjected;
  server.until = now + time;
  return {
      .server = suspect.server,
      .phase = Phase::kEjected,
      .reason = base::concat("ejected for ", base::format_duration(time), ": ", suspect.reason)};
}

}  // namespace hapair::lb
