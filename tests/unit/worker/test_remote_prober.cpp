#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/worker/remote_prober.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using guardian::TargetOutcome;

namespace {

struct Bench final : check::ProbeHandler, guardian::TargetPort {
  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  std::vector<std::string> asked;
  std::uint16_t run = 0;
  std::optional<check::CheckResult> result;
  worker::RemoteProber prober{*loop,
                              *this,
                              5,
                              2s,
                              {.good = check::CheckCode::kL3Ok,
                               .bad = check::CheckCode::kL3Failed,
                               .timeout = check::CheckCode::kL3Timeout},
                              *this};

  void on_probe_result(check::CheckResult found) noexcept override { result = std::move(found); }
  void check_target(std::size_t target, std::uint16_t number, bool again) override {
    asked.push_back(std::to_string(target) + (again ? " again" : ""));
    run = number;
  }
  void answer(TargetOutcome outcome, std::string detail = "so it is", int late = 0) {
    const auto number = static_cast<std::uint16_t>(run - late);
    prober.on_found({.target = 5, .run = number, .outcome = outcome, .detail = std::move(detail)});
  }
  void turn() {
    for (int turn = 0; turn < 10; ++turn) loop->run_once();
  }
};

}  // namespace

TEST_CASE("the guardian's answer is the result, in the words of the check") {
  Bench bench;
  const auto code_for = [&](TargetOutcome outcome) {
    bench.prober.start(bench.loop->now());
    bench.answer(outcome);
    REQUIRE(bench.result);
    CHECK(bench.result->info == "so it is");
    return bench.result->code;
  };
  CHECK(code_for(TargetOutcome::kGood) == check::CheckCode::kL3Ok);
  CHECK(code_for(TargetOutcome::kBad) == check::CheckCode::kL3Failed);
  CHECK(code_for(TargetOutcome::kUnknown) == check::CheckCode::kSocketError);
  CHECK(bench.asked == std::vector<std::string>{"5", "5", "5"});
}

TEST_CASE("a pending answer is asked for again, until it comes") {
  Bench bench;
  bench.prober.start(bench.loop->now());
  for (std::size_t times = 2; times <= 4; ++times) {
    bench.answer(TargetOutcome::kPending);
    CHECK_FALSE(bench.result);
    for (int turn = 0; turn < 1'000'000 && bench.asked.size() < times; ++turn)
      bench.loop->run_once();
    CHECK(bench.asked.back() == "5 again");
  }
  bench.answer(TargetOutcome::kGood);
  CHECK(bench.result);
}

TEST_CASE("silence is a timeout, and the late answer belongs to no later check") {
  Bench bench;
  bench.prober.start(bench.loop->now() - 2s);
  bench.turn();
  REQUIRE(bench.result);
  CHECK(bench.result->code == check::CheckCode::kL3Timeout);
  bench.result.reset();
  bench.answer(TargetOutcome::kGood);
  CHECK_FALSE(bench.result);
  bench.prober.start(bench.loop->now());
  bench.answer(TargetOutcome::kGood, "late", 1);
  CHECK_FALSE(bench.result);
  bench.answer(TargetOutcome::kBad);
  CHECK(bench.result->code == check::CheckCode::kL3Failed);
}

TEST_CASE("a cancelled check is silent, and what is told is cut to what is kept") {
  Bench bench;
  bench.prober.start(bench.loop->now() - 2s);
  bench.prober.cancel();
  bench.turn();
  bench.answer(TargetOutcome::kGood);
  CHECK_FALSE(bench.result);
  bench.prober.start(bench.loop->now());
  bench.answer(TargetOutcome::kGood, std::string(200, 'x'));
  CHECK(bench.result->info.size() == check::CheckResult::kMaxInfo);
}
