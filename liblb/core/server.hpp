// A server that requests are balanced to. Its health comes from outside (the registry, through the
// wiring); the balancer only reads how it stands.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/time.hpp"
#include "liblb/core/counters.hpp"
#include "liblb/core/latency.hpp"
#include "liblb/core/observation.hpp"
#include "liblb/core/ramp.hpp"
#include "liblb/core/server_session.hpp"
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
  std::optional<std::uint32_t> max_connections{};  ///< by its agent, in place of the settings'
  bool returning = false;                          ///< its share grows back after an ejection
  bool checked = false;                            ///< false: "no check"
  std::string state = "no check";   ///< as HAProxy spells it: "UP", "UP 1/3", "DOWN", "DOWN 1/2",
                                    ///< "MAINT", "DRAIN"
  std::string check_status{};       ///< "L7OK", "L4CON", ...; empty without a check
  std::string check_description{};  ///< "Layer7 check passed"
  unsigned rise = 0;                ///< checks in a row that bring it up or down
  unsigned fall = 0;
  unsigned against = 0;     ///< how many in a row speak against its state now
  unsigned check_code = 0;  ///< the HTTP status of the last check; 0: none
  base::Duration check_duration{0};
  std::string reason{};   ///< in words: "connection refused"
  std::string tracked{};  ///< "backend/server" whose state it has; empty: it has its own
  std::uint64_t failed_checks = 0;
  std::uint64_t observed_failures = 0;  ///< times that its traffic met with too many errors
  std::uint64_t downs = 0;              ///< changes from usable to not
};

class Server {
 public:
  /// `before`: the same of another generation, as which it stands, and with whom it is counted
  /// together; null: nobody.
  Server(ServerSettings settings, base::Instant now, const Server* before = nullptr)
      : counted_(before ? before->counted_ : std::make_shared<TrafficCounters>()),
        counters(*counted_),
        settings_(std::move(settings)),
        latency_(latency_of(settings_, before)),
        health_(before ? before->health_ : ServerHealth{}),
        since_(before ? before->since_ : now),
        out_since_(before ? before->out_since_ : now),
        downtime_(before ? before->downtime_ : base::Duration(0)) {
    advance(now);
  }

  [[nodiscard]] const ServerSettings& settings() const { return settings_; }
  /// Null: nobody wants to know.
  [[nodiscard]] const std::shared_ptr<ServerLatency>& latency() const { return latency_; }
  /// A time of it is known.
  void note_time(base::Histogram ServerLatency::* of, base::Duration time) {
    if (latency_) (*latency_.*of).record(time);
  }
  [[nodiscard]] const std::string& name() const { return settings_.name; }
  /// A hash of what all nodes know it as, by which keys are laid on it.
  [[nodiscard]] std::uint64_t identity() const { return identity_; }
  /// What stands for it in cookies; empty where the backend has none.
  [[nodiscard]] const std::string& cookie() const { return cookie_; }
  /// As configured.
  [[nodiscard]] std::uint32_t weight() const { return settings_.weight; }
  /// Backup servers come after all others.
  [[nodiscard]] std::uint32_t tier() const {
    return settings_.tier + (settings_.backup ? kBackupTier : 0U);
  }
  static constexpr std::uint32_t kBackupTier = UINT16_MAX + 1U;
  /// It was taken out of its backend; what runs there goes on.
  [[nodiscard]] bool removed() const { return removed_; }
  /// Nobody has to do with it any more: its place may be given to another one.
  [[nodiscard]] bool vacant() const { return removed_ && holds_ == 0; }
  [[nodiscard]] const ServerHealth& health() const { return health_; }
  [[nodiscard]] Standing standing() const { return health_.standing; }
  [[nodiscard]] bool usable() const {
    return standing() == Standing::kUp || standing() == Standing::kLastResort;
  }
  /// It takes one more request or connection than it has.
  [[nodiscard]] bool has_room() const { return room_limit_ == 0 || sessions_ < room_limit_; }
  /// What it may have at once, by its agent or else as configured. 0: no limit.
  [[nodiscard]] std::uint32_t max_connections() const {
    return health_.max_connections.value_or(settings_.max_connections);
  }
  /// The same, less while its share grows.
  [[nodiscard]] std::uint32_t room_limit() const { return room_limit_; }
  /// Its share of the traffic beside other servers, in ten-thousandths of a weight; 0: none.
  [[nodiscard]] std::uint32_t share() const { return share_; }
  static constexpr std::uint32_t kShareOfWeight = 100 * Ramp::kWhole;
  /// How much of that share it has already; all of it unless it comes up slowly.
  [[nodiscard]] const Ramp& ramp() const { return ramp_; }
  /// Works out its share anew, which time may have let grow.
  void advance(base::Instant now) {
    const std::uint32_t grown = ramp_.share(now);
    share_ = settings_.weight * health_.weight_percent * grown;
    room_limit_ = max_connections();
    if (room_limit_ > 0) room_limit_ = std::max(room_limit_ * grown / Ramp::kWhole, 1U);
  }
  /// New traffic may be sent here, as its backend has it.
  [[nodiscard]] bool takes_traffic() const { return open_; }
  void set_open(bool open) { open_ = open; }
  /// Clients that belong here are still served, though others may not be.
  [[nodiscard]] bool keeps_clients() const {
    return !removed_ && (open_ || usable() || standing() == Standing::kDraining);
  }
  /// When its standing last changed.
  [[nodiscard]] base::Instant since() const { return since_; }
  /// How long it was down, unknown or out in all.
  [[nodiscard]] base::Duration downtime(base::Instant now) const {
    return downtime_ + (serves() ? base::Duration(0) : now - out_since_);
  }

  /// `slow_start`: over which its share grows when it comes up; `return_time`: after an ejection.
  void set_health(ServerHealth health, base::Duration slow_start, base::Duration return_time,
                  base::Instant now) {
    const bool served = serves();
    const Standing was = standing();
    const bool returned = health_.returning;
    if (health.standing != was) since_ = now;
    health_ = std::move(health);
    // As HAProxy has it: not at the start of a node, when nothing was known yet.
    if (usable() && (was == Standing::kDown || was == Standing::kOut)) ramp_.begin(now, slow_start);
    if (health_.returning && !returned) ramp_.begin(now, return_time);
    if (!serves()) ramp_.end();
    advance(now);
    if (serves() == served) return;
    if (serves()) downtime_ += now - out_since_;
    out_since_ = now;
  }

  /// One more request or connection is this server's; kept ones that wait for the next don't count.
  /// Its backend is to be told: see Backend::begin_session().
  void begin_session(ServerSession& session, base::Instant now) {
    ++sessions_;
    sessions.add(session);
    counters.sessions.add();
    ++counters.sessions_total;
    counters.session_rate.count(now);
    counters.last_session = now;
  }
  void end_session(ServerSession& session) {
    --sessions_;
    session.unlink();
    counters.sessions.remove();
  }

  SessionList sessions;  ///< what it is busy with
  ErrorStreak streak;
  WindowCounts window;  ///< since the last comparison with its siblings

 private:
  std::shared_ptr<TrafficCounters> counted_;

 public:
  TrafficCounters& counters;

 private:
  friend class Backend;
  friend class ServerHold;

  static std::shared_ptr<ServerLatency> latency_of(const ServerSettings& settings,
                                                   const Server* before) {
    if (!settings.histograms) return nullptr;
    if (before != nullptr && before->latency_) return before->latency_;
    return std::make_shared<ServerLatency>();
  }

  [[nodiscard]] bool serves() const { return usable() || standing() == Standing::kDraining; }

  ServerSettings settings_;
  std::shared_ptr<ServerLatency> latency_;  ///< through all generations, and with who tells of it
  std::string cookie_;
  std::uint64_t identity_ = 0;  ///< the same on all nodes; of its backend's making
  ServerHealth health_;
  std::uint32_t sessions_ = 0;
  std::uint32_t share_ = 0;
  std::uint32_t room_limit_ = 0;
  Ramp ramp_;
  std::uint32_t holds_ = 0;
  bool open_ = false;
  bool removed_ = false;
  base::Instant since_;
  base::Instant out_since_;
  base::Duration downtime_{0};
};

/// Who knows a server by its place in the backend holds it, so that no other one gets that place.
class ServerHold {
 public:
  ServerHold() = default;
  explicit ServerHold(Server& server) : server_(&server) { ++server.holds_; }
  ServerHold(const ServerHold&) = delete;
  ServerHold& operator=(const ServerHold&) = delete;
  ServerHold& operator=(ServerHold&& other) noexcept {
    std::swap(server_, other.server_);
    return *this;
  }
  ~ServerHold() {
    if (server_ != nullptr) --server_->holds_;
  }

 private:
  Server* server_ = nullptr;
};

}  // namespace hapair::lb
