#include "apps/hapair/supervisor/supervisor.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>
#include <variant>

#include "apps/hapair/guardian/guardian.hpp"
#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/guardian/reload_reader.hpp"
#include "apps/hapair/supervisor/worker_process.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::supervisor {
namespace {

constexpr int kExitOk = 0;
/// A wake-up later than this means that this host stood still, not only the guardian.
constexpr base::Duration kOwnLateness = std::chrono::milliseconds(50);

}  // namespace

Supervisor::Supervisor(guardian::ConfigSource& config, WorkerMain worker_main, base::Logger& log,
                       guardian::Ledger ledger, vrrp::Netlink netlink, net::UniqueFd signals,
                       Invocation invocation, Watchdog watchdog)
    : config_(config),
      worker_main_(worker_main),
      log_(log),
      ledger_(std::move(ledger)),
      netlink_(std::move(netlink)),
      releaser_(ledger_, netlink_, log_),
      signals_(std::move(signals)),
      invocation_(std::move(invocation)),
      scripts_(log),
      watchdog_(watchdog) {
  log_.add_sink(decisions_, base::LogLevel::kInfo);
}

Supervisor::~Supervisor() { log_.remove_sink(decisions_); }

int Supervisor::run() {
  if (!exit_code_) start_guardian();
  while (!exit_code_) {
    wait();
    if (exit_code_) break;
    check_deadlines(event::now());
    tell_decisions();
    reap_orphans();
  }
  scripts_.stop();
  return *exit_code_;
}

void Supervisor::start_guardian() {
  guardian_due_.reset();
  guardian_ready_ = false;
  auto page = guardian::SharedPage::create();
  auto channel = net::SeqpacketChannel::pair();
  if (!page || !channel) {
    log_.error("start-failed", "supervisor", page ? channel.error().message : page.error().message);
    guardian_due_ = guardian_backoff_.on_ended(event::now());
    return;
  }
  page_ = std::move(*page);
  auto& [ours, theirs] = *channel;
  auto process = Process::start([&] {
    ours.close();
    signals_.reset();
    guardian::HandoverTaker* const before = predecessor();
    return guardian::guardian_main({.supervisor = std::move(theirs),
                                    .page = *page_,
                                    .ledger = ledger_,
                                    .config = config_,
                                    .log = log_,
                                    .decisions = decisions_,
                                    .predecessor = before});
  });
  guardian_backoff_.on_started(event::now());
  if (!process) {
    log_.error("start-failed", "supervisor", process.error().message);
    guardian_due_ = guardian_backoff_.on_ended(event::now());
    return;
  }
  guardian_ = std::move(*process);
  guardian_cpu_ = guardian::CpuWait(guardian::CpuWait::open_stat(guardian_.pid()));
  guardian_channel_ = std::move(ours);
}

void Supervisor::start_worker() {
  worker_due_.reset();
  auto channel = net::SeqpacketChannel::pair();
  const auto fail = [this](const base::Error& error) {
    log_.error("start-failed", "supervisor", error.message);
    worker_due_ = worker_backoff_.on_ended(event::now());
  };
  if (!channel) return fail(channel.error());
  auto& [theirs, guardians] = *channel;
  auto process = Process::start([&] {
    // A descriptor can be closed later, a mapping cannot be found: the ledger is not the worker's.
    {
      const guardian::Ledger unmapped = std::move(ledger_);
    }
    successor_.reset();
    taker_.reset();
    inheritance_.reset();
    scripts_.forget();
    return run_worker(std::move(theirs), *page_, identity_, worker_main_, log_);
  });
  worker_backoff_.on_started(event::now());
  if (!process) return fail(process.error());
  worker_ = std::move(*process);
  std::vector<int> fds = {guardians.fd(), worker_.fd()};
  const auto stat = guardian::CpuWait::open_stat(worker_.pid());
  if (stat) fds.push_back(stat.get());
  const auto told =
      guardian_channel_.send(guardian::encode_command(guardian::WorkerStarted{}), fds);
  // A guardian that cannot be told is dead or hung: that will show by itself, and the worker, with
  // its channel's other end closed, ends.
  if (!told) log_.error("guardian-unreachable", "supervisor", told.error().message);
}

void Supervisor::start_reader(bool check) {
  // The one before has answered, or is given up: its channel is closed.
  if (reader_.running()) reader_.kill();
  if (reader_.running() && reader_.wait(kWorkerEnd)) reader_.reap();
  auto channel = net::SeqpacketChannel::pair();
  if (!channel) return log_.error("reload-refused", "supervisor", channel.error().message);
  auto& [theirs, guardians] = *channel;
  auto process = Process::start([&] {
    {
      const guardian::Ledger unmapped = std::move(ledger_);
    }
    scripts_.forget();
    return guardian::run_reload_reader(config_, std::move(theirs), check, log_);
  });
  if (!process) return log_.error("reload-refused", "supervisor", process.error().message);
  reader_ = std::move(*process);
  const auto told =
      guardian_channel_.send(guardian::encode_command(guardian::ReaderStarted{}), {guardians.fd()});
  if (!told) log_.error("guardian-unreachable", "supervisor", told.error().message);
}

void Supervisor::ask_for_reload() {
  const auto refuse = [this](std::string_view why) {
    log_.warning("reload-refused", "supervisor", why);
  };
  if (leave_deadline_) return refuse("hapair is leaving: nothing is reloaded any more");
  if (!guardian_ready_) return refuse("the guardian is starting, and reads the file as it is now");
  // What systemd waits for comes with the end of the reload (sd_notify(3)).
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(event::now().time_since_epoch());
  ::sd_notify(0,
              base::concat("RELOADING=1\nSTATUS=Reloading\nMONOTONIC_USEC=", now.count()).c_str());
  const auto told = guardian_channel_.send(guardian::encode_command(guardian::Reload{"SIGHUP"}));
  if (!told) log_.error("guardian-unreachable", "supervisor", told.error().message);
}

void Supervisor::on_reload_ended(const guardian::ReloadEnded& ended,
                                 std::vector<net::UniqueFd> parts) {
  if (ended.good) {
    drain_timeout_ = ended.drain_timeout;
    script_time_ = ended.script_time;
    if (ended.scripts) {
      scripts_.retire();
      scripts_.serve(std::move(parts), event::now());
    }
  }
  if (leave_deadline_) return;
  ::sd_notify(0, ended.good ? "READY=1\nSTATUS=Serving"
                            : "READY=1\nSTATUS=Serving; the last reload was refused, see hapair "
                              "status");
}

void Supervisor::wait() {
  enum : std::size_t {
    kSignals,
    kGuardian,
    kReports,
    kWorker,
    kScripts,
    kReader,
    kSuccessor,
    kParent,
    kCount
  };
  const auto watch = [](int fd) { return pollfd{.fd = fd, .events = POLLIN, .revents = 0}; };
  std::array<pollfd, kCount> fds{};
  fds[kSignals] = watch(signals_.get());
  fds[kGuardian] = watch(guardian_.fd());
  fds[kReports] = watch(guardian_channel_.fd());
  fds[kWorker] = watch(worker_.fd());
  fds[kScripts] = watch(scripts_.fd());
  fds[kReader] = watch(reader_.fd());
  fds[kSuccessor] = watch(successor_ && !successor_->hastened() ? successor_->fd() : -1);
  fds[kParent] = watch(inherits() ? inheritance_->parent.fd() : -1);
  const auto deadline = next_deadline();
  timespec timeout{};
  if (deadline) {
    const auto left = std::max(*deadline - event::now(), base::Duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timeout = {.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
  }
  const int ready = ::ppoll(fds.data(), fds.size(), deadline ? &timeout : nullptr, nullptr);
  // Late by itself: then the guardian is given its whole limit once more.
  const base::Instant now = event::now();
  if (deadline && now - *deadline > kOwnLateness) guardian_checked_ = now;
  if (ready <= 0) return;
  // Before the guardian's: a new one would bring the next process.
  if (fds[kScripts].revents != 0) scripts_.on_ended(now);
  if (fds[kReader].revents != 0 && reader_.running()) (void)reader_.reap();
  if (fds[kReports].revents != 0) take_reports();
  look_at_upgrade(now);
  if (fds[kParent].revents != 0) on_parent();
  if (exit_code_) return;
  if (fds[kGuardian].revents != 0) on_guardian_ended();
  if (fds[kWorker].revents != 0 && worker_.running()) on_worker_ended();
  if (fds[kSignals].revents != 0) on_signal();
}

void Supervisor::take_reports() {
  net::Packet packet;
  while (guardian_channel_) {
    const auto received = guardian_channel_.receive(packet);
    if (received && *received == net::SeqpacketChannel::Received::kNothing) return;
    if (!received || *received == net::SeqpacketChannel::Received::kClosed) {
      // The end of the process follows, or else its heartbeat gets old.
      guardian_channel_.close();
      return;
    }
    if (const auto report = guardian::decode_report(packet.bytes)) {
      on_report(*report, std::move(packet.fds));
    }
  }
}

void Supervisor::on_report(const guardian::Report& report, std::vector<net::UniqueFd> fds) {
  if (const auto* ready = std::get_if<guardian::GuardianReady>(&report)) {
    guardian_ready_ = true;
    guardian_checked_ = event::now();
    identity_ = {.uid = ready->uid, .gid = ready->gid, .user = ready->user};
    drain_timeout_ = ready->drain_timeout;
    script_time_ = ready->script_time;
    scripts_.serve(std::move(fds), event::now());
    if (!worker_.running() && !leave_deadline_) start_worker();
    return;
  }
  if (const auto* wanted = std::get_if<guardian::WantReader>(&report)) {
    return start_reader(wanted->check);
  }
  if (const auto* ended = std::get_if<guardian::ReloadEnded>(&report)) {
    return on_reload_ended(*ended, std::move(fds));
  }
  if (!std::holds_alternative<guardian::ServiceReady>(report)) return on_upgrade_report(report);
  service_was_ready_ = true;
  taker_.reset();
  // Of a successor nobody takes a word before the one before has named it, which says this, too.
  if (!inheritance_) ::sd_notify(0, "READY=1\nSTATUS=Serving");
}

void Supervisor::tell_decisions() {
  while (guardian_ready_ && guardian_channel_) {
    const guardian::Decision* decision = decisions_.next();
    if (decision == nullptr) return;
    const auto command = guardian::encode_command(guardian::PassOn{*decision});
    if (!guardian_channel_.send(command)) return;
    decisions_.pop();
  }
}

void Supervisor::on_signal() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGUSR1 || info.ssi_signo == SIGHUP) {
      // Between two guardians there is nothing to tell: the next one's keeper opens files anew.
      (void)guardian_channel_.send(guardian::encode_command(guardian::ReopenLogs{}));
    }
    if (info.ssi_signo == SIGUSR1) continue;
    if (info.ssi_signo == SIGUSR2) {
      begin_upgrade();
      continue;
    }
    if (info.ssi_signo == SIGHUP) {
      ask_for_reload();
    } else if (!leave_deadline_) {
      leave();
    } else {
      log_.warning("leaving-at-once", "supervisor", "told to leave again: not waiting any longer");
      leave_deadline_ = event::now();
      leave_forced_ = true;
    }
  }
}

void Supervisor::leave() {
  if (successor_) end_upgrade("told to leave");
  if (handed_over_) return;
  log_.info("leaving", "supervisor", "handing over and leaving");
  guardian_due_.reset();
  worker_due_.reset();
  leave_deadline_ = event::now() + drain_timeout_ + script_time_ + kLeaveMargin;
  // The unit's TimeoutStopSec knows nothing of the config's drain_timeout, which may be longer.
  const auto longest = std::chrono::duration_cast<std::chrono::microseconds>(
      drain_timeout_ + script_time_ + kLeaveMargin + kServiceMargin);
  ::sd_notify(0,
              base::concat("STOPPING=1\nSTATUS=Handing over\nEXTEND_TIMEOUT_USEC=", longest.count())
                  .c_str());
  const bool told =
      guardian_ready_ &&
      guardian_channel_.send(guardian::encode_command(guardian::StepDown{})).has_value();
  // Still reading its configuration, or between two lives: nothing is held.
  if (!told) leave_deadline_ = event::now();
}

void Supervisor::on_guardian_ended() {
  if (inherits()) return give_up("its guardian has ended");
  const bool was_ready = std::exchange(guardian_ready_, false);
  guardian_channel_.close();
  release_for_guardian();
  scripts_.retire();
  const Ending ending = guardian_.reap();
  if (leave_deadline_) {
    if (was_ready && !leave_forced_ && (ending.by_signal || ending.code != kExitOk)) {
      log_.error("left-out-of-order", "guardian", base::concat("ended with ", ending.to_string()));
    }
    return finish(leave_code_);
  }
  // The configuration or the host does not allow it to start at all: that is for the operator.
  if (!was_ready && !service_was_ready_ && !ending.by_signal) {
    return finish(ending.code == kExitOk ? guardian::kExitFailed : ending.code);
  }
  guardian_due_ = guardian_backoff_.on_ended(event::now());
  log_ending(log_, "guardian", ending, guardian_backoff_);
  ::sd_notify(0, "STATUS=Starting the guardian again");
}

void Supervisor::on_worker_ended() {
  const Ending ending = worker_.reap();
  if (inherits()) return give_up("its worker has ended");
  // A worker that loses its guardian leaves too; the guardian's end is dealt with for both.
  if (leave_deadline_ || !guardian_channel_) return;
  // Never served, and has ended by itself: it cannot start as things are, and has said why.
  if (!service_was_ready_ && !ending.by_signal) {
    leave_code_ = ending.code == kExitOk ? guardian::kExitFailed : ending.code;
    return leave();
  }
  worker_due_ = worker_backoff_.on_ended(event::now());
  log_ending(log_, "worker", ending, worker_backoff_);
  ::sd_notify(0, "STATUS=Starting the worker again");
}

/// The guardian is dead: silence and resignation first, then the worker's end, so that the kernel
/// can close its connections while it still has the addresses.
void Supervisor::release_for_guardian() {
  if (!has_duty()) {
    worker_.kill();
    if (worker_.running() && worker_.wait(std::chrono::seconds(1))) worker_.reap();
    return;
  }
  releaser_.silence();
  releaser_.resign();
  worker_.kill();
  if (worker_.running() && worker_.wait(kWorkerEnd)) worker_.reap();
  // A killed guardian still finishes the system call that it is in, and may put an address back.
  (void)guardian_.wait(kGuardianEnd);
  const std::size_t released = releaser_.remove();
  releaser_.restore_settings();
  if (released > 0) {
    log_.warning("released-for-guardian", "supervisor",
                 base::concat("took ", released, " addresses off for the guardian"));
  }
  if (worker_.running() && worker_.wait(std::chrono::seconds(1))) worker_.reap();
}

void Supervisor::check_deadlines(base::Instant now) {
  if (exit_code_) return;
  if (guardian_ready_) check_guardian(now);
  if (leave_deadline_ && now >= *leave_deadline_) {
    guardian_.kill();
    if (guardian_.running()) return on_guardian_ended();
    release_for_guardian();
    return finish(leave_code_);
  }
  scripts_.on_time(now);
  // Of a successor nobody takes a word before the duty is its own; nor of who has handed it over.
  if (!inherits() && !handed_over_) watchdog_.on_time(now);
  look_at_upgrade(now);
  if (guardian_due_ && now >= *guardian_due_) start_guardian();
  if (worker_due_ && now >= *worker_due_ && worker_can_start()) start_worker();
}

void Supervisor::check_guardian(base::Instant now) {
  // Not in the future: the worker can write to the page too.
  guardian_checked_ = std::max(guardian_checked_, std::min(page_->guardian_beat(), now));
  guardian_look_.reset();
  const base::Duration age = now - guardian_checked_;
  if (age <= kGuardianLimit) return;
  // Without SCHED_FIFO it may have to wait for the CPU; then it is late, not hung.
  if (age <= guardian::CpuWait::kLimitFactor * kGuardianLimit &&
      guardian_cpu_.excuses(guardian_checked_, kGuardianLimit)) {
    guardian_look_ = now + kGuardianLook;
    return;
  }
  guardian_.kill();
  log_.error("guardian-hung", "supervisor",
             "the guardian's heartbeat is older than 150 ms: it is killed, everything is released");
  on_guardian_ended();
}

std::optional<base::Instant> Supervisor::next_deadline() const {
  std::optional<base::Instant> next = leave_deadline_;
  const auto consider = [&next](std::optional<base::Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  consider(guardian_due_);
  consider(scripts_.next_deadline());
  if (!inherits() && !handed_over_) consider(watchdog_.next_deadline());
  if (successor_) consider(successor_->limit());
  if (worker_can_start()) consider(worker_due_);
  if (guardian_ready_) {
    consider(guardian_look_.value_or(guardian_checked_ + kGuardianLimit + base::Duration(1)));
  }
  return next;
}

/// What a script had started and left behind comes to the supervisor when it ends.
void Supervisor::reap_orphans() {
  const auto is_own = [this](pid_t pid) {
    return pid == guardian_.pid() || pid == worker_.pid() || pid == scripts_.pid() ||
           pid == reader_.pid() || (successor_ && pid == successor_->pid());
  };
  siginfo_t info{};
  while (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0 &&
         !is_own(info.si_pid)) {
    (void)::waitpid(info.si_pid, nullptr, WNOHANG);
    info = {};
  }
}

}  // namespace hapair::supervisor
