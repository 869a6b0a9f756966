#include <doctest/doctest.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "apps/hapair/worker/script_prober.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using check::CheckCode;
using scripts::EndedBy;

namespace {

struct ScriptBench final : check::ProbeHandler, worker::ScriptPort {
  explicit ScriptBench(scripts::ScriptKind kind = scripts::ScriptKind::kProgram)
      : prober(*loop, *this, 3, {.argv = {"/x"}, .timeout = 1s, .kind = kind}, *this) {}

  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  bool takes = true;
  int runs = 0;
  std::optional<check::CheckResult> result;
  worker::ScriptProber prober;

  void on_probe_result(check::CheckResult found) noexcept override { result = std::move(found); }
  bool run(std::size_t script) override {
    CHECK(script == 3);
    ++runs;
    return takes;
  }
  void turn() {
    for (int turn = 0; turn < 10; ++turn) loop->run_once();
  }
  /// "PROCERR 3 no disk".
  std::string check(const scripts::ScriptResult& ended) {
    result.reset();
    prober.start(loop->now());
    CHECK_FALSE(result);
    prober.on_ended(ended);
    REQUIRE(result);
    std::string out(check::short_name(result->code));
    if (result->status != 0) out += " " + std::to_string(result->status);
    return out + " " + result->info;
  }
};

}  // namespace

TEST_CASE("a script may say how much of its weight a server wants") {
  ScriptBench bench;
  const auto weight = [&](std::string line) -> std::optional<std::uint16_t> {
    bench.check({.line = std::move(line)});
    return bench.result->agent ? bench.result->agent->weight_percent : std::nullopt;
  };
  CHECK(weight("weight=75% half of the disks are busy") == 75);
  CHECK(weight("weight=0%") == 0);
  CHECK(weight("weight=1000%") == 256);
  for (const char* none : {"75%", "weight=75", "weight=%", "weight=x%", "a weight=75%", ""}) {
    CHECK_FALSE(weight(none));
  }
  ScriptBench look(scripts::ScriptKind::kFile);
  look.check({.line = "weight=75%"});
  CHECK_FALSE(look.result->agent);
}

TEST_CASE("a script's exit code is the result, its first line the reason") {
  ScriptBench bench;
  CHECK(bench.check({.line = "fine"}) == "PROCOK fine");
  CHECK(bench.check({.number = 3, .line = "no disk"}) == "PROCERR 3 no disk");
  CHECK(bench.check({.number = 0, .timed_out = true, .line = "late"}) == "PROCTOUT late");
  CHECK(bench.check({.ended_by = EndedBy::kSignal, .number = 15, .timed_out = true})
            .starts_with("PROCTOUT signal 15"));
  CHECK(bench.check({.ended_by = EndedBy::kSignal, .number = 11}).starts_with("PROCERR signal 11"));
  CHECK(bench.check({.ended_by = EndedBy::kNotStarted, .number = ENOENT, .line = "/x is gone"}) ==
        "PROCERR /x is gone");
  CHECK(bench.check({.ended_by = EndedBy::kNotStarted, .number = EAGAIN, .line = "fork"}) ==
        "SOCKERR fork");
  CHECK(bench.runs == 7);
}

TEST_CASE("a look's words stand for themselves") {
  ScriptBench bench(scripts::ScriptKind::kFile);
  CHECK(bench.check({.line = "/run/x is there"}) == "STOK /run/x is there");
  CHECK(bench.check({.number = 1, .line = "/run/x is not there"}) == "STBAD /run/x is not there");
  CHECK(bench.check({.ended_by = EndedBy::kSignal, .number = 9, .timed_out = true})
            .starts_with("PROCTOUT"));
}

TEST_CASE("where no script is run a check says nothing, and not from within start") {
  ScriptBench bench;
  bench.takes = false;
  bench.prober.start(bench.loop->now());
  CHECK_FALSE(bench.result);
  bench.turn();
  REQUIRE(bench.result);
  CHECK(bench.result->code == CheckCode::kSocketError);
}

TEST_CASE("an end that never comes is given up; one that nobody waits for is ignored") {
  ScriptBench bench;
  bench.prober.on_ended({});
  CHECK_FALSE(bench.result);
  bench.prober.start(bench.loop->now() - 1min);
  bench.turn();
  REQUIRE(bench.result);
  CHECK(bench.result->code == CheckCode::kSocketError);
  bench.result.reset();
  bench.prober.start(bench.loop->now());
  bench.prober.cancel();
  bench.prober.on_ended({});
  bench.turn();
  CHECK_FALSE(bench.result);
}
