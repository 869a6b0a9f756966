// Cross checks of what becomes of servers by their traffic, and of servers that track; see
// validate.hpp.
#include <algorithm>
#include <set>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

/// Servers that one may follow, each tracking the next. A result passes through all of them at
/// once.
constexpr std::size_t kMaxFollowed = 16;

/// A server that "backend/server" names; null where there is none.
const ServerDraft* server_named(const CrossCheck& check, std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return nullptr;
  const BackendDraft* backend = check.backend(name.substr(0, slash));
  if (backend == nullptr) return nullptr;
  const auto found =
      std::ranges::find(backend->servers, name.substr(slash + 1), &ServerDraft::name);
  return found == backend->servers.end() ? nullptr : &*found;
}

/// Every name that a server may track.
std::vector<std::string> trackable(const CrossCheck& check) {
  std::vector<std::string> names;
  for (const BackendDraft& backend : check.draft.backends) {
    for (const ServerDraft& server : backend.servers) {
      names.push_back(concat(backend.backend.name, "/", server.name));
    }
  }
  for (const TargetDraft& target : check.draft.targets) names.push_back(target.target.name);
  return names;
}

/// Faults of one server's `track`: nothing there to follow, a circle, or too long a chain.
void check_track(const CrossCheck& check, const std::string& path, const std::string& own,
                 const ServerDraft& server) {
  const bool is_target = check.target(server.track) != nullptr;
  if (!is_target && server_named(check, server.track) == nullptr) {
    const std::vector<std::string> names = trackable(check);
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    check.fault(path, check.unknown("server or target", server.track, candidates));
    return;
  }
  std::set<std::string_view> seen{own};
  std::string_view next = server.track;
  // A circle that is longer than a chain may be is a chain that is too long.
  while (const ServerDraft* followed = server_named(check, next)) {
    if (next == own) {
      check.fault(path, concat("the circle ends where it began, at ", own,
                               ", so nobody checks any of them; let one of them be checked"));
      return;
    }
    if (!seen.insert(next).second || followed->track.empty()) return;
    if (seen.size() > kMaxFollowed) {
      check.fault(path, concat("more than ", kMaxFollowed,
                               " servers follow each other from here on; track the one at the end "
                               "of them, which is checked, itself"));
      return;
    }
    next = followed->track;
  }
}

/// Keys that say how, where the key that says whether is missing.
void check_observe(const CrossCheck& check, const BackendDraft& backend, const std::string& path) {
  const TrafficHealth& health = backend.backend.traffic_health;
  if (health.observe == Observe::kOff) {
    for (std::string_view key : {".error_limit", ".on_error"}) {
      if (!check.positions.given(concat(path, key))) continue;
      check.notice(concat(path, key), "has no meaning without \"observe\"");
    }
    return;
  }
  if (!backend.check) {
    check.fault(path + ".observe",
                "takes a server down by its errors, and without a check nothing would bring it "
                "up again; add \"check\"");
  }
}

void check_outlier(const CrossCheck& check, const BackendDraft& backend, const std::string& path) {
  if (!backend.finds_outliers) return;
  const OutlierRules& rules = backend.outlier;
  if (rules.latency_factor == 1) {
    check.fault(path + ".outlier.latency_factor",
                "1 would eject whatever is slower than its siblings; use 2 to 100, or 0");
  }
  if (rules.max_ejection_time < rules.ejection_time) {
    check.fault(path + ".outlier.max_ejection_time",
                concat(base::format_duration(rules.max_ejection_time), " is below ejection_time (",
                       base::format_duration(rules.ejection_time), "); use at least that"));
  }
  const std::size_t servers = backend.servers.size();
  if (servers < 2) {
    check.notice(path + ".outlier", "one server has no siblings to be compared with");
  } else if (servers * rules.max_ejected < 100) {
    check.notice(path + ".outlier.max_ejected",
                 concat(rules.max_ejected, " % of ", servers,
                        " servers is less than one, so none is ever ejected"));
  }
}

}  // namespace

void check_traffic_health(const CrossCheck& check) {
  for (const BackendDraft& backend : check.draft.backends) {
    const std::string path = path_of(backend);
    check_observe(check, backend, path);
    check_outlier(check, backend, path);
    for (const ServerDraft& server : backend.servers) {
      if (server.track.empty()) continue;
      check_track(check, concat(path, ".servers.", server.name, ".track"),
                  concat(backend.backend.name, "/", server.name), server);
    }
  }
}

}  // namespace hapair::config
