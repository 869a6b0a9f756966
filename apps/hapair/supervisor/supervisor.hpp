// The parent of `hapair run`: starts and watches guardian and worker, starts them again with
// back-off, and releases what the ledger lists when the guardian cannot. It parses nothing but the
// ledger, and leaves in order on SIGTERM and SIGINT.
//
//  * The guardian is dead when its pidfd says so, and hung when its heartbeat is older than
//    kGuardianLimit: then it is killed, the ledger released, the worker stopped, both started
//    again.
//  * The worker's death is the guardian's to act on; the supervisor only starts another.
//  * A reload is the guardian's to do; the supervisor starts the process that reads for it.
//  * It starts the process that runs scripts, for each guardian its own (script_keeper.hpp).
//  * On SIGUSR2, or an operator's word, it starts a successor, which takes over from it
//    (successor.hpp); it may be one itself.
//  * A service manager that watches (WatchdogSec) hears from its loop, and from nothing else:
//    guardian and worker are watched here, by tighter limits, and a back-off is no hang.
//  * Leaving has a limit, after which everything is killed and released from the ledger.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "apps/hapair/guardian/cpu_wait.hpp"
#include "apps/hapair/guardian/decision_log.hpp"
#include "apps/hapair/guardian/handover_taker.hpp"
#include "apps/hapair/guardian/ledger.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "apps/hapair/guardian/releaser.hpp"
#include "apps/hapair/guardian/shared_page.hpp"
#include "apps/hapair/supervisor/privileges.hpp"
#include "apps/hapair/supervisor/process.hpp"
#include "apps/hapair/supervisor/restart_backoff.hpp"
#include "apps/hapair/supervisor/run.hpp"
#include "apps/hapair/supervisor/script_keeper.hpp"
#include "apps/hapair/supervisor/successor.hpp"
#include "apps/hapair/supervisor/watchdog.hpp"
#include "common/base/log.hpp"
#include "common/base/time.hpp"
#include "common/net/seqpacket.hpp"
#include "common/net/unique_fd.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::supervisor {

class Supervisor {
 public:
  static constexpr base::Duration kGuardianLimit = std::chrono::milliseconds(150);
  /// So often is a guardian looked at that waits for the CPU.
  static constexpr base::Duration kGuardianLook = std::chrono::milliseconds(10);
  /// Beyond the drain time: the guardian's own margin and a little for the release.
  static constexpr base::Duration kLeaveMargin = std::chrono::seconds(2);
  /// What the service manager is asked to wait beyond that before it kills.
  static constexpr base::Duration kServiceMargin = std::chrono::seconds(5);
  /// How long a killed worker's sockets are waited for, so that clients get their FIN.
  static constexpr base::Duration kWorkerEnd = std::chrono::milliseconds(30);

  /// How long a killed guardian's end is waited for before what it did is undone.
  static constexpr base::Duration kGuardianEnd = std::chrono::milliseconds(30);

  Supervisor(guardian::ConfigSource& config, WorkerMain worker_main, base::Logger& log,
             guardian::Ledger ledger, vrrp::Netlink netlink, net::UniqueFd signals,
             Invocation invocation, Watchdog watchdog);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// It takes the place of another hapair; to be told before run().
  void inherit(Inheritance inheritance);

  /// The exit code of the process.
  [[nodiscard]] int run();

 private:
  void start_guardian();
  void start_worker();
  /// The process that reads the configuration anew; its other end goes to the guardian.
  void start_reader(bool check);
  void ask_for_reload();
  void on_reload_ended(const guardian::ReloadEnded& ended, std::vector<net::UniqueFd> parts);
  void wait();
  void on_signal();
  void leave();
  void on_report(const guardian::Report& report, std::vector<net::UniqueFd> fds);
  void take_reports();
  /// What was decided here goes by the guardian to the worker, which keeps the journal.
  void tell_decisions();
  void on_guardian_ended();
  void on_worker_ended();
  void check_deadlines(base::Instant now);
  void check_guardian(base::Instant now);
  void release_for_guardian();
  void reap_orphans();
  void finish(int exit_code) { exit_code_ = exit_code; }
  // Of upgrades; in supervisor_upgrade.cpp.
  void begin_upgrade();
  void on_upgrade_report(const guardian::Report& report);
  void look_at_upgrade(base::Instant now);
  void end_upgrade(std::string_view why);
  void on_handed_over();
  /// Before the duty is ours: the one before goes on, and this one never was.
  void give_up(std::string_view why);
  void on_parent();
  /// What the ledger lists is ours to take off. An offer to another one is withdrawn first.
  [[nodiscard]] bool has_duty();
  /// For our guardian; null: it takes over from nobody.
  [[nodiscard]] guardian::HandoverTaker* predecessor();
  [[nodiscard]] bool inherits() const { return inheritance_ && !inheritance_->page.taken(); }
  [[nodiscard]] bool worker_can_start() const { return guardian_ready_ && guardian_channel_; }
  [[nodiscard]] std::optional<base::Instant> next_deadline() const;

  guardian::ConfigSource& config_;
  WorkerMain worker_main_;
  base::Logger& log_;
  guardian::DecisionLog decisions_;
  guardian::Ledger ledger_;
  vrrp::Netlink netlink_;
  guardian::Releaser releaser_;
  net::UniqueFd signals_;

  std::optional<guardian::SharedPage> page_;  ///< of this guardian and its workers
  Process guardian_;
  net::SeqpacketChannel guardian_channel_;
  bool guardian_ready_ = false;
  base::Instant guardian_checked_{};  ///< the heartbeat counts as no older than this
  guardian::CpuWait guardian_cpu_;
  std::optional<base::Instant> guardian_look_;  ///< its late heartbeat is excused until then
  Identity identity_;
  base::Duration drain_timeout_{};
  base::Duration script_time_{};
  Process worker_;
  Process reader_;
  Invocation invocation_;
  std::optional<Successor> successor_;            ///< while it may take over
  std::optional<Inheritance> inheritance_;        ///< of the one before
  std::optional<guardian::HandoverTaker> taker_;  ///< for our guardian
  bool handed_over_ = false;
  ScriptKeeper scripts_;
  Watchdog watchdog_;
  RestartBackoff guardian_backoff_;
  RestartBackoff worker_backoff_;
  std::optional<base::Instant> guardian_due_;
  std::optional<base::Instant> worker_due_;
  bool service_was_ready_ = false;
  std::optional<base::Instant> leave_deadline_;
  bool leave_forced_ = false;     ///< told to leave twice: the order does not matter any more
  int leave_code_ = 0;            ///< what to exit with once left
  std::optional<int> exit_code_;  ///< set: run() returns
};

}  // namespace hapair::supervisor
