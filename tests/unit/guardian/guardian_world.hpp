// A guardian's core in virtual time, with a worker that lives, hangs or starves as the test says.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "apps/hapair/guardian/guardian_core.hpp"

namespace hapair::guardian::test {
using base::Duration;
using base::Instant;

constexpr Instant kStart = base::from_ns(1'000'000'000'000);
constexpr Duration kLimit = std::chrono::milliseconds(250);
constexpr std::array<GuardianCore::GroupPlan, 3> kGroups = {{{2, {}}, {2, {}}, {2, {}}}};

/// A core in virtual time; the worker beats whenever time passes unless it hangs.
struct World {
  GuardianCore core{kGroups, kLimit};
  Instant now = kStart;
  Instant beat = kStart;
  bool hangs = false;
  bool starves = false;  ///< waits for the CPU, seen while it hangs
  bool reloads = false;  ///< takes in a new configuration

  Actions order(const Request& request) {
    auto actions = core.on_order(request, now);
    REQUIRE_MESSAGE(actions.has_value(), name_of(request));
    return *actions;
  }

  std::string refusal(const Request& request) {
    const auto actions = core.on_order(request, now);
    REQUIRE_FALSE(actions.has_value());
    return actions.error().message;
  }

  void start_worker() {
    (void)core.on_worker_started(now);
    order(WorkerReady{});
    beat = now;
  }

  /// Lets time pass from wake-up to wake-up, as the guardian's loop does.
  Actions pass(Duration span) {
    Actions all;
    const Instant end = now + span;
    while (true) {
      const auto wake = core.next_wake();
      if (!wake || *wake > end) break;
      now = std::max(now, *wake);
      if (!hangs) beat = now;
      for (const Action& action : core.on_time(now, {beat, starves, reloads}))
        all.push_back(action);
    }
    now = end;
    return all;
  }
};

template <class T>
std::vector<T> only(const Actions& actions) {
  std::vector<T> found;
  for (const Action& action : actions) {
    if (const auto* it = std::get_if<T>(&action)) found.push_back(*it);
  }
  return found;
}

inline World serving() {
  World world;
  world.start_worker();
  return world;
}

inline World master_of_group_1() {
  World world = serving();
  world.order(Advertise{.group = 1, .priority = 254, .interval = std::chrono::milliseconds(100)});
  world.order(Hold{1});
  return world;
}

}  // namespace hapair::guardian::test
