// The process that runs scripts, as the guardian and the worker see it. Needs root, as it does.
#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "apps/hapair/guardian/script_host.hpp"
#include "apps/hapair/guardian/script_protocol.hpp"
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

Grants grants() {
  Grants grants;
  grants.scripts = {shell("echo \"$@\""), shell("exec sleep 60", 300ms), shell("exec sleep 60")};
  grants.notifies = {
      {.subject = vrrp::NotifySubject::kInstance, .name = "web", .by_state = {}, .any = 0},
      {.subject = vrrp::NotifySubject::kInstance, .name = "slow", .by_state = {}, .any = 2}};
  return grants;
}

net::SeqpacketChannel connected(ScriptHost& host) {
  auto channel = host.connect();
  REQUIRE(channel);
  return net::SeqpacketChannel(std::move(*channel));
}

void order(net::SeqpacketChannel& worker, const ScriptOrder& order) {
  REQUIRE(worker.send(encode_script_order(order)));
}

/// The next report; a default one at the channel's end.
ScriptReport next(net::SeqpacketChannel& worker) {
  pollfd wait{.fd = worker.fd(), .events = POLLIN, .revents = 0};
  REQUIRE(::poll(&wait, 1, kPatienceMs) == 1);
  net::Packet packet;
  const auto received = worker.receive(packet);
  if (!received || *received != net::SeqpacketChannel::Received::kPacket) return {};
  const auto report = decode_script_report(packet.bytes);
  REQUIRE(report);
  return *report;
}

TEST_CASE("scripts run by order of the worker, and of the next one") {
  if (!is_root()) return;
  base::Logger log;
  const Grants granted = grants();
  ScriptHost host = ScriptHost::start(granted, log);
  net::SeqpacketChannel worker = connected(host);
  order(worker, RunScript{1});
  order(worker, RunScript{0});
  order(worker, RunScript{9});  // refused
  const auto quick = std::get<ScriptEnded>(next(worker));
  CHECK(quick.script == 0);
  CHECK(quick.result.good());
  const auto hung = std::get<ScriptEnded>(next(worker));
  CHECK(hung.script == 1);
  CHECK(hung.result.timed_out);
  order(worker, TellState{0, NotifyState::kMaster, 100});
  CHECK(std::get<NotifyEnded>(next(worker)).result.line == "INSTANCE web MASTER 100");

  worker = connected(host);  // the one before is gone, and was master
  order(worker, TellState{0, NotifyState::kBackup, 90});
  const auto fault = std::get<NotifyEnded>(next(worker));
  CHECK(fault.result.line == "INSTANCE web FAULT 0");
  CHECK(std::get<NotifyEnded>(next(worker)).result.line == "INSTANCE web BACKUP 90");
}

TEST_CASE("at the end the last news is told, but what hangs does not hold up the end for long") {
  if (!is_root()) return;
  base::Logger log;
  const Grants granted = grants();
  int beats = 0;
  const auto finish = [&](net::SeqpacketChannel worker, std::size_t subject, base::Duration time) {
    ScriptHost host = ScriptHost::start(granted, log);
    worker = connected(host);
    order(worker, TellState{static_cast<std::uint16_t>(subject), NotifyState::kStop, 100});
    worker.close();
    const base::Instant began = event::now();
    host.finish(time, [&beats] { ++beats; });
    return event::now() - began;
  };
  CHECK(finish({}, 0, 10s) < 5s);
  CHECK(beats > 0);
  const base::Duration took = finish({}, 1, 200ms);
  CHECK(took >= 200ms);
  CHECK(took < 5s);
}

TEST_CASE("without scripts there is no process") {
  base::Logger log;
  ScriptHost host = ScriptHost::start(Grants{}, log);
  CHECK_FALSE(host.connect());
  host.finish(10s, [] { FAIL("nothing to wait for"); });
  CHECK(ScriptHost::longest_finish(Grants{}) == 0s);
  CHECK(ScriptHost::longest_finish(grants()) > ScriptHost::kFinishTime);
}

}  // namespace
}  // namespace hapair::guardian
