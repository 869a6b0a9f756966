// The process that runs scripts, as guardian, worker and supervisor see it. Needs root, as it does.
#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/hapair/guardian/script_host.hpp"
#include "apps/hapair/guardian/script_main.hpp"
#include "apps/hapair/guardian/script_protocol.hpp"
#include "apps/hapair/supervisor/script_keeper.hpp"
#include "common/event/clock.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;
using vrrp::NotifyState;

constexpr int kPatienceMs = 20'000;

bool is_root() {
  if (::geteuid() == 0) return true;
  MESSAGE("skipped: only root can run scripts as other users");
  return false;
}

scripts::Script shell(const std::string& commands, base::Duration timeout = 20s) {
  return {.argv = {"/bin/sh", "-c", commands, "sh"},
          .uid = 65534,
          .gid = 65534,
          .groups = {},
          .timeout = timeout};
}

Grants host_grants() {
  Grants grants;
  grants.scripts = {shell("echo \"$@\""), shell("exec sleep 60", 300ms), shell("exec sleep 60")};
  grants.notifies = {
      {.subject = vrrp::NotifySubject::kInstance, .name = "web", .by_state = {}, .any = 0},
      {.subject = vrrp::NotifySubject::kInstance, .name = "slow", .by_state = {}, .any = 2}};
  return grants;
}

struct Records final : base::LogSink {
  void write(const base::LogRecord& record) noexcept override { ids.emplace_back(record.id); }
  std::vector<std::string> ids;
};

/// A guardian's handle, and the supervisor's keeper.
struct HostBench {
  explicit HostBench(const Grants& granted = host_grants())
      : host(ScriptHost::prepare(granted, log)) {
    log.add_sink(records, base::LogLevel::kInfo);
    std::cout.flush();  // else the process prints it again when it ends
    keeper.serve(host.take_parts(), event::now());
    keeper.on_time(event::now());
  }
  ~HostBench() { keeper.stop(); }

  net::SeqpacketChannel connected() {
    auto channel = host.connect();
    REQUIRE(channel);
    return net::SeqpacketChannel(std::move(*channel));
  }
  void kill() const {
    REQUIRE(keeper.pid() > 0);
    ::kill(keeper.pid(), SIGKILL);
    pollfd wait{.fd = keeper.fd(), .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&wait, 1, kPatienceMs) == 1);
  }
  /// The keeper hears of the end, and starts the next one.
  void start_again() {
    keeper.on_ended(event::now());
    CHECK(keeper.pid() == 0);
    std::cout.flush();
    const base::Instant give_up = event::now() + 20s;
    while (keeper.pid() == 0 && event::now() < give_up) keeper.on_time(event::now());
    REQUIRE(keeper.pid() > 0);
  }

  Records records;
  base::Logger log;
  ScriptHost host;
  supervisor::ScriptKeeper keeper{log};
};

void order(net::SeqpacketChannel& worker, const ScriptOrder& order) {
  REQUIRE(worker.send(encode_script_order(order)));
}

/// The next report; nullopt at the channel's end.
std::optional<ScriptReport> next(net::SeqpacketChannel& worker) {
  pollfd wait{.fd = worker.fd(), .events = POLLIN, .revents = 0};
  REQUIRE(::poll(&wait, 1, kPatienceMs) == 1);
  net::Packet packet;
  const auto received = worker.receive(packet);
  if (!received || *received != net::SeqpacketChannel::Received::kPacket) return std::nullopt;
  const auto report = decode_script_report(packet.bytes);
  REQUIRE(report);
  return *report;
}

template <class Report>
Report next_of(net::SeqpacketChannel& worker) {
  const auto report = next(worker);
  REQUIRE(report);
  REQUIRE(std::holds_alternative<Report>(*report));
  return std::get<Report>(*report);
}

TEST_CASE("scripts run by order of the worker, and of the next one") {
  if (!is_root()) return;
  HostBench bench;
  net::SeqpacketChannel worker = bench.connected();
  (void)next_of<ScriptsReady>(worker);
  order(worker, RunScript{1});
  order(worker, RunScript{0});
  order(worker, RunScript{9});  // refused
  const auto quick = next_of<ScriptEnded>(worker);
  CHECK(quick.script == 0);
  CHECK(quick.result.good());
  const auto hung = next_of<ScriptEnded>(worker);
  CHECK(hung.script == 1);
  CHECK(hung.result.timed_out);
  order(worker, TellState{0, NotifyState::kMaster, 100});
  CHECK(next_of<NotifyEnded>(worker).result.line == "INSTANCE web MASTER 100");

  worker = bench.connected();  // the one before is gone, and was master
  (void)next_of<ScriptsReady>(worker);
  order(worker, TellState{0, NotifyState::kBackup, 90});
  CHECK(next_of<NotifyEnded>(worker).result.line == "INSTANCE web FAULT 0");
  CHECK(next_of<NotifyEnded>(worker).result.line == "INSTANCE web BACKUP 90");
}

TEST_CASE("what isn't there or isn't safe is told of, and the rest runs") {
  if (!is_root()) return;
  Grants granted = host_grants();
  granted.scripts.push_back({.argv = {"/nowhere/script"}});
  granted.scripts.push_back(
      {.argv = {"/nowhere/flag", "present"}, .kind = scripts::ScriptKind::kFile});
  HostBench bench(granted);
  net::SeqpacketChannel worker = bench.connected();
  CHECK(next_of<ScriptUnfit>(worker) ==
        ScriptUnfit{.script = 3, .reason = "/nowhere: No such file or directory"});
  (void)next_of<ScriptsReady>(worker);
  order(worker, RunScript{3});
  CHECK(next_of<ScriptEnded>(worker).result.ended_by == scripts::EndedBy::kNotStarted);
}

TEST_CASE("a process that a look has seen is looked for again at once when it ends") {
  if (!is_root()) return;
  const pid_t watched = ::fork();
  if (watched == 0) {
    ::pause();
    ::_exit(0);
  }
  Grants granted;
  std::string file = "/tmp/hapair-watched-XXXXXX";
  const net::UniqueFd fd(::mkstemp(file.data()));
  const std::string number = std::to_string(watched) + "\n";
  REQUIRE(::write(fd.get(), number.data(), number.size()) > 0);
  granted.scripts = {{.argv = {"pid_file", file}, .kind = scripts::ScriptKind::kProcess}};
  HostBench bench(granted);
  net::SeqpacketChannel worker = bench.connected();
  (void)next_of<ScriptsReady>(worker);
  order(worker, RunScript{0});
  CHECK(next_of<ScriptEnded>(worker).result.good());
  ::kill(watched, SIGKILL);
  const auto gone = next_of<ScriptEnded>(worker);
  CHECK_FALSE(gone.result.good());
  CHECK(gone.result.line == "process " + std::to_string(watched) + " is gone");
  ::waitpid(watched, nullptr, 0);
  ::unlink(file.c_str());
}

TEST_CASE("a killed process is followed by another one, which takes what was asked meanwhile") {
  if (!is_root()) return;
  HostBench bench;
  net::SeqpacketChannel worker = bench.connected();
  (void)next_of<ScriptsReady>(worker);
  order(worker, RunScript{2});
  bench.kill();
  CHECK_FALSE(next(worker).has_value());
  worker = bench.connected();
  order(worker, RunScript{0});
  bench.start_again();
  (void)next_of<ScriptsReady>(worker);
  CHECK(next_of<ScriptEnded>(worker).result.good());
  CHECK(bench.records.ids == std::vector<std::string>{"process-ended"});
}

TEST_CASE("without its guardian it ends, and none follows") {
  if (!is_root()) return;
  HostBench bench;
  bench.host = ScriptHost();
  bench.keeper.retire();
  pollfd wait{.fd = bench.keeper.fd(), .events = POLLIN, .revents = 0};
  REQUIRE(::poll(&wait, 1, kPatienceMs) == 1);
  bench.keeper.on_ended(event::now());
  bench.keeper.on_time(event::now());
  CHECK(bench.keeper.pid() == 0);
  CHECK_FALSE(bench.keeper.next_deadline());
  CHECK(bench.records.ids.empty());
}

struct Finished {
  base::Duration took{};
  int beats = 0;
  std::vector<std::string> lines;
};

/// The worker says STOP and leaves; then the guardian finishes.
Finished finish(HostBench& bench, std::uint16_t subject, base::Duration time,
                const std::function<void(int)>& on_beat = {}) {
  net::SeqpacketChannel worker = bench.connected();
  order(worker, TellState{subject, NotifyState::kStop, 100});
  worker.close();
  Finished finished;
  const base::Instant began = event::now();
  bench.host.finish(
      time, {.beat =
                 [&] {
                   ++finished.beats;
                   if (on_beat) on_beat(finished.beats);
                 },
             .write = [&](base::Bytes line) { finished.lines.emplace_back(base::as_text(line)); }});
  finished.took = event::now() - began;
  return finished;
}

TEST_CASE("at the end the last news is told, and what came of it is for the journal") {
  if (!is_root()) return;
  HostBench bench;
  const Finished finished = finish(bench, 0, 10s);
  CHECK(finished.took < 5s);
  CHECK(finished.beats > 0);
  REQUIRE(finished.lines.size() == 1);
  const std::string& line = finished.lines.front();
  CHECK(line.starts_with("{\"number\":0,"));
  CHECK(line.find(R"("id":"notify-ran","subject":"web","from":"","to":"STOP")") !=
        std::string::npos);
  CHECK(line.find(R"("output":"INSTANCE web STOP 100")") != std::string::npos);
}

TEST_CASE("at the end what hangs does not hold it up for long") {
  if (!is_root()) return;
  HostBench bench;
  const base::Duration took = finish(bench, 1, 200ms).took;
  CHECK(took >= 200ms);
  CHECK(took < 5s);
}

TEST_CASE("killed while it tells the end, it says so, and nobody waits for it") {
  if (!is_root()) return;
  HostBench bench;
  const Finished finished = finish(bench, 1, 10s, [&bench](int beat) {
    // By then it has heard of the end: each beat is 10 ms from the next, and it has nothing to do.
    if (beat != 150) return;
    bench.kill();
    bench.start_again();
  });
  CHECK(finished.took < 9s);
  CHECK(bench.records.ids == std::vector<std::string>{"process-ended", "notify-lost"});
}

TEST_CASE("without scripts there is no process") {
  base::Logger log;
  ScriptHost host = ScriptHost::prepare(Grants{}, log);
  CHECK(host.take_parts().empty());
  CHECK_FALSE(host.connect());
  host.finish(10s, {.beat = [] { FAIL("nothing to wait for"); }, .write = {}});
  CHECK(ScriptHost::longest_finish(Grants{}) == 0s);
  CHECK(ScriptHost::longest_finish(host_grants()) > ScriptHost::kFinishTime);
  supervisor::ScriptKeeper keeper(log);
  keeper.serve({}, base::Instant{});
  keeper.on_time(base::Instant{});
  CHECK(keeper.pid() == 0);
}

TEST_CASE("what may be run is read as it was written, and nothing but that") {
  Grants granted = host_grants();
  granted.node = "lb1";
  const std::vector<std::uint8_t> whole = encode_script_grants(granted);
  const auto read = decode_script_grants(whole);
  REQUIRE(read);
  CHECK(read->scripts == granted.scripts);
  CHECK(read->notifies.size() == 2);
  CHECK(read->node.empty());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(decode_script_grants(base::Bytes(whole).first(size)).has_value());
  }
  std::vector<std::uint8_t> more = whole;
  more.push_back(0);
  CHECK_FALSE(decode_script_grants(more).has_value());
}

}  // namespace
}  // namespace hapair::guardian
