// A server that requests are balanced to. Its health comes from outside (the registry, through the
// wiring); the balancer only reads whether it is usable.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/time.hpp"
#include "liblb/core/counters.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::lb {

/// What the wiring knows about a server, for the choice and for the statistics page.
struct ServerHealth {
  bool usable = true;
  bool checked = false;      ///< false: "no check"
  std::string state = "UP";  ///< as HAProxy spells it: "UP", "UP 1/3", "DOWN", "DOWN 1/2", "MAINT"
  std::string check_status{};       ///< "L7OK", "L4CON", ...; empty without a check
  std::string check_description{};  ///< "Layer7 check passed"
  unsigned rise = 0;                ///< checks in a row that bring it up or down
  unsigned fall = 0;
  unsigned against = 0;     ///< how many in a row speak against its state now
  unsigned check_code = 0;  ///< the HTTP status of the last check; 0: none
  base::Duration check_duration{0};
  std::string reason{};  ///< in words: "connection refused"
  std::uint64_t failed_checks = 0;
  std::uint64_t downs = 0;  ///< changes from usable to not
};

class Server {
 public:
  Server(ServerSettings settings, base::Instant now)
      : settings_(std::move(settings)), since_(now) {}

  [[nodiscard]] const ServerSettings& settings() const { return settings_; }
  [[nodiscard]] const std::string& name() const { return settings_.name; }
  [[nodiscard]] std::uint32_t weight() const { return settings_.weight; }
  [[nodiscard]] const ServerHealth& health() const { return health_; }
  [[nodiscard]] bool usable() const { return health_.usable; }
  /// It takes one more request or connection than it has.
  [[nodiscard]] bool has_room() const {
    return settings_.max_connections == 0 || sessions_ < settings_.max_connections;
  }
  /// New traffic may be sent here, as far as its health and weight go.
  [[nodiscard]] bool takes_traffic() const { return usable() && weight() > 0; }
  /// When `usable` last changed.
  [[nodiscard]] base::Instant since() const { return since_; }
  /// How long it was unusable in all.
  [[nodiscard]] base::Duration downtime(base::Instant now) const {
    return downtime_ + (usable() ? base::Duration(0) : now - since_);
  }

  void set_health(ServerHealth health, base::Instant now) {
    if (health.usable != health_.usable) {
      if (health.usable) downtime_ += now - since_;
      since_ = now;
    }
    health_ = std::move(health);
  }

  /// One more request or connection is this server's; kept ones that wait for the next don't count.
  void begin_session(base::Instant now) {
    ++sessions_;
    counters.sessions.add();
    ++counters.sessions_total;
    counters.session_rate.count(now);
    counters.last_session = now;
  }
  void end_session() {
    --sessions_;
    counters.sessions.remove();
  }

  TrafficCounters counters;

 private:
  ServerSettings settings_;
  ServerHealth health_;
  std::uint32_t sessions_ = 0;
  base::Instant since_;
  base::Duration downtime_{0};
};

}  // namespace hapair::lb
