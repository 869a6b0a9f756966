// Where checks meet their users: makes a target of each backend server, has the runner check it,
// keeps the balancer's servers in step, and tells the VIPs what they track: how many servers are
// up, and the other targets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/worker/agent_checks.hpp"
#include "apps/hapair/worker/echo_checks.hpp"
#include "apps/hapair/worker/scripted_check.hpp"
#include "apps/hapair/worker/target_set.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"
#include "libcheck/core/quorum.hpp"
#include "libcheck/core/registry.hpp"
#include "libcheck/io/health_log.hpp"
#include "libcheck/io/runner.hpp"
#include "liblb/io/engine.hpp"
#include "liblb/io/server_observer.hpp"

namespace hapair::worker {

class TlsWiring;

class ModelMap;

/// What becomes of a backend of the next model.
struct BackendFate {
  std::optional<std::size_t> before{};  ///< where it was; absent: it is new
  bool kept = false;                    ///< the engine has the same one, with its servers
};

/// A server that is there by its name's addresses, or stands in for them.
struct NamedServer {
  check::TargetId id;
  std::size_t backend = 0;  ///< of the next model
  std::size_t place = 0;    ///< of the name among that backend's servers
  config::Server server;    ///< as the next model has it, with its own name and address
  std::uint16_t tier = 0;
  config::Server was;  ///< the same as the model before had it, translated
  bool stands_in = false;
};

/// A server that the engine can go on with, but for its weight and what it may have at once;
/// `before` is as the next model would have it.
[[nodiscard]] bool is_same_server(const config::Server& before, const config::Server& now);

/// Told when something a VIP tracks has come or gone.
class TrackListener {
 public:
  /// `track` counts within the VIP's list.
  virtual void on_track_change(std::size_t vip, std::size_t track) noexcept = 0;
  /// A server of the backend has changed its state; before the tracks that follow from it.
  virtual void on_server_change(std::size_t backend) noexcept = 0;

 protected:
  ~TrackListener() = default;
};

class HealthWiring final : public check::HealthListener, private lb::ServerObserver {
 public:
  /// The engine must have the model's backends already, in the model's order.
  HealthWiring(event::EventLoop& loop, const config::Model& model, lb::Engine& engine,
               const TlsWiring& tls, guardian::TargetPort& guardian, Scripts& scripts,
               const base::Logger& log, base::Journal& journal, TrackListener& tracks);

  ~HealthWiring() { engine_.set_observer(nullptr); }
  HealthWiring(const HealthWiring&) = delete;
  HealthWiring& operator=(const HealthWiring&) = delete;

  void start(base::Instant now);

  /// Adds a server while all runs: to the balancer, to the checks, and to whoever tracks the
  /// backend. It is unknown until its first check, and up where there is none. `tls` may be null;
  /// `why` is for people.
  check::TargetId add_server(std::size_t backend, const config::Server& server, std::uint16_t tier,
                             std::shared_ptr<tls::ClientContext> tls, std::string why);
  /// Adds what stands in for a server whose name has no address.
  check::TargetId add_resolving(std::size_t backend, const config::Server& server,
                                std::string reason);
  /// Takes either out again; requests in progress go on. Not while the registry tells of a change.
  void remove_server(check::TargetId id, std::string_view why);
  /// Changes a server's weight and tier.
  void set_share(check::TargetId id, std::uint32_t weight, std::uint16_t tier);

  /// The model is another one now, and so is the engine's generation, in the same order. `before`
  /// is the one before, `map` leads from it. What is known of servers that are the same stays, and
  /// so do checks that are the same; what nobody has any more goes. `named` get the ids that they
  /// have from here on.
  void follow_change(const config::Model& before, const ModelMap& map,
                     const std::vector<BackendFate>& fates, std::vector<NamedServer>& named);
  /// The servers of a backend are at the places that the model says.
  [[nodiscard]] bool in_file_order(std::size_t backend) const;

  [[nodiscard]] check::Registry& registry() { return registry_; }
  [[nodiscard]] const check::Registry& registry() const { return registry_; }

  /// True when the track's backend has too few servers, or its target is down. A first check that
  /// is still out gives the benefit of the doubt, so that starting up moves no VIP.
  [[nodiscard]] bool track_failed(std::size_t vip, std::size_t track) const;
  /// "1 of 2 up, 1 needed"; "eth1 has no carrier".
  [[nodiscard]] std::string track_text(std::size_t vip, std::size_t track) const;

  /// How many of a backend's servers are usable, and how many may yet be.
  [[nodiscard]] check::Quorum::Counts count(std::size_t backend) const;

  /// The guardian has news of a target.
  void on_target_found(const guardian::TargetFound& found) {
    targets_->on_found(found);
    echoes_.on_found(found);
  }
  void on_echo_socket(std::size_t target, net::UniqueFd socket) {
    if (target < model_.targets.size()) return targets_->on_echo_socket(target, std::move(socket));
    echoes_.on_socket(target, std::move(socket));
  }

  /// The journal's number of the last change of a state; nullopt before the first.
  [[nodiscard]] std::optional<std::uint64_t> last_change() const { return last_change_; }

  /// The target of a server by the config's names.
  [[nodiscard]] std::optional<check::TargetId> find(std::string_view backend,
                                                    std::string_view server) const;

 private:
  /// One VIP's count of one backend, or its one target; passes the change on with its place.
  class Track final : public check::QuorumListener {
   public:
    Track(check::Registry& registry, std::vector<check::TargetId> members, std::size_t min_up,
          TrackListener& listener, std::size_t vip, std::size_t place);
    [[nodiscard]] const check::Quorum& quorum() const { return quorum_; }
    [[nodiscard]] check::Quorum& quorum() { return quorum_; }
    /// The target that is the track's only one, and no server.
    std::optional<check::TargetId> target;

   private:
    void on_quorum_change(const check::Quorum& quorum, check::State previous) noexcept override;

    TrackListener& listener_;
    std::size_t vip_;
    std::size_t place_;
    check::Quorum quorum_;
  };

  /// What of a server's health changes where traffic goes.
  struct Choice {
    lb::Standing standing = lb::Standing::kUnknown;
    std::uint16_t weight_percent = 100;
    std::optional<std::uint32_t> max_connections{};
    bool returning = false;

    bool operator==(const Choice&) const = default;
  };

  /// The place of a target in the balancer, and what that knows of it.
  struct ServerPlace {
    std::size_t backend;
    std::size_t server;
    Choice told{};
    bool stale = false;  ///< figures that only statistics show have changed since
  };

  /// A server of the next model, and what there was of it.
  struct Wanted {
    std::size_t backend = 0;
    std::size_t place = 0;  ///< among the servers of the model
    config::Server server;
    std::uint16_t tier = 0;
    bool stands_in = false;
    std::optional<std::size_t> named{};            ///< its place among those that names have
    std::optional<check::TargetId> id{};           ///< of what goes on
    std::optional<config::Server> was{};           ///< translated; with it, unless named
    const config::Backend* backend_was = nullptr;  ///< likewise
    std::optional<std::size_t> in_engine{};        ///< its place in a generation that is new
    bool fresh = false;                            ///< it has become a target just now
  };
  [[nodiscard]] std::vector<Wanted> wanted_servers(const config::Model& before,
                                                   const std::vector<config::Backend>& translated,
                                                   const std::vector<BackendFate>& fates,
                                                   const std::vector<NamedServer>& named) const;
  /// Targets without a user go, and those that follow what goes.
  void forget_unwanted(std::vector<Wanted>& wanted, const std::vector<BackendFate>& fates);
  void put(Wanted& server, const std::vector<BackendFate>& fates, const config::Model& before);
  void check_anew(const Wanted& server, const config::Model& before);
  /// It is checked as before, and by the same script.
  [[nodiscard]] bool is_checked_on(const Wanted& server, const config::Model& before) const;
  [[nodiscard]] TargetParts target_parts();

  void add_backend(std::size_t index);
  /// Makes a target of a server.
  check::TargetId add_target(std::size_t backend, const config::Server& server);
  void place(check::TargetId id, ServerPlace where);
  /// The tracks of a backend that has got a target, or loses one.
  void for_tracks_of(std::size_t backend, const std::function<void(check::Quorum&)>& change);
  void join(check::TargetId id);
  /// Tells of a backend that has got its first usable server, or lost its last one.
  void judge_backend(std::size_t backend);
  void record(std::string_view id, const check::Target& target, std::string_view from,
              std::string_view to, std::string_view why);
  /// The target at a place in the engine; nullopt: it was removed.
  [[nodiscard]] std::optional<check::TargetId> target_at(std::size_t backend,
                                                         std::size_t server) const;
  /// Servers that follow others, or targets.
  void follow();
  /// `tls`: the runner's context of the check.
  void add_check(const config::Check& check, const config::Server& server,
                 std::optional<std::size_t> tls, check::TargetId id);
  void add_tracks();
  void on_error_limit(std::size_t backend, std::size_t server, lb::Met last) noexcept override;
  void on_outlier(std::size_t backend, std::size_t server, lb::OutlierDetector::Phase phase,
                  std::string reason) noexcept override;
  void on_panic(std::size_t backend, bool begins) noexcept override;
  bool on_stats_wanted(std::size_t& next, std::size_t most) noexcept override;
  void on_health_change(check::TargetId id, const check::Target& target,
                        check::State previous) noexcept override;
  void on_health_result(check::TargetId id, const check::Target& target) noexcept override;
  void on_health_adopted(check::TargetId id, const check::Target& target,
                         check::State previous) noexcept override;
  /// Servers of which nothing is known for too long are tried.
  void expire_grace() noexcept;
  [[nodiscard]] static Choice choice_of(const check::Target& target);
  void tell_engine(check::TargetId id, const check::Target& target);

  event::EventLoop& loop_;
  const config::Model& model_;
  guardian::TargetPort& guardian_;
  Scripts& scripts_;
  lb::Engine& engine_;
  const TlsWiring& tls_;
  const base::Logger& logger_;
  base::Journal& journal_;
  TrackListener& listener_;
  std::optional<std::uint64_t> last_change_;
  bool started_ = false;
  bool changing_ = false;  ///< nobody is told of what changes meanwhile
  check::Registry registry_;
  check::Runner runner_;
  EchoChecks echoes_;
  AgentChecks agents_;
  check::HealthLog log_;
  event::Timer grace_;
  std::map<std::uint32_t, std::unique_ptr<ScriptedCheck>> scripted_;  ///< of servers, by target
  std::vector<ServerPlace> places_;   ///< by target index; of servers
  std::optional<TargetSet> targets_;  ///< always there when the constructor is done
  std::vector<std::vector<check::TargetId>> backend_targets_;  ///< by backend
  std::vector<std::optional<bool>>
      serving_;  ///< by backend: some server is usable; absent: unknown
  std::vector<std::vector<std::unique_ptr<Track>>> tracks_;  ///< by VIP
  check::Subscription subscription_;
};

}  // namespace hapair::worker
