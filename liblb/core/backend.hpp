// A backend: its servers in the file's order, the choice among them, and who waits while all of
// them are full. Pure; the connections to the servers belong to liblb/io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/time.hpp"
#include "liblb/core/counters.hpp"
#include "liblb/core/latency.hpp"
#include "liblb/core/malformed.hpp"
#include "liblb/core/persistence.hpp"
#include "liblb/core/picker.hpp"
#include "liblb/core/server.hpp"
#include "liblb/core/settings.hpp"
#include "liblb/core/wait_queue.hpp"

namespace hapair::lb {

/// Before a server that refused is tried again, because no other is usable.
inline constexpr base::Duration kSameServerPause = std::chrono::milliseconds(200);

/// Sees to it that who waits gets a turn: calls Backend::serve_queue() soon, outside this call.
class QueueKeeper {
 public:
  virtual void on_room() = 0;

 protected:
  ~QueueKeeper() = default;
};

/// Hears what follows from the health of the servers and from their traffic.
class BackendWatch {
 public:
  /// Too many errors in a row. May be called in the midst of an exchange.
  virtual void on_error_limit(std::size_t server, Met last) = 0;
  /// Too few servers are up: traffic goes to those that are down too; or that is over.
  virtual void on_panic(bool begins) = 0;
  /// It went down or out, and what it is busy with is to end, outside this call.
  virtual void on_marked_down(std::size_t server) = 0;

 protected:
  ~BackendWatch() = default;
};

class Backend {
 public:
  /// `before`: the same of the generation before, whose figures it goes on with, those of servers
  /// that all nodes know as the same included; null: there was none.
  Backend(BackendSettings settings, base::Instant now, const Backend* before = nullptr);

  [[nodiscard]] const BackendSettings& settings() const { return settings_; }
  [[nodiscard]] const std::string& name() const { return settings_.name; }
  /// Places of servers, those of removed ones included.
  [[nodiscard]] std::size_t size() const { return servers_.size(); }
  [[nodiscard]] Server& server(std::size_t index) { return *servers_.at(index); }
  [[nodiscard]] const Server& server(std::size_t index) const { return *servers_.at(index); }

  /// While traffic runs: adds a server that gets none before set_health() says so. Returns its
  /// place, which may be one that a removed server has left.
  std::size_t add_server(ServerSettings settings, base::Instant now);
  /// It gets no new traffic; what it has goes on. The place stays its own until nobody holds it.
  void remove_server(std::size_t index, base::Instant now);
  /// The place of the server that is the same: one of that name and address, if it was not removed.
  [[nodiscard]] std::optional<std::size_t> place_of(const ServerSettings& server) const;
  /// Changes what a server may have at once; 0: any number.
  void set_limit(std::size_t index, std::uint32_t max_connections, base::Instant now);
  /// Changes a server's weight and tier.
  void set_share(std::size_t index, std::uint32_t weight, std::uint16_t tier, base::Instant now);

  /// What a request or connection brings to the choice of its server.
  struct Wish {
    std::optional<std::uint64_t> key{};   ///< by which it is hashed; without one it takes turns
    std::optional<std::size_t> named{};   ///< by a rule: taken before all others while it is usable
    std::optional<std::size_t> prefer{};  ///< the one that its client belongs to
    std::optional<std::size_t> avoid{};   ///< one that just failed
    bool had_turn = false;                ///< it got a server, or left the queue, before
  };
  /// A server, or a queue to enter; neither when no server takes traffic.
  struct Choice {
    std::optional<std::size_t> server{};
    WaitQueue* queue = nullptr;
  };
  [[nodiscard]] Choice choose(const Wish& wish);

  /// The next server with room. `avoid` is taken only when there is nothing else; nullopt when no
  /// server is usable. With a `key` it may be a server without room, for which its owner waits.
  [[nodiscard]] std::optional<std::size_t> pick(std::optional<std::size_t> avoid = {},
                                                std::optional<std::uint64_t> key = {});

  /// Keeps clients on their servers from now on; to be told before there is traffic.
  void set_persistence(std::unique_ptr<Persistence> persistence);
  /// Null: nobody does.
  [[nodiscard]] Persistence* persistence() const { return persistence_.get(); }
  [[nodiscard]] std::optional<std::size_t> server_of_cookie(std::string_view cookie) const;

  /// True when a server other than that one may be picked.
  [[nodiscard]] bool has_alternative(std::size_t to) const;

  /// True when a request has to enter the queue: servers are usable, but all full, or others wait
  /// already and it had no turn yet.
  [[nodiscard]] bool must_wait(bool had_turn) const;
  /// Some server is told of its clients by the PROXY protocol.
  [[nodiscard]] bool sends_proxy() const { return sends_proxy_; }
  /// Some server has a limit.
  [[nodiscard]] bool limited() const { return limited_; }
  [[nodiscard]] WaitQueue& queue() { return queue_; }
  [[nodiscard]] const WaitQueue& queue() const { return queue_; }
  /// How many wait for that server alone; null: nobody ever did.
  [[nodiscard]] const Gauge* waiting_for(std::size_t index) const {
    const bool some = index < own_queues_.size() && own_queues_[index];
    return some ? &own_queues_[index]->waiters.length() : nullptr;
  }
  /// Gives up to `at_most` waiters their turn while there is room. True: there is more to do.
  bool serve_queue(base::Instant now, unsigned at_most);
  void set_queue_keeper(QueueKeeper* keeper) { keeper_ = keeper; }
  void set_watch(BackendWatch* watch) { watch_ = watch; }

  /// A request or connection is the server's from now on.
  void begin_session(std::size_t index, ServerSession& session, base::Instant now);
  /// A request or connection ends that the server began; its place is free.
  void end_session(std::size_t index, ServerSession& session);

  /// What an attempt on a server met with; `took`: until the response, or the connection in mode
  /// tcp.
  void on_met(std::size_t index, Met met, base::Duration took) {
    if (!observes_) return;
    Server& server = *servers_[index];
    if (settings_.outlier) server.window.on_met(met, took, settings_.mode == Mode::kTcp);
    if (settings_.observe == Observe::kOff) return;
    if (server.streak.on_met(settings_.observe, met, settings_.error_limit) && watch_ != nullptr) {
      watch_->on_error_limit(index, met);
    }
  }

  [[nodiscard]] std::size_t usable_servers() const;
  void set_health(std::size_t index, ServerHealth health, base::Instant now);
  /// Too few servers are up: those that are down get traffic too.
  [[nodiscard]] bool panics() const { return panics_; }
  /// Lets shares grow, as time has passed.
  void advance(base::Instant now);
  /// When the next share grows; nullopt: all are whole.
  [[nodiscard]] std::optional<base::Instant> next_step(base::Instant now) const;
  /// When the backend last went from some usable server to none or back.
  [[nodiscard]] base::Instant since() const { return since_; }

 private:
  /// What is counted through all generations.
  struct Record {
    TrafficCounters counters;
    BackendLatency latency;
    MalformedRecord malformed;
  };
  std::shared_ptr<Record> record_;

 public:
  TrafficCounters& counters;
  BackendLatency& latency;
  MalformedRecord& malformed;  ///< what its servers sent last

 private:
  /// Of those who wait for one server alone; a part of the queue.
  struct OwnQueue {
    explicit OwnQueue(WaitQueue& whole) : waiters(&whole) {}
    WaitQueue waiters;
    bool noted = false;  ///< its place is in noted_
  };

  [[nodiscard]] bool has_room() const { return with_room_ > 0; }
  /// Which servers take traffic: those that are up, or else the last resorts; of these, those of
  /// the lowest tier. In a panic all that nobody has taken out.
  void choose_open();
  /// What follows from the settings of all servers.
  void look_at_settings();
  [[nodiscard]] bool has_to_panic() const;
  void tell_keeper();
  /// Of several backup servers in turn all but the first are not.
  void close_further_backups();
  /// Tells the pickers how a server is now.
  void tell(std::size_t index, const PickTarget& target);
  void tell_load(std::size_t index);
  void tell_all();
  [[nodiscard]] std::uint64_t identity_of(const ServerSettings& server) const;
  /// That server, or the queue for it alone.
  [[nodiscard]] Choice at_own(std::size_t index, bool had_turn);
  /// Who names that server gets it.
  [[nodiscard]] bool serves_named(std::size_t index) const {
    return servers_[index]->takes_traffic() || servers_[index]->usable();
  }
  /// Who waits for that server alone.
  [[nodiscard]] WaitQueue& own_queue(std::size_t index);
  [[nodiscard]] bool has_waiters(std::size_t index) const;
  /// Who waits for that server alone may get a turn.
  void note_room(std::size_t index);
  /// Who is to get the next turn; null: nobody can.
  [[nodiscard]] WaitQueue* next_queue();

  BackendSettings settings_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::unique_ptr<Persistence> persistence_;
  std::unique_ptr<Picker> picker_;
  std::unique_ptr<Picker> keyless_;  ///< where the picker hashes: for what has no key
  bool follows_load_;
  std::vector<PickTarget> targets_;  ///< by place, as the pickers were told
  std::size_t with_room_ = 0;        ///< servers that take one more
  std::size_t open_ = 0;             ///< servers that take traffic, with room or without
  WaitQueue queue_;
  std::vector<std::unique_ptr<OwnQueue>> own_queues_;  ///< by place; null: nobody ever waited
  std::vector<std::size_t> noted_;                     ///< places, by note_room()
  bool waits_for_own_ = false;  ///< a key whose server is full waits for that one
  bool names_servers_ = false;  ///< somebody has named one
  QueueKeeper* keeper_ = nullptr;
  BackendWatch* watch_ = nullptr;
  bool observes_ = false;
  bool panics_ = false;
  bool limited_ = false;
  bool sends_proxy_ = false;
  base::Instant since_;
};

}  // namespace hapair::lb
