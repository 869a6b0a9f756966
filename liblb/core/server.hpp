// A server that requests are balanced to. Its health comes from outside (the registry, through the
// wiring); the balancer only reads how it stands.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/time.hpp"
#include "liblb/core/counters.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::lb {

/// How a server stands, as far as new traffic goes.
enum class Standing : std::uint8_t {
  kUp,
  kLastResort,  ///< gets traffic where no server is up
  kUnknown,     ///< no check has found anything yet: no traffic
  kDown,
  kDraining,  ///< no new traffic, by somebody's word; what it has goes on
  kOut,       ///< no traffic, by somebody's word
};

/// What the wiring knows about a server, for the choice and for the statistics page.
struct ServerHealth {
  Standing standing = Standing::kUp;
  std::uint32_t weight_percent = 100;  ///< of its configured weight, by its agent: 0 to 256
  bool checked = false;                ///< false: "no check"
  std::string state = "no check";   ///< as HAProxy spells it: "UP", "UP 1/3", "DOWN", "DOWN 1/2",
                                    ///< "MAINT", "DRAIN"
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
      : settings_(std::move(settings)), since_(now), out_since_(now) {}

  [[nodiscard]] const ServerSettings& settings() const { return settings_; }
  [[nodiscard]] const std::string& name() const { return settings_.name; }
  /// As configured.
  [[nodiscard]] std::uint32_t weight() const { return settings_.weight; }
  [[nodiscard]] const ServerHealth& health() const { return health_; }
  [[nodiscard]] Standing standing() const { return health_.standing; }
  [[nodiscard]] bool usable() const {
    return standing() == Standing::kUp || standing() == Standing::kLastResort;
  }
  /// It takes one more request or connection than it has.
  [[nodiscard]] bool has_room() const {
    return settings_.max_connections == 0 || sessions_ < settings_.max_connections;
  }
  /// Its share of the traffic beside other servers, in hundredths of a weight; 0: none.
  [[nodiscard]] std::uint32_t share() const { return settings_.weight * health_.weight_percent; }
  /// New traffic may be sent here, as its backend has it.
  [[nodiscard]] bool takes_traffic() const { return open_; }
  void set_open(bool open) { open_ = open; }
  /// When its standing last changed.
  [[nodiscard]] base::Instant since() const { return since_; }
  /// How long it was down, unknown or out in all.
  [[nodiscard]] base::Duration downtime(base::Instant now) const {
    return downtime_ + (serves() ? base::Duration(0) : now - out_since_);
  }

  void set_health(ServerHealth health, base::Instant now) {
    const bool served = serves();
    if (health.standing != health_.standing) since_ = now;
    health_ = std::move(health);
    if (serves() == served) return;
    if (serves()) downtime_ += now - out_since_;
    out_since_ = now;
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
  [[nodiscard]] bool serves() const { return usable() || standing() == Standing::kDraining; }

  ServerSettings settings_;
  ServerHealth health_;
  std::uint32_t sessions_ = 0;
  bool open_ = false;
  base::Instant since_;
  base::Instant out_since_;
  base::Duration downtime_{0};
};

}  // namespace hapair::lb
