// The root of the worker: every part in order of dependency, and the wiring between the three
// libraries. The election's roles open and close the balancer's binds; the checks take servers in
// and out and lower a VIP's priority; the guardian's word to leave hands everything over in order.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/diff.hpp"
#include "apps/hapair/config/model.hpp"
#include "apps/hapair/control/server.hpp"
#include "apps/hapair/guardian/guardian_client.hpp"
#include "apps/hapair/guardian/heartbeat.hpp"
#include "apps/hapair/handover/node_state.hpp"
#include "apps/hapair/supervisor/run.hpp"
#include "apps/hapair/wiring/worker_model.hpp"
#include "apps/hapair/worker/alert_wiring.hpp"
#include "apps/hapair/worker/command_alerts.hpp"
#include "apps/hapair/worker/drilling.hpp"
#include "apps/hapair/worker/health_wiring.hpp"
#include "apps/hapair/worker/hello_wiring.hpp"
#include "apps/hapair/worker/journal_feed.hpp"
#include "apps/hapair/worker/leaving.hpp"
#include "apps/hapair/worker/log_targets.hpp"
#include "apps/hapair/worker/rule_files.hpp"
#include "apps/hapair/worker/scripts.hpp"
#include "apps/hapair/worker/server_changes.hpp"
#include "apps/hapair/worker/server_names.hpp"
#include "apps/hapair/worker/shortage.hpp"
#include "apps/hapair/worker/sight.hpp"
#include "apps/hapair/worker/sight_pages.hpp"
#include "apps/hapair/worker/status_source.hpp"
#include "apps/hapair/worker/tls_wiring.hpp"
#include "apps/hapair/worker/traffic_change.hpp"
#include "apps/hapair/worker/vip_set.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"
#include "common/password/password_thread.hpp"
#include "liblb/io/engine.hpp"
#include "liblb/io/listener.hpp"

namespace hapair::worker {

class Worker final : guardian::GuardianEvents,
                     guardian::ReloadEvents,
                     RoleListener,
                     TrackListener,
                     lb::SocketQuieter,
                     control::ControlActions {
 public:
  /// The loop, the pulse and the logger outlive the worker.
  Worker(event::EventLoop& loop, supervisor::WorkerStart&& start, base::Logger& log);
  ~Worker();

  /// Gets the model and the descriptors from the guardian and builds every part. From the model on
  /// the logger writes where the config says. `journald`: standard error goes to the journal.
  [[nodiscard]] base::Result<void> set_up(bool journald);
  /// Serves until told to leave; the exit code of the process.
  [[nodiscard]] int run();

 private:
  base::Result<void> load_model();
  void open_log(bool journald);
  void open_journal();
  base::Result<void> set_up_engine();
  base::Result<void> set_up_scripts();
  base::Result<void> set_up_vrrp();
  void set_up_drilling();
  base::Result<void> set_up_control();
  void set_up_sight();

  /// What has come of a reload that is under way.
  struct ReloadParts {
    struct Receiver {
      std::size_t interface = 0;  ///< index into the next model's interfaces
      base::Family family = base::Family::kIpv4;
      net::UniqueFd socket;
    };
    NewSockets sockets{};
    std::vector<Receiver> receivers{};
    net::UniqueFd logs{};
    net::UniqueFd tls_files{};
    net::UniqueFd scripts{};
    bool other_scripts = false;
  };
  void on_reload_bind(std::size_t bind, net::UniqueFd socket) noexcept override;
  void on_reload_receiver(std::size_t interface, base::Family family,
                          net::UniqueFd socket) noexcept override;
  void on_reload_channel(guardian::ReloadChannelTo to, net::UniqueFd channel) noexcept override;
  void on_reload_model(std::string_view who, bool scripts, std::string envelope) noexcept override;
  void on_reload_failed(const guardian::ReloadFailed& failed) noexcept override;
  void on_check_model(std::string_view who, std::string envelope) noexcept override;
  /// What a reload would make of it.
  [[nodiscard]] config::Diff compare(const wiring::GivenModel& next);
  void end_check(std::string_view who, std::vector<std::string> faults, std::string diff);
  base::Result<void> take_model(std::string_view who, std::string_view envelope, ReloadParts parts);
  [[nodiscard]] base::Result<VipSet::Change> prepare_vips(
      const config::Model& next, std::vector<ReloadParts::Receiver> receivers);
  void take_over(VipSet::Change vips, const config::Model& before, ReloadParts parts);
  void end_reload(std::string_view who, bool good);
  [[nodiscard]] StatusParts status_parts() const;

  void on_leave(base::Duration drain) noexcept override;
  void on_vip_lost(std::size_t group, std::string_view reason) noexcept override;
  void on_routes_state(std::size_t group, std::string_view fault) noexcept override;
  void on_link_state(std::size_t interface, bool carrier, bool addressed) noexcept override;
  void on_maintenance(std::size_t group) noexcept override;
  void on_target_found(const guardian::TargetFound& found) noexcept override;
  void on_echo_socket(std::size_t target, net::UniqueFd socket) noexcept override;
  void on_scripts(net::UniqueFd channel) noexcept override;
  void on_decision(const guardian::Decision& decision) noexcept override;
  void on_vip_seen(const guardian::VipSeen& seen) noexcept override;
  void on_give_away(const guardian::GiveAway& what, net::UniqueFd memory) noexcept override;
  void on_take_over(net::UniqueFd memory) noexcept override;
  void on_serve() noexcept override;
  void on_guardian_gone() noexcept override;
  void on_vip_holding(std::size_t vip) noexcept override { engine_->enable_binds(vip); }
  void on_vip_role(std::size_t vip, vrrp::State state) noexcept override;
  void on_vip_fitness() noexcept override;
  void on_track_change(std::size_t vip, std::size_t track) noexcept override;
  void on_server_change(std::size_t backend) noexcept override;
  base::Result<void> set_server_state(std::string_view backend, std::string_view server,
                                      check::Order order, std::string_view who) override;
  std::expected<unsigned, control::ActionFault> set_server_weight(
      std::string_view backend, std::string_view server, const control::WeightOrder& weight,
      std::string_view who) override;
  std::expected<void, control::ActionFault> add_server(std::string_view backend,
                                                       std::string_view server,
                                                       const control::NewServer& what,
                                                       std::string_view who) override;
  std::expected<void, control::ActionFault> remove_server(std::string_view backend,
                                                          std::string_view server,
                                                          std::string_view who) override;
  std::expected<void, control::ActionFault> announce(std::string_view vip,
                                                     std::string_view who) override;
  base::Result<void> set_maintenance(std::string_view vip, bool on, std::string_view who) override;
  [[nodiscard]] lb::SessionBook& sessions_to_close(std::string_view which,
                                                   std::string_view who) override;
  std::expected<void, lb::TableFault> clear_table(std::string_view table,
                                                  std::optional<std::string_view> client,
                                                  std::string_view who) override;
  std::expected<void, lb::TableFault> set_client(std::string_view table, std::string_view client,
                                                 const lb::ClientEntry& entry,
                                                 std::string_view who) override;
  control::StepDown step_down(std::string_view vip, bool drain, std::string_view who) override;
  control::DrillStart drill(std::string_view vip, std::string_view who) override;
  /// Gives VIPs that this node is master of to a peer, all of them or none.
  [[nodiscard]] control::StepDown give_away(const std::vector<std::size_t>& masters, bool drain,
                                            const std::string& why);
  void tell_of_table(std::string_view table, const std::string& what);
  void upgrade(std::string_view who) override;
  [[nodiscard]] control::UpgradeState upgrade_state() const override { return upgrade_; }
  base::Result<std::uint64_t> reload(std::string_view who) override;
  control::LogOutcome change_log(const control::LogOrder& order, std::string_view who) override;
  base::Result<std::uint64_t> check_config(std::string_view who) override;
  void set_quiet(int fd, bool quiet) override { guardian_.quiet_socket(fd, quiet); }
  /// That VIP, or all where `vip` is empty; none: there is no such VIP.
  [[nodiscard]] std::vector<std::size_t> vips_named(std::string_view vip) const;
  /// Of those that leave with this VIP the ones that this node is master of.
  [[nodiscard]] std::vector<std::size_t> masters_with(std::size_t vip) const;
  /// The same for several, each once.
  [[nodiscard]] std::vector<std::size_t> masters_with_all(
      const std::vector<std::size_t>& vips) const;
  /// The first of them that no peer says it could take over; where no hellos are said, none.
  [[nodiscard]] std::optional<std::size_t> unclaimed_of(const std::vector<std::size_t>& vips) const;
  void break_off_drill(std::string_view why);
  void hand_over() noexcept;

  // Changing the process; in worker_handover.cpp.
  void tell_sockets();
  [[nodiscard]] std::optional<guardian::SocketTag> tag_of(std::string_view bind) const;
  void stand_still(net::UniqueFd memory);
  void go_on();
  void retire(base::Duration drain);
  [[nodiscard]] handover::NodeState node_state() const;
  void prepare() noexcept;
  void adopt(handover::NodeState state);
  void resume_vips();
  void tell_peers();

  event::EventLoop& loop_;
  base::Logger& log_;
  base::Journal journal_;
  guardian::GuardianClient guardian_;
  guardian::Heartbeat heartbeat_;
  config::Model model_;
  std::string config_text_;  ///< of the file, byte for byte
  control::ReloadStatus reload_status_;
  std::optional<std::string> reload_asked_;  ///< by whom, over the control socket
  ReloadParts reload_parts_;
  control::ReloadStatus check_status_;
  std::optional<std::string> check_asked_;  ///< by whom
  bool taking_over_ = false;                ///< VIPs are looked at whole, when it is done
  std::optional<std::uint32_t> write_gid_;
  std::unique_ptr<LogTargets> log_targets_;
  std::unique_ptr<JournalFeed> journal_feed_;  ///< null: the journal is in memory only
  std::unique_ptr<TlsWiring> tls_;
  std::unique_ptr<password::PasswordThread> passwords_;
  std::unique_ptr<lb::Engine> engine_;
  MemoryGauge memory_gauge_;
  std::optional<std::uint64_t> memory_limit_;  ///< of the service's control group
  std::unique_ptr<Shortage> shortage_;
  std::unique_ptr<RuleFiles> rule_files_;
  std::unique_ptr<Scripts> scripts_;
  std::unique_ptr<HealthWiring> health_;
  std::unique_ptr<ServerNames> names_;
  std::unique_ptr<ServerChanges> changes_;
  std::unique_ptr<AlertWiring> alerts_;
  std::unique_ptr<CommandAlerts> commands_;
  std::unique_ptr<VipSet> vips_;
  std::unique_ptr<HelloWiring> hello_;  ///< null: the nodes say none
  std::vector<bool> master_of_;         ///< by VIP
  std::unique_ptr<Leaving> leaving_;
  std::unique_ptr<Drilling> drilling_;  ///< null: the nodes say no hello
  std::unique_ptr<WorkerStatus> status_;
  std::unique_ptr<control::ControlServer> control_;
  std::unique_ptr<Sight> sight_;
  std::unique_ptr<SightPages> pages_;
  event::Deferred hand_over_;
  bool successor_ = false;     ///< another process serves, whose place this one is to take
  bool stands_still_ = false;  ///< another one may take over in a moment
  bool retired_ = false;       ///< another process serves in this one's place
  event::Timer prepare_;       ///< afterwards: for the peers, which the process before still tells
  bool tells_peers_ = true;
  base::Instant prepared_by_{};
  std::vector<handover::VipState> vip_states_;  ///< of the process before
  control::UpgradeState upgrade_;
  int exit_code_ = 0;
};

}  // namespace hapair::worker
