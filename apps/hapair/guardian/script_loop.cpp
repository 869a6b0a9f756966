#include "apps/hapair/guardian/script_loop.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>
#include <vector>

#include "apps/hapair/control/status_json.hpp"
#include "apps/hapair/guardian/notify_event.hpp"
#include "apps/hapair/scripts/script_file.hpp"
#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::guardian {
namespace {

/// So many orders of the worker are taken before the runs are looked at again.
constexpr int kOrdersPerTurn = 64;
/// So many unfit scripts are told of at most; the rest shows when they are to run. The worker reads
/// none of it meanwhile, and its channel must have room for what comes after.
constexpr int kMaxUnfit = 64;
/// Beyond the grace of a script that is told to end: its end must show, too.
constexpr base::Duration kLastMargin = std::chrono::milliseconds(200);

pollfd watch(int fd) { return {.fd = fd, .events = POLLIN, .revents = 0}; }

}  // namespace

ScriptLoop::ScriptLoop(net::SeqpacketChannel guardian, const Grants& grants,
                       scripts::RunningScripts& running, base::Logger& log)
    : guardian_(std::move(guardian)),
      grants_(grants),
      log_(log),
      desk_(grants),
      runner_(*this, &running) {}

void ScriptLoop::run() {
  tell_guardian(kHere);
  while (guardian_ && !done()) {
    wait();
    runner_.turn(event::now());
  }
  runner_.kill_all();
  tell_guardian(kDone);
}

bool ScriptLoop::done() const {
  if (!finish_by_) return false;
  const base::Instant last = *finish_by_ + scripts::KillLadder::kGrace + kLastMargin;
  return event::now() >= last || (!worker_ && desk_.told_all());
}

void ScriptLoop::wait() {
  std::vector<pollfd> fds = {watch(guardian_.fd()), watch(worker_.fd())};
  runner_.add_fds(fds);
  for (const auto& [script, processes] : watched_) {
    for (const net::UniqueFd& process : processes) fds.push_back(watch(process.get()));
  }
  auto due = runner_.deadline();
  if (finish_by_) {
    const base::Instant last = *finish_by_ + scripts::KillLadder::kGrace + kLastMargin;
    due = due ? std::min(*due, last) : last;
  }
  int timeout = -1;
  if (due) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - event::now());
    timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
  }
  if (::poll(fds.data(), fds.size(), timeout) <= 0) return;
  if (fds[1].revents != 0) take_orders();
  if (fds[0].revents != 0) take_commands();
  look_again(fds);
}

void ScriptLoop::on_seen(std::size_t job, const std::vector<pid_t>& processes) noexcept {
  std::vector<net::UniqueFd>& watched = watched_[job];
  watched.clear();
  for (const pid_t process : processes) {
    // One that has ended meanwhile is missed at the next look.
    net::UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
    if (fd) watched.push_back(std::move(fd));
  }
}

void ScriptLoop::look_again(const std::vector<pollfd>& fds) {
  const auto has_ended = [&fds](const net::UniqueFd& process) {
    const auto found = std::ranges::find(fds, process.get(), &pollfd::fd);
    return found != fds.end() && found->revents != 0;
  };
  std::vector<std::size_t> scripts;
  for (const auto& [script, processes] : watched_) {
    if (std::ranges::any_of(processes, has_ended)) scripts.push_back(script);
  }
  for (const std::size_t script : scripts) {
    watched_.erase(script);
    if (worker_) on_order(RunScript{static_cast<std::uint16_t>(script)});
  }
}

void ScriptLoop::take_commands() {
  net::Packet packet;
  while (guardian_) {
    const auto received = guardian_.receive(packet);
    if (received && *received == net::SeqpacketChannel::Received::kNothing) return;
    if (received && *received == net::SeqpacketChannel::Received::kPacket) {
      on_command(packet);
    } else {
      guardian_.close();
    }
  }
}

void ScriptLoop::on_command(net::Packet& packet) {
  base::ByteReader in(packet.bytes);
  switch (in.u8()) {
    case kServeWorker:
      if (packet.fds.size() == 1) on_worker(std::move(packet.fds.front()));
      return;
    case kFinish:
      finish_by_ = event::now() + std::chrono::milliseconds(in.u32());
      runner_.end_by(*finish_by_);
      tell_guardian(kFinishing);
      return;
    default:
      return;
  }
}

void ScriptLoop::on_worker(net::UniqueFd channel) {
  // What the one before had said holds, and that it is gone.
  if (worker_) {
    take_orders();
    if (worker_) on_worker_gone();
  }
  worker_ = net::SeqpacketChannel(std::move(channel));
  int unfit = 0;
  for (std::size_t i = 0; i < grants_.scripts.size() && unfit < kMaxUnfit; ++i) {
    const scripts::Script& script = grants_.scripts[i];
    if (script.kind != scripts::ScriptKind::kProgram) continue;
    const auto fine = scripts::check_script_file(script.argv.front());
    if (fine) continue;
    ++unfit;
    (void)worker_.send(encode_script_report(ScriptUnfit{
        .script = static_cast<std::uint16_t>(i),
        .reason = base::printable(fine.error().message, scripts::ScriptResult::kMaxLine)}));
  }
  (void)worker_.send(encode_script_report(ScriptsReady{}));
}

void ScriptLoop::take_orders() {
  net::Packet packet;
  for (int turn = 0; worker_ && turn < kOrdersPerTurn; ++turn) {
    const auto received = worker_.receive(packet);
    if (received && *received == net::SeqpacketChannel::Received::kNothing) return;
    if (!received || *received == net::SeqpacketChannel::Received::kClosed) {
      on_worker_gone();
      return;
    }
    const auto order = decode_script_order(packet.bytes);
    if (order) {
      on_order(*order);
    } else if (refusals_.pass(event::now())) {
      log_.error("script-order-refused", "worker", order.error().message);
    }
  }
}

void ScriptLoop::on_order(const ScriptOrder& order) {
  auto run = desk_.on_order(order);
  if (!run) {
    if (refusals_.pass(event::now())) {
      log_.error("script-order-refused", "worker", run.error().message);
    }
  } else if (*run) {
    start(std::move(**run));
  }
}

void ScriptLoop::on_worker_gone() {
  worker_.close();
  for (ScriptDesk::Run& run : desk_.on_worker_gone()) start(std::move(run));
}

void ScriptLoop::start(ScriptDesk::Run run) {
  (void)runner_.start({.number = run.number,
                       .script = &grants_.scripts[run.script],
                       .extra = std::move(run.arguments),
                       .lane = run.lane});
}

void ScriptLoop::on_script_end(std::size_t job, const scripts::ScriptResult& result) noexcept {
  ScriptDesk::End end = desk_.on_end(job, result);
  const bool told = worker_ && worker_.send(encode_script_report(end.report)).has_value();
  if (!told) tell_without_worker(end.report);
  if (end.next) start(std::move(*end.next));
}

/// A worker says it better, and where the configuration wants it; but it may be gone.
void ScriptLoop::tell_without_worker(const ScriptReport& report) {
  const auto* notify = std::get_if<NotifyEnded>(&report);
  const auto* alert = std::get_if<AlertEnded>(&report);
  const scripts::ScriptResult& result = notify != nullptr  ? notify->result
                                        : alert != nullptr ? alert->result
                                                           : std::get<ScriptEnded>(report).result;
  const std::string words = base::concat(desk_.name_of(report), ": ", result.how(),
                                         result.line.empty() ? "" : ": ", result.line);
  if (result.good()) {
    log_.info("script-ended", "guardian", words);
  } else {
    log_.warning("script-failed", "guardian", words);
  }
  // Else another worker is on its way, whose events would get the same numbers.
  if (!finish_by_ || notify == nullptr) return;
  base::JournalEvent event = notify_event(grants_.notifies[notify->subject].name,
                                          grants_.scripts[notify->script].argv.front(), *notify);
  event.at = event::now();
  event.wall = event::wall_now();
  tell_guardian(kTold, control::journal_line(event));
}

void ScriptLoop::tell_guardian(Word word, std::string_view line) {
  std::vector<std::uint8_t> message(line.begin(), line.end());
  message.insert(message.begin(), word);
  (void)guardian_.send(message);  // it reads them only when it leaves
}

}  // namespace hapair::guardian
