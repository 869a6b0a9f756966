// Runs one check at a time on a loop of its own, and holds every prober to what all have to do.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "common/event/clock.hpp"
#include "common/event/event_loop.hpp"
#include "libcheck/io/probe_sockets.hpp"
#include "libcheck/io/prober.hpp"

namespace hapair::check {

struct ProbeBench : ProbeHandler {
  virtual ~ProbeBench() = default;

  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  ProbeSockets sockets{*loop};
  std::optional<CheckResult> result;
  int results = 0;

  void on_probe_result(CheckResult found) noexcept override {
    result = std::move(found);
    ++results;
  }

  void turn_until_result() {
    const base::Instant give_up = event::now() + std::chrono::seconds(5);
    while (!result && event::now() < give_up) loop->run_once();
    REQUIRE(result);
  }

  /// One check; `ago` lets it have begun in the past, so that a timeout is due at once.
  CheckResult probe(Prober& prober, base::Duration ago = {}) {
    result.reset();
    results = 0;
    prober.start(loop->now() - ago);
    CHECK_FALSE(result);  // never from within start()
    turn_until_result();
    for (int turn = 0; turn < 10; ++turn) loop->run_once();
    CHECK(results == 1);
    return *result;
  }
};

}  // namespace hapair::check
