#include <doctest/doctest.h>

#include <vector>

#include "apps/hapair/scripts/running_scripts.hpp"

using hapair::scripts::RunningScripts;

TEST_CASE("what runs is noted until it has ended") {
  RunningScripts running = RunningScripts::create().value();
  CHECK(running.groups().empty());
  for (const pid_t group : {10, 11, 12}) running.add(group);
  running.remove(11);
  running.remove(99);
  CHECK(running.groups() == std::vector<pid_t>{10, 12});
  running.add(13);
  CHECK(running.groups() == std::vector<pid_t>{10, 13, 12});
  running.clear();
  CHECK(running.groups().empty());
}

TEST_CASE("a number that is no group's is never given out, and too many do no harm") {
  RunningScripts running = RunningScripts::create().value();
  for (const pid_t group : {-5, 0, 1}) running.add(group);
  CHECK(running.groups().empty());
  for (std::size_t i = 0; i < 2 * RunningScripts::kCapacity; ++i) {
    running.add(static_cast<pid_t>(100 + i));
  }
  CHECK(running.groups().size() <= RunningScripts::kCapacity);
}
