// A backend: its servers in the file's order and the choice among them. Pure; the connections to
// the servers belong to liblb/io.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "common/base/time.hpp"
#include "liblb/core/counters.hpp"
#include "liblb/core/pick_round_robin.hpp"
#include "liblb/core/server.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::lb {

/// Before a server that refused is tried again, because no other is usable.
inline constexpr base::Duration kSameServerPause = std::chrono::milliseconds(200);

class Backend {
 public:
  Backend(BackendSettings settings, base::Instant now);

  [[nodiscard]] const BackendSettings& settings() const { return settings_; }
  [[nodiscard]] const std::string& name() const { return settings_.name; }
  [[nodiscard]] std::size_t size() const { return servers_.size(); }
  [[nodiscard]] Server& server(std::size_t index) { return servers_.at(index); }
  [[nodiscard]] const Server& server(std::size_t index) const { return servers_.at(index); }

  /// The next server's index. `avoid` (one that just failed) is taken only when nothing else is
  /// usable; nullopt when no server is.
  [[nodiscard]] std::optional<std::size_t> pick(std::optional<std::size_t> avoid = {});

  /// True when a server other than that one may be picked.
  [[nodiscard]] bool has_alternative(std::size_t to) const;

  [[nodiscard]] std::size_t usable_servers() const;
  void set_health(std::size_t index, ServerHealth health, base::Instant now);
  /// When the backend last went from some usable server to none or back.
  [[nodiscard]] base::Instant since() const { return since_; }

  TrafficCounters counters;

 private:
  BackendSettings settings_;
  std::deque<Server> servers_;  ///< a deque: servers are referred to and never move
  RoundRobin round_robin_;
  std::vector<RoundRobin::Candidate> candidates_;
  base::Instant since_;
};

}  // namespace hapair::lb
