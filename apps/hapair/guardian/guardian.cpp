#include "apps/hapair/guardian/guardian.hpp"

#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>
#include <utility>
#include <variant>

#include "apps/hapair/control/status_json.hpp"
#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/guardian/releaser.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "common/net/socket.hpp"

namespace hapair::guardian {
namespace {

/// So many packets of the worker are handled before deadlines are looked at again.
constexpr int kRequestsPerTurn = 32;
/// So many refusals of one worker are logged.
constexpr std::uint32_t kLoggedRefusals = 20;
/// Without a supervisor nobody would release if the guardian failed as well, so it leaves sooner.
constexpr base::Duration kDrainWithoutSupervisor = std::chrono::seconds(1);

/// Addresses and adverts; listeners on low ports, in any directory, for any group; killing a hung
/// worker, which is another user's process; locking memory that is allocated later.
constexpr std::array kGuardianCapabilities = {CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE,
                                              CAP_CHOWN,     CAP_KILL,    CAP_DAC_OVERRIDE,
                                              CAP_IPC_LOCK};

std::string_view describe(Failure failure) {
  switch (failure) {
    case Failure::kLifeLost:
      return "the worker died";
    case Failure::kGasp:
      return "the worker is crashing";
    case Failure::kChannelEnd:
      return "the worker closed its channel";
    case Failure::kGone:
      return "the worker ended";
    case Failure::kHung:
      return "the worker hangs: its heartbeat is older than its limit";
    case Failure::kStarved:
      return "the worker gets no CPU time: it has wanted to run for four times its heartbeat limit";
    case Failure::kStartLimit:
      return "the worker did not become ready in time";
    case Failure::kLeaveLimit:
      return "the worker did not hand over in time";
  }
  return "";
}

int failed(base::Logger& log, const base::Error& error) {
  log.error("guardian-start-failed", "guardian", error.message);
  return kExitFailed;
}

bool is_about_reload(const Request& request) {
  return std::holds_alternative<AskReload>(request) ||
         std::holds_alternative<CommitReload>(request) ||
         std::holds_alternative<RefuseReload>(request);
}

std::string in_ms(base::Duration duration) {
  return base::format_duration(std::chrono::round<std::chrono::milliseconds>(duration));
}

}  // namespace

int guardian_main(GuardianStart start) {
  ::prctl(PR_SET_NAME, "hapair-guardian", 0, 0, 0);
  ignore_service_signals();
  base::Logger& log = start.log;
  start.decisions.clear();  // those of the supervisor are its own to pass on
  auto netlink = vrrp::Netlink::open();
  if (!netlink) return failed(log, netlink.error());

  const bool beside = start.predecessor != nullptr;
  Releaser left_over(start.ledger, *netlink, log);
  const auto release = [&] {
    // What another hapair has on this host is not for us to take off.
    if (beside) return std::size_t{0};
    const std::size_t count = left_over.remove();
    left_over.restore_settings();
    return count;
  };
  if (const std::size_t count = release(); count > 0) {
    log.warning(
        "vip-left-over", "guardian",
        base::concat(count, " addresses, routes and rules of an earlier run have been taken off"));
  }

  const auto host = gather_host_facts(*netlink);
  if (!host) return failed(log, host.error());
  auto config = read_config(start.config, *host, log);
  if (!config) {
    if (!config.error().logged) std::fputs(config.error().text.c_str(), stderr);
    return config.error().exit_code;
  }
  JournalKeeper keeper = JournalKeeper::start(config->grants.journal, log);
  LogKeeper logs = LogKeeper::start(config->grants.logs, log);
  auto certificates = CertificateKeeper::start(config->grants.tls_files, log);
  if (beside) {
    if (const auto fetched = start.predecessor->fetch_sockets(); !fetched) {
      return failed(log, fetched.error());
    }
  }
  auto parts = prepare_first({.grants = std::move(config->grants),
                              .envelope = std::move(config->envelope),
                              .logs = std::move(logs),
                              .certificates = std::move(certificates)},
                             beside, {.ledger = start.ledger, .netlink = *netlink, .log = log});
  if (!parts) {
    (void)release();
    return failed(log, parts.error());
  }
  auto monitor = vrrp::NetlinkMonitor::open(has_routes(*(*parts)->grants));
  if (!monitor) return failed(log, monitor.error());
  start.page.set_exact_times(prepare_for_exact_times(log));
  auto death_watch = DeathWatch::start(start.page);
  if (!death_watch) return failed(log, death_watch.error());
  if (const auto kept = keep_capabilities(kGuardianCapabilities); !kept) {
    return failed(log, kept.error());
  }
  // What came before the monitor stood has been read by now; the rest it tells.
  Guardian guardian(std::move(start), std::move(*parts), *netlink, std::move(*death_watch),
                    std::move(*monitor), std::move(keeper));
  const int exit_code = guardian.run();
  if (guardian.has_duty()) {
    left_over.remove();
    left_over.restore_settings();
  }
  guardian.finish_scripts();
  return exit_code;
}

Guardian::Guardian(GuardianStart start, std::unique_ptr<Parts> parts, vrrp::Netlink& netlink,
                   DeathWatch death_watch, vrrp::NetlinkMonitor monitor, JournalKeeper keeper)
    : start_(std::move(start)),
      host_{.ledger = start_.ledger, .netlink = netlink, .log = start_.log},
      parts_(std::move(parts)),
      death_watch_(std::move(death_watch)),
      monitor_(std::move(monitor)),
      keeper_(std::move(keeper)),
      core_(plans_of(grants()), grants().heartbeat_limit) {
  for (std::size_t i = 0; i < grants().interfaces.size(); ++i) {
    (void)parts_->links.set_carrier(i, parts_->actuator.link(i).carrier);
  }
}

int Guardian::run() {
  start_.decisions.set_figures([this] { return figures(); });
  start_.page.beat_guardian(event::now());
  report_ready();
  while (!finished_) {
    const base::Instant now = event::now();
    look_at_handover(now);
    const Actions actions = core_.on_time(now, signs_of_worker(now));
    start_.page.set_steady_since(core_.steady_since());
    start_.page.beat_guardian(now);
    perform(actions);
    if (const auto lateness = advert_times_.news(now)) start_.page.set_advert_lateness(*lateness);
    if (finished_) break;
    tell_decisions();
    advance_reload();
    reap_retired();
    const base::Instant beat_due = now + kBeatEvery;
    const base::Instant planned = std::min(core_.next_wake().value_or(beat_due), beat_due);
    wait(planned);
    on_woken(planned);
  }
  tell_decisions();
  start_.decisions.set_figures({});
  return exit_code_;
}

void Guardian::report_ready() {
  const GuardianReady ready{.uid = grants().uid,
                            .gid = grants().gid,
                            .user = grants().user,
                            .drain_timeout = grants().drain_timeout,
                            .script_time = ScriptHost::longest_finish(grants())};
  // Of the parts the supervisor has its own from here on.
  const std::vector<net::UniqueFd> parts = parts_->scripts.take_parts();
  std::vector<int> fds;
  for (const net::UniqueFd& part : parts) fds.push_back(part.get());
  report(ready, fds);
}

void Guardian::finish_scripts() {
  // With a supervisor that waits, and nobody who begins anew.
  const bool leaving = exit_code_ == 0 && start_.supervisor;
  parts_->scripts.finish(leaving ? ScriptHost::kFinishTime : ScriptHost::kRestartTime,
                         {.beat = [this] { start_.page.beat_guardian(event::now()); },
                          // The journal's file is another's by then.
                          .write =
                              [this](base::Bytes line) {
                                if (!handed_over_) keeper_.append(line);
                              }});
  // No worker is left that would take them.
  while (const Decision* decision = handed_over_ ? nullptr : start_.decisions.next()) {
    keeper_.append(base::as_bytes(control::journal_line(event_of(*decision))));
    start_.decisions.pop();
  }
}

WorkerSigns Guardian::signs_of_worker(base::Instant now) {
  const base::Instant beat = start_.page.worker_beat();
  const bool late = now - beat > grants().heartbeat_limit / 2;
  return {.beat = beat,
          .waits_for_cpu = late && worker_cpu_.excuses(beat, grants().heartbeat_limit),
          .reloads = reload_.phase == ReloadState::Phase::kOffered || beat < reload_.handed};
}

/// Waits for the deadline or an event, and handles what has come, signs of death first.
void Guardian::wait(base::Instant until) {
  enum : std::size_t {
    kDeath,
    kProcess,
    kWorker,
    kSupervisor,
    kNetlink,
    kHandover,
    kReader,
    kCount
  };
  const auto watch = [](int fd) { return pollfd{.fd = fd, .events = POLLIN, .revents = 0}; };
  std::array<pollfd, kCount> fds{};
  fds[kDeath] = watch(death_watch_.fd());
  fds[kProcess] = watch(worker_process_.get());  // negative: ignored
  fds[kWorker] = watch(worker_.fd());
  fds[kSupervisor] = watch(start_.supervisor.fd());
  fds[kNetlink] = watch(monitor_.fd());
  fds[kHandover] = watch(handover_fd());
  fds[kReader] = watch(reload_.reader.fd());
  const auto left = std::max(until - event::now(), base::Duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
  if (::ppoll(fds.data(), fds.size(), &timeout, nullptr) <= 0) return;

  if (fds[kDeath].revents != 0) on_life_lost();
  // Its last words before its end: a worker that has left in order has not failed.
  if (fds[kWorker].revents != 0) take_requests();
  if (fds[kProcess].revents != 0) {
    perform(core_.on_worker_gone(event::now()));
    drop_worker();
  }
  if (fds[kNetlink].revents != 0) monitor_.read(*this);
  if (fds[kHandover].revents != 0) {
    if (giver_) giver_->on_readable(event::now());
    if (inherits()) read_predecessor();
  }
  if (fds[kReader].revents != 0 && reload_.reader) hear_reader();
  if (fds[kSupervisor].revents != 0 && !finished_) take_commands();
}

void Guardian::on_life_lost() {
  death_watch_.acknowledge();
  // The news may be of the worker before, and late.
  if (!watching_life_ || !start_.page.holder_died()) return;
  watching_life_ = false;
  perform(core_.on_worker_dying(Failure::kLifeLost, event::now()));
}

void Guardian::take_requests() {
  net::Packet packet;
  for (int turn = 0; turn < kRequestsPerTurn; ++turn) {
    const auto received = worker_.receive(packet);
    if (received && *received == net::SeqpacketChannel::Received::kNothing) return;
    if (received && *received == net::SeqpacketChannel::Received::kPacket) {
      if (const auto request = decode_request(packet.bytes)) {
        on_request(*request, packet.fds);
      } else {
        refuse(request.error().message);
      }
      continue;
    }
    // Its sockets may still be open: the addresses go when the process has ended.
    worker_.close();
    perform(core_.on_worker_dying(Failure::kChannelEnd, event::now()));
    return;
  }
}

void Guardian::on_request(const Request& request, const std::vector<net::UniqueFd>& fds) {
  if (std::holds_alternative<Gasp>(request)) {
    perform(core_.on_worker_dying(Failure::kGasp, event::now()));
  } else if (std::holds_alternative<GetModel>(request)) {
    on_get_model();
  } else if (const auto* bind = std::get_if<OpenBind>(&request)) {
    if (bind->bind >= grants().binds.size()) return refuse("open-bind: there is no such bind");
    if (auto socket = inherited({SocketKind::kBind, bind->bind})) return answer(std::move(socket));
    answer(parts_->listeners.open_bind(bind->bind, parts_->actuator));
  } else if (std::holds_alternative<OpenControl>(request)) {
    if (auto socket = inherited({SocketKind::kControl})) return answer(std::move(socket));
    answer(parts_->listeners.open_control());
  } else if (std::holds_alternative<OpenJournal>(request)) {
    answer(keeper_.connect());
  } else if (std::holds_alternative<OpenLogs>(request)) {
    answer(parts_->logs.connect());
  } else if (std::holds_alternative<OpenTlsFiles>(request)) {
    answer(parts_->certificates.connect());
  } else if (std::holds_alternative<OpenScripts>(request)) {
    answer(parts_->scripts.connect());
  } else if (const auto* receive = std::get_if<OpenVrrpReceive>(&request)) {
    if (receive->interface >= grants().interfaces.size()) {
      return refuse("open-vrrp-receive: there is no such interface");
    }
    const SocketKind kind = receive->ipv6 ? SocketKind::kVrrp6 : SocketKind::kVrrp4;
    if (auto socket = inherited({kind, receive->interface})) return answer(std::move(socket));
    answer(parts_->listeners.open_vrrp_receive(*receive, parts_->actuator));
  } else if (const auto* keep = std::get_if<KeepMaintenance>(&request)) {
    keep_maintenance(*keep);
  } else if (const auto* quiet = std::get_if<QuietSocket>(&request)) {
    quiet_socket(quiet->on, fds);
  } else if (const auto* look = std::get_if<LookAtVip>(&request)) {
    look_at_vip(*look);
  } else if (is_about_reload(request)) {
    on_reload_request(request);
  } else if (const auto* check = std::get_if<CheckTarget>(&request)) {
    if (!parts_->targets.check(*check, *this)) {
      refuse("check-target: there is no such target to check");
    }
  } else if (on_handover_request(request, fds)) {
    return;
  } else if (core_.takes_orders()) {
    const auto actions = core_.on_order(request, event::now());
    if (!actions) {
      refuse(actions.error().message);
      return;
    }
    perform(*actions);
    if (!std::holds_alternative<WorkerReady>(request)) return;
    report(ServiceReady{});
    worker_ready_ = true;
    tell_standing();
    if (reload_.last_failure) reply(*reload_.last_failure);
  }
}

void Guardian::tell_standing() {
  tell_worker_all();
  for (std::size_t i = 0; i < grants().groups.size(); ++i) {
    if (!start_.ledger.in_maintenance(grants().groups[i].name)) continue;
    reply(InMaintenance{static_cast<std::uint16_t>(i)});
  }
}

void Guardian::tell_worker_all() {
  for (std::size_t i = 0; i < grants().interfaces.size(); ++i) tell_link_state(i);
  parts_->targets.tell_all(*this);
}

void Guardian::keep_maintenance(const KeepMaintenance& request) {
  if (request.group >= grants().groups.size()) {
    return refuse("keep-maintenance: there is no such VIP group");
  }
  const auto kept = start_.ledger.set_maintenance(grants().groups[request.group].name, request.on);
  if (!kept) refuse(kept.error().message);
}

void Guardian::quiet_socket(bool on, const std::vector<net::UniqueFd>& fds) {
  if (fds.size() != 1 || !parts_->listeners.opened(fds.front().get())) {
    return refuse("quiet-socket: it takes one socket, bound where a bind is");
  }
  if (const auto done = net::set_quiet(fds.front().get(), on); !done) refuse(done.error().message);
}

void Guardian::look_at_vip(const LookAtVip& request) {
  if (request.group >= grants().groups.size()) {
    return refuse("look-at-vip: there is no such VIP group");
  }
  const std::size_t interface = grants().groups[request.group].addresses.front().interface;
  const auto seen = parts_->look.look(request, parts_->actuator.link_of(interface));
  if (seen) {
    reply(*seen);
  } else {
    refuse(seen.error().message);
  }
}

void Guardian::on_get_model() {
  // The worker holds life before it asks, so a death seen up to here is another's.
  death_watch_.acknowledge();
  watching_life_ = true;
  death_watch_.arm();
  reply(ModelHere{.node = grants().node, .successor = !has_duty()}, {parts_->envelope.get()});
}

void Guardian::answer(base::Result<net::UniqueFd> opened) {
  if (opened) {
    reply(Opened{}, {opened->get()});
  } else {
    reply(Refused{opened.error().message});  // of the host's, not the worker's fault: it tells
  }
}

void Guardian::reply(const Reply& message, const std::vector<int>& fds) {
  if (!worker_) return;
  // A worker that does not read its channel hangs; its heartbeat will tell.
  if (const auto sent = worker_.send(encode_reply(message), fds); !sent) {
    start_.log.warning("worker-unreachable", "guardian", sent.error().message);
  }
}

void Guardian::refuse(std::string_view reason) {
  if (++refusals_ <= kLoggedRefusals) start_.log.error("request-refused", "worker", reason);
  reply(Refused{std::string(reason)});
}

void Guardian::report(const Report& message, const std::vector<int>& fds) {
  // A supervisor that is gone shows as end-of-file.
  (void)start_.supervisor.send(encode_report(message), fds);
}

void Guardian::take_commands() {
  net::Packet packet;
  while (!finished_) {
    const auto received = start_.supervisor.receive(packet);
    if (received && *received == net::SeqpacketChannel::Received::kNothing) return;
    if (received && *received == net::SeqpacketChannel::Received::kPacket) {
      if (const auto command = decode_command(packet.bytes)) on_command(*command, packet);
      continue;
    }
    start_.supervisor.close();
    start_.log.error("supervisor-gone", "guardian", "the supervisor is gone: handing over");
    const base::Duration drain = std::min(grants().drain_timeout, kDrainWithoutSupervisor);
    perform(core_.on_step_down(drain, event::now()));
    return;
  }
}

void Guardian::on_command(const Command& command, net::Packet& packet) {
  if (std::holds_alternative<StepDown>(command)) {
    perform(core_.on_step_down(grants().drain_timeout, event::now()));
    return;
  }
  if (std::holds_alternative<ReopenLogs>(command)) {
    parts_->logs.reopen();
    return;
  }
  if (const auto* reload = std::get_if<Reload>(&command)) return begin_reload(reload->who, false);
  if (std::holds_alternative<ReaderStarted>(command)) {
    if (!packet.fds.empty()) take_reader(std::move(packet.fds.front()));
    return;
  }
  if (const auto* pass_on = std::get_if<PassOn>(&command)) {
    start_.decisions.add(pass_on->decision);
    return;
  }
  if (std::holds_alternative<HandOver>(command)) return begin_handover(packet);
  if (packet.fds.size() < 2) {
    start_.log.error("worker-start-malformed", "guardian", "a new worker came without descriptors");
    return;
  }
  // The one before has ended, or the supervisor would not have started another.
  drop_worker();
  worker_ = net::SeqpacketChannel(std::move(packet.fds[0]));
  worker_process_ = std::move(packet.fds[1]);
  if (packet.fds.size() > 2) worker_cpu_ = CpuWait(std::move(packet.fds[2]));
  perform(core_.on_worker_started(event::now()));
}

void Guardian::drop_worker() {
  if (reload_.phase == ReloadState::Phase::kOffered) {
    fail_reload("the worker ended while it took the new configuration; nothing has changed");
  }
  worker_.close();
  worker_process_.reset();
  worker_cpu_ = {};
  watching_life_ = false;
  worker_ready_ = false;
  refusals_ = 0;
}

void Guardian::tell_decisions() {
  // Not to a worker that counts as dead: its channel still takes what nobody will read.
  while (worker_ready_ && worker_ && core_.takes_orders()) {
    const Decision* decision = start_.decisions.next();
    // A full channel has room again later, or the worker hangs and another one comes.
    if (decision == nullptr || !worker_.send(encode_reply(Decided{*decision}))) return;
    start_.decisions.pop();
  }
}

void Guardian::on_woken(base::Instant planned) {
  const auto late = late_watch_.on_wake(event::now(), planned);
  if (!late) return;
  start_.log.warning("guardian-late", "guardian",
                     base::concat("the guardian was kept from running for ", in_ms(*late),
                                  ": this host stands still at times, or has too much to do"));
}

Figures Guardian::figures() const {
  std::string held;
  for (const std::size_t group : core_.held_groups()) {
    held += base::concat(held.empty() ? "" : ", ", grants().groups[group].name);
  }
  const base::Duration age = event::now() - start_.page.worker_beat();
  return {{"worker_heartbeat_age", in_ms(age)},
          {"heartbeat_limit", base::format_duration(grants().heartbeat_limit)},
          {"holds", held},
          {"guardian_late_max", in_ms(late_watch_.longest())}};
}

void Guardian::perform(const Actions& actions) {
  if (giver_ && !keep_duty(actions)) return on_given_away();
  for (const Action& action : actions) {
    std::visit([this](const auto& it) { perform(it); }, action);
  }
}

void Guardian::perform(const SendAdvert& action) {
  parts_->actuator.advertise(action.group, action.priority, action.interval);
  const base::Instant now = event::now();
  if (const auto due = core_.last_due(action.group)) advert_times_.sent(now - *due);
  start_.page.set_last_advert(action.group, now);
  GroupFigures figures = start_.page.figures(action.group);
  ++figures.adverts;
  if (action.priority == 0) ++figures.farewells;
  start_.page.set_figures(action.group, figures);
}
void Guardian::perform(const StopAdverts& action) { parts_->actuator.stop_adverts(action.group); }
void Guardian::perform(const PutAddresses& action) {
  parts_->actuator.put(action.ranges, *this);
  for (const AddressRange& range : action.ranges) {
    const auto ordered = core_.take_placed(range.group);
    if (!ordered) continue;
    GroupFigures figures = start_.page.figures(range.group);
    figures.placing.record(event::now() - *ordered);
    start_.page.set_figures(range.group, figures);
  }
}
void Guardian::perform(const PutRoutes& action) {
  if (action.afresh) parts_->routing.forget(action.group);
  put_routes(action.group);
}
void Guardian::perform(const RenewAddresses& action) { parts_->actuator.put(action.ranges, *this); }
void Guardian::perform(const SilenceAddresses& action) { parts_->actuator.silence(action.groups); }
void Guardian::perform(const RemoveAddresses& action) {
  parts_->routing.remove(action.groups);
  parts_->actuator.remove(action.groups);
}
void Guardian::perform(const SendArp& action) { parts_->actuator.announce(action.range); }
void Guardian::perform(const SetChecksum& action) {
  if (parts_->actuator.use_checksum(action.group, action.peer, action.form)) return;
  refuse("use-checksum: the group has no such peer");
}
void Guardian::perform(const TellLeave& action) { reply(Leave{action.drain}); }

void Guardian::perform(const WorkerFailed& action) {
  start_.log.warning("worker-failed", "guardian", describe(action.failure));
}

void Guardian::perform(const WorkerStarved&) {
  const auto held_back = starved_.pass(event::now());
  if (!held_back) return;
  start_.log.warning(
      "worker-starved", "guardian",
      base::concat("the worker waits for the CPU: its heartbeat is late, which is borne up to ",
                   CpuWait::kLimitFactor, " times its limit",
                   *held_back == 0 ? "" : " (and earlier, again and again)"));
}

void Guardian::perform(const KillWorker&) {
  if (worker_process_) {
    ::syscall(SYS_pidfd_send_signal, worker_process_.get(), SIGKILL, nullptr, 0);
  }
}

void Guardian::perform(const Finish&) { finished_ = true; }

}  // namespace hapair::guardian
