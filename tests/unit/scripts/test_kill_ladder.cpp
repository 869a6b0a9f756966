#include <doctest/doctest.h>

#include "apps/hapair/scripts/kill_ladder.hpp"

namespace hapair::scripts {
namespace {

using namespace std::chrono_literals;
using Signal = KillLadder::Signal;

constexpr base::Instant kStart{1h};

TEST_CASE("a script that hangs is asked to end, then killed") {
  KillLadder ladder(kStart, 30s);
  CHECK(ladder.deadline() == kStart + 30s);
  CHECK(ladder.on_time(kStart + 30s - 1ns) == Signal::kNone);
  CHECK_FALSE(ladder.timed_out());
  // The loop comes late: the grace still is whole.
  CHECK(ladder.on_time(kStart + 35s) == Signal::kTerminate);
  CHECK(ladder.timed_out());
  CHECK(ladder.deadline() == kStart + 37s);
  CHECK(ladder.on_time(kStart + 36s) == Signal::kNone);
  CHECK(ladder.on_time(kStart + 37s) == Signal::kKill);
  CHECK_FALSE(ladder.deadline());
  CHECK(ladder.on_time(kStart + 99s) == Signal::kNone);
}

TEST_CASE("its time can be cut, but not lengthened, nor once it is told to end") {
  KillLadder ladder(kStart, 30s);
  ladder.shorten(kStart + 40s);
  CHECK(ladder.deadline() == kStart + 30s);
  ladder.shorten(kStart + 5s);
  CHECK(ladder.on_time(kStart + 5s) == Signal::kTerminate);
  ladder.shorten(kStart + 6s);
  CHECK(ladder.deadline() == kStart + 7s);
}

}  // namespace
}  // namespace hapair::scripts
