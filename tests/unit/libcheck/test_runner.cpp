#include <doctest/doctest.h>

#include <functional>

#include "common/event/clock.hpp"
#include "fake_server.hpp"
#include "libcheck/core/quorum.hpp"
#include "libcheck/io/health_log.hpp"
#include "libcheck/io/runner.hpp"
#include "tests/unit/memory_sink.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using check::FakeServer;
using check::State;
using Manner = FakeServer::Manner;

namespace {

constexpr check::RiseFallLimits kLimits{.rise = 2, .fall = 2};
const std::string kGood = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const std::string kBad = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

struct RunnerBench {
  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  check::Registry registry;
  check::Runner runner{*loop, registry, {.source = std::nullopt, .seed = 1}};

  check::TargetId add(const std::string& name) { return registry.add(name, kLimits, {}); }

  void turn_until(const std::function<bool()>& reached) {
    const base::Instant give_up = event::now() + 10s;
    while (!reached() && event::now() < give_up) loop->run_once();
    REQUIRE(reached());
  }
};

check::CheckSpec http_spec(const FakeServer& server) {
  check::CheckSpec spec;
  spec.kind = check::HttpCheck{};
  spec.endpoint = server.endpoint();
  spec.intervals = {.normal = 10ms};
  spec.timeout = 10ms;
  return spec;
}

}  // namespace

TEST_CASE("one server used by two backends and tracked by a VIP gets one probe an interval") {
  RunnerBench bench;
  FakeServer server(*bench.loop, Manner::kAnswer, kGood);
  const auto web = bench.add("web/node1");
  const auto api = bench.add("api/node1");
  bench.runner.add(web, http_spec(server));
  bench.runner.add(api, http_spec(server));
  const check::Quorum tracked(bench.registry, {web, api}, 1);
  CHECK(bench.runner.probe_count() == 1);
  bench.runner.start(bench.loop->now());
  bench.turn_until([&] { return bench.registry.get(web).checks == 5; });
  CHECK(bench.registry.get(api).checks == 5);
  CHECK(server.connections() == 5);
  CHECK(tracked.state() == State::kUp);
}

TEST_CASE("whatever differs on the wire or in time makes a probe of its own") {
  RunnerBench bench;
  FakeServer server(*bench.loop, Manner::kAnswer, kGood);
  const check::CheckSpec spec = http_spec(server);
  std::vector<check::CheckSpec> specs(12, spec);
  specs[1].kind = check::TcpCheck{};
  specs[2].endpoint.port = 1;
  specs[3].intervals.normal += 1ms;
  specs[4].timeout -= 1ms;
  specs[5].kind = check::HttpCheck{.method = "HEAD"};
  specs[6].kind = check::HttpCheck{.path = "/other"};
  specs[7].kind = check::HttpCheck{.host = "example.org"};
  specs[8].kind = check::HttpCheck{.expect = check::ExpectedStatus::parse("200").value()};
  specs[9].intervals.fast += 1ms;
  specs[10].intervals.down += 1ms;
  specs[11].proxy_version = 2;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    bench.runner.add(bench.add("t" + std::to_string(i)), specs[i]);
  }
  bench.runner.add(bench.add("twin"), spec);
  CHECK(bench.runner.probe_count() == specs.size());
}

TEST_CASE("users of one probe keep a rise and fall of their own") {
  RunnerBench bench;
  FakeServer server(*bench.loop, Manner::kAnswer, kGood);
  const auto patient = bench.registry.add("patient", {.rise = 2, .fall = 4}, {});
  const auto hasty = bench.registry.add("hasty", {.rise = 2, .fall = 1}, {});
  bench.runner.add(patient, http_spec(server));
  bench.runner.add(hasty, http_spec(server));
  bench.runner.start(bench.loop->now());
  bench.turn_until([&] { return bench.registry.get(patient).state == State::kUp; });
  // On a busy host one may have timed out.
  const auto before = bench.registry.get(patient).failures;
  server.set_answer(kBad);
  bench.turn_until([&] { return bench.registry.get(hasty).state == State::kDown; });
  CHECK(bench.registry.get(patient).state == State::kUp);
  bench.turn_until([&] { return bench.registry.get(patient).state == State::kDown; });
  CHECK(bench.registry.get(patient).failures == before + 4);
}

TEST_CASE("one user whose results change makes the probe of all go at the fast interval") {
  RunnerBench bench;
  FakeServer server(*bench.loop, Manner::kAnswer, kGood);
  const auto patient = bench.registry.add("patient", {.rise = 2, .fall = 100}, {});
  const auto hasty = bench.registry.add("hasty", {.rise = 2, .fall = 1}, {});
  auto spec = http_spec(server);
  spec.timeout = 5s;
  spec.intervals = {.normal = 10ms, .fast = 10ms, .down = 1h};
  bench.runner.add(patient, spec);
  bench.runner.add(hasty, spec);
  bench.runner.start(bench.loop->now());
  bench.turn_until([&] { return bench.registry.get(patient).state == State::kUp; });
  server.set_answer(kBad);
  // The hasty one is down and would wait for an hour.
  bench.turn_until([&] { return bench.registry.get(patient).failures == 3; });
  CHECK(bench.registry.get(hasty).state == State::kDown);
}

TEST_CASE("changes of state are logged in HAProxy's words, single failures are not") {
  RunnerBench bench;
  MemorySink sink;
  base::Logger log;
  log.add_sink(sink, base::LogLevel::kInfo);
  const check::HealthLog health_log(bench.registry, log);
  FakeServer server(*bench.loop, Manner::kAnswer, kGood);
  const auto web = bench.add("web/node1");
  bench.runner.add(web, http_spec(server));
  bench.runner.start(bench.loop->now());
  bench.turn_until([&] { return bench.registry.get(web).checks == 3; });
  server.set_answer(kBad);
  bench.turn_until([&] { return bench.registry.get(web).state == State::kDown; });
  bench.registry.set_order(web, check::Order::kMaintenance, "kernel update", {});
  REQUIRE(sink.lines.size() == 3);
  CHECK(
      sink.lines[0].starts_with("info check-state web/node1: Server web/node1 is UP (was "
                                "UNKNOWN), reason: Layer7 check passed, code: 200, info: \"OK\", "
                                "check duration: "));
  CHECK(
      sink.lines[1].starts_with("warning check-state web/node1: Server web/node1 is DOWN (was "
                                "UP), reason: Layer7 wrong status, code: 503, info: \"Service "
                                "Unavailable\", check duration: "));
  CHECK(sink.lines[2] ==
        "info check-state web/node1: Server web/node1 is MAINT (was DOWN), reason: kernel update");
}

TEST_CASE("a check that is wanted soon does not wait for its interval") {
  RunnerBench bench;
  FakeServer server(*bench.loop, Manner::kAnswer, kGood);
  const auto web = bench.add("web/node1");
  auto spec = http_spec(server);
  spec.intervals = {.normal = 1h};
  spec.timeout = 1h;
  bench.runner.add(web, spec);
  bench.runner.check_soon(web);  // it has not begun: nothing to hurry
  bench.runner.check_soon({.index = 9});
  bench.runner.start(bench.loop->now());
  bench.turn_until([&] { return bench.registry.get(web).checks == 1; });
  for (int i = 0; i < 3; ++i) bench.runner.check_soon(web);
  bench.turn_until([&] { return bench.registry.get(web).checks == 2; });
  CHECK(server.connections() == 2);
}

namespace {

/// Its checks take as long to begin as a call of the loop may, and want something urgent done.
struct SlowProber final : check::Prober {
  SlowProber(event::EventLoop& at, event::Deferred& wanted, int& count)
      : loop(at), urgent(wanted), begun(count) {}

  void start(base::Instant now) override {
    ++begun;
    urgent.schedule();
    while (loop.now() - now < check::Runner::kMaxTurn) {
    }
  }
  void cancel() override {}

  event::EventLoop& loop;
  event::Deferred& urgent;
  int& begun;
};

struct Urgent {
  explicit Urgent(event::EventLoop& loop)
      : deferred(loop, event::Priority::kVrrp, event::Callback<>::to<&Urgent::on_turn>(this)) {}
  void on_turn() noexcept { seen.push_back(begun); }

  event::Deferred deferred;
  int begun = 0;
  std::vector<int> seen;  ///< checks that had begun each time
};

}  // namespace

TEST_CASE("what is urgent comes between checks that are all due at once") {
  RunnerBench bench;
  Urgent urgent(*bench.loop);
  for (int i = 0; i < 3; ++i) {
    bench.runner.add(bench.add(std::to_string(i)), {.normal = 1h}, [&](check::ProbeHandler&) {
      return std::make_unique<SlowProber>(*bench.loop, urgent.deferred, urgent.begun);
    });
  }
  bench.runner.start(bench.loop->now() - 1h);
  bench.turn_until([&] { return urgent.seen.size() == 3; });
  CHECK(urgent.seen == std::vector<int>{1, 2, 3});
}

TEST_CASE("a runner that goes takes its probes with it") {
  RunnerBench bench;
  FakeServer server(*bench.loop, Manner::kHang);
  {
    check::Runner runner(*bench.loop, bench.registry, {.source = std::nullopt, .seed = 1});
    const auto web = bench.add("web/node1");
    auto spec = http_spec(server);
    spec.intervals = {.normal = 1h};
    spec.timeout = 1h;
    runner.add(web, spec);
    runner.start(bench.loop->now());
    bench.turn_until([&] { return server.connections() == 1; });
  }
  for (int turn = 0; turn < 10; ++turn) bench.loop->run_once();
  CHECK(bench.registry.get(*bench.registry.find("web/node1")).checks == 0);
}

TEST_CASE("a target that comes while checks run is checked at once, and one that goes no more") {
  RunnerBench bench;
  FakeServer server(*bench.loop, Manner::kAnswer, kGood);
  const auto first = bench.add("first");
  bench.runner.add(first, http_spec(server));
  bench.runner.start(bench.loop->now());
  bench.turn_until([&] { return bench.registry.get(first).checks == 1; });

  FakeServer other(*bench.loop, Manner::kAnswer, kGood);
  const auto second = bench.add("second");
  const auto twin = bench.add("twin");
  bench.runner.add(second, http_spec(other));
  bench.runner.add(twin, http_spec(other));
  CHECK(bench.runner.probe_count() == 2);
  bench.turn_until([&] { return bench.registry.get(second).state == State::kUp; });
  CHECK(bench.registry.get(twin).checks == bench.registry.get(second).checks);

  bench.runner.remove(second);
  CHECK(bench.runner.probe_count() == 2);
  const auto before = bench.registry.get(second).checks;
  const auto twin_before = bench.registry.get(twin).checks;
  bench.turn_until([&] { return bench.registry.get(twin).checks > twin_before + 1; });
  CHECK(bench.registry.get(second).checks == before);
  bench.runner.remove(twin);
  CHECK(bench.runner.probe_count() == 1);
  const auto connections = other.connections();
  const auto first_before = bench.registry.get(first).checks;
  bench.turn_until([&] { return bench.registry.get(first).checks > first_before + 2; });
  CHECK(other.connections() == connections);
}
