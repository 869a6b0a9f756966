// A change of configuration as far as traffic, checks, names, alerts and logs go, in two steps:
// prepare() builds beside what runs all that can fail; commit() puts it in place, which cannot
// fail. One that is destroyed without commit() has changed nothing. See
// docs/decisions/0034-reload.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "apps/hapair/config/model.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::password {
class PasswordThread;
}

namespace hapair::lb {
class Engine;
}

namespace hapair::worker {

class AlertWiring;
class HealthWiring;
class LogTargets;
class RuleFiles;
class ServerNames;
class TlsWiring;

/// What a change is made to; all outlive it.
struct TrafficParts {
  password::PasswordThread& passwords;
  lb::Engine& engine;
  TlsWiring& tls;
  RuleFiles& rule_files;
  HealthWiring& health;
  ServerNames& names;
  AlertWiring& alerts;
  LogTargets& log_targets;
};

/// Where a bind is: the same text is the same socket, whatever else of the bind changes. A bind of
/// `next` whose key no bind of `running` has needs a new socket.
[[nodiscard]] std::string socket_key(const config::Bind& bind);
/// Bound sockets that do not listen yet, by the ids that binds have in the next model.
using NewSockets = std::map<std::uint16_t, net::UniqueFd>;

class TrafficChange {
 public:
  /// `running` is the model that all parts refer to; `next` is kept until commit(). `sockets` has
  /// one for each bind that needs a new one. Material of TLS and what maps and answers hold comes
  /// with next.tls_items. Fails where something can't be built, or while this node leaves.
  [[nodiscard]] static base::Result<std::unique_ptr<TrafficChange>> prepare(
      const TrafficParts& parts, config::Model& running, config::Model next, NewSockets sockets);
  ~TrafficChange();
  TrafficChange(const TrafficChange&) = delete;
  TrafficChange& operator=(const TrafficChange&) = delete;

  /// Once. The running model is the next one from here on, in place: parts that are equal in both
  /// stay where they are in memory. What ran before is returned, for whom it is of use. The binds
  /// of VIPs that are new, or have another VIP now, are closed until Engine::enable_binds() is
  /// called for the VIPs, by their places in the next model, that this node is master of; calling
  /// it for all of them does no harm. The tracks of all VIPs are made anew:
  /// HealthWiring::track_failed() answers by the next model's places at once.
  config::Model commit(base::Instant now);

 private:
  struct State;
  explicit TrafficChange(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace hapair::worker
