// The guardian process: the only one with capabilities that serves the worker. It parses nothing
// from the network; it checks each request of the worker against the grants, asks GuardianCore what
// to do and when, and does it, from its own small loop with exact deadlines.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/guardian/config_reader.hpp"
#include "apps/hapair/guardian/config_source.hpp"
#include "apps/hapair/guardian/cpu_wait.hpp"
#include "apps/hapair/guardian/death_watch.hpp"
#include "apps/hapair/guardian/decision_log.hpp"
#include "apps/hapair/guardian/guardian_core.hpp"
#include "apps/hapair/guardian/guardian_timing.hpp"
#include "apps/hapair/guardian/handover_giver.hpp"
#include "apps/hapair/guardian/handover_taker.hpp"
#include "apps/hapair/guardian/journal_keeper.hpp"
#include "apps/hapair/guardian/late_watch.hpp"
#include "apps/hapair/guardian/ledger.hpp"
#include "apps/hapair/guardian/parts.hpp"
#include "apps/hapair/guardian/reload.hpp"
#include "apps/hapair/guardian/shared_page.hpp"
#include "common/base/log.hpp"
#include "common/base/repeat_guard.hpp"
#include "common/net/seqpacket.hpp"
#include "libvrrp/io/netlink_monitor.hpp"

namespace hapair::guardian {

/// What the supervisor gives a guardian. All references outlive the process's main function.
struct GuardianStart {
  net::SeqpacketChannel supervisor;
  SharedPage& page;
  Ledger& ledger;
  ConfigSource& config;
  base::Logger& log;
  DecisionLog& decisions;  ///< a sink of `log`
  /// To take over from another hapair; null: there is none.
  HandoverTaker* predecessor = nullptr;
};

/// The guardian's main function: sets up, serves until told to step down or left alone by the
/// supervisor. Its value is the exit code: 0, or why it could not start.
[[nodiscard]] int guardian_main(GuardianStart start);

class Guardian final : private VipListener,
                       private vrrp::NetlinkEventSink,
                       private TargetSink,
                       private HandoverGiver::Host {
 public:
  /// The supervisor allows the heartbeat to be older than this by some factor.
  static constexpr base::Duration kBeatEvery = std::chrono::milliseconds(20);

  /// `netlink` outlives it.
  Guardian(GuardianStart start, std::unique_ptr<Parts> parts, vrrp::Netlink& netlink,
           DeathWatch death_watch, vrrp::NetlinkMonitor monitor, JournalKeeper keeper);

  /// Returns when everything is released; the exit code of the process.
  [[nodiscard]] int run();
  /// Lets the notify scripts end, in their time, and writes to the journal what no worker can any
  /// more; after run(), when nothing is held any more.
  void finish_scripts();
  /// What is on this host is its own to undo.
  [[nodiscard]] bool has_duty() const;
  /// Another hapair has the duty, which this one is to take.
  [[nodiscard]] bool inherits() const;

 private:
  [[nodiscard]] const Grants& grants() const { return *parts_->grants; }
  /// `waits`: for the answer, on the control socket.
  void begin_reload(std::string who, bool waits);
  void take_reader(net::UniqueFd channel);
  void hear_reader();
  void begin_check(std::string who);
  void offer_check(NewConfig config);
  void end_check(std::string_view reason);
  void prepare_reload(NewConfig config);
  [[nodiscard]] std::string open_for_reload();
  void advance_reload();
  void commit_reload();
  void fail_reload(std::string_view reason);
  void end_reload(bool good, bool scripts);
  static void reap_retired();
  /// What a worker that is ready, or has taken new grants, must know.
  void tell_worker_all();
  [[nodiscard]] WorkerSigns signs_of_worker(base::Instant now);
  void wait(base::Instant until);
  void take_commands();
  void take_requests();
  void on_command(const Command& command, net::Packet& packet);
  /// `fds` came with it.
  void on_request(const Request& request, const std::vector<net::UniqueFd>& fds);
  void on_reload_request(const Request& request);
  void keep_maintenance(const KeepMaintenance& request);
  /// What a worker has to know before it decides anything.
  void tell_standing();
  /// Requests that belong to changing the process; false: it is none of these.
  [[nodiscard]] bool on_handover_request(const Request& request,
                                         const std::vector<net::UniqueFd>& fds);
  void begin_handover(net::Packet& packet);
  void look_at_handover(base::Instant now);
  void on_given_away();
  void read_predecessor();
  void give_up(const base::Error& error);
  void take_over();
  void ask_worker(const GiveAway& what, const std::vector<int>& fds) override;
  [[nodiscard]] std::vector<handover::Duty> duties() const override;
  /// Of the hapair before, where it takes over from one.
  [[nodiscard]] net::UniqueFd inherited(const SocketTag& tag);
  /// Before what only the one with the duty may do; false: another one has it.
  [[nodiscard]] bool keep_duty(const Actions& actions);
  [[nodiscard]] int handover_fd() const;
  void quiet_socket(bool on, const std::vector<net::UniqueFd>& fds);
  void look_at_vip(const LookAtVip& request);
  void on_get_model();
  void on_life_lost();
  void answer(base::Result<net::UniqueFd> opened);
  void reply(const Reply& message, const std::vector<int>& fds = {});
  void refuse(std::string_view reason);
  void report_ready();
  void report(const Report& message, const std::vector<int>& fds = {});
  void drop_worker();
  /// Of the guardian and the supervisor, to a worker that is ready.
  void tell_decisions();
  void on_woken(base::Instant planned);
  [[nodiscard]] Figures figures() const;
  void perform(const Actions& actions);
  void perform(const SendAdvert& action);
  void perform(const StopAdverts& action);
  void perform(const PutAddresses& action);
  void perform(const PutRoutes& action);
  void perform(const RenewAddresses& action);
  void perform(const SilenceAddresses& action);
  void perform(const RemoveAddresses& action);
  void perform(const SendArp& action);
  void perform(const SetChecksum& action);
  void perform(const TellLeave& action);
  void perform(const WorkerFailed& action);
  void perform(const WorkerStarved& action);
  void perform(const KillWorker& action);
  void perform(const Finish& action);
  void on_netlink_event(const vrrp::NetlinkEvent& event) override;
  void on_event(const vrrp::AddressAdded& event);
  void on_event(const vrrp::AddressRemoved& event);
  void on_event(const vrrp::LinkChanged& event);
  void on_event(const vrrp::LinkRemoved& event);
  void on_event(const vrrp::RoutingRemoved& event);
  void on_event(const vrrp::EventsLost& event);
  /// Both tell the worker when that is news.
  void set_present(std::size_t interface, const base::IpAddress& address, bool present);
  void set_carrier(std::size_t interface, bool carrier);
  void announce_from(std::size_t interface);
  void take_off_stray(const vrrp::LinkAddress& address);
  void tell_next(const vrrp::LinkAddress& address, bool present);
  void tell_link_state(std::size_t interface);
  void on_target_found(const TargetFound& found) override;
  void on_echo_socket(const EchoSocket& which, int socket) override;
  /// Tells the worker when that is news.
  void put_routes(std::size_t group);
  void on_vip_lost(std::size_t group, std::string_view reason) override;
  void on_link_replaced(std::string_view name) override;

  GuardianStart start_;
  HostAccess host_;
  std::unique_ptr<Parts> parts_;
  ReloadState reload_;
  DeathWatch death_watch_;
  vrrp::NetlinkMonitor monitor_;
  JournalKeeper keeper_;
  GuardianCore core_;
  net::SeqpacketChannel worker_;
  net::UniqueFd worker_process_;  ///< pidfd
  CpuWait worker_cpu_;
  bool watching_life_ = false;  ///< the worker holds life and the death watch is armed
  std::uint32_t refusals_ = 0;  ///< of this worker
  bool worker_ready_ = false;
  LateWatch late_watch_;
  AdvertTimes advert_times_;
  base::RepeatGuard taken_off_;
  base::RepeatGuard put_on_;
  base::RepeatGuard starved_;
  base::RepeatGuard routes_taken_off_;
  std::optional<HandoverGiver> giver_;  ///< while another hapair may take over
  bool handed_over_ = false;            ///< it has
  /// What the hapair before was told to do, by our groups.
  std::vector<std::pair<std::uint16_t, handover::Duty>> taken_;
  bool finished_ = false;
  int exit_code_ = 0;
};

}  // namespace hapair::guardian
