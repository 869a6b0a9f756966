// What is given up when, while a resource runs short, and how it comes back.
#include <doctest/doctest.h>

#include "liblb/core/descriptor_budget.hpp"
#include "liblb/core/pressure.hpp"

namespace hapair::lb {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

base::Instant at(base::Duration time) { return base::Instant(time); }

Pressure pressed(std::uint64_t used, base::Instant when) {
  Pressure pressure{PressureSettings{}};
  pressure.on_reading(used, 1000, when);
  return pressure;
}

TEST_CASE("stages begin in their order, each at once at its share of the limit") {
  CHECK(pressed(0, at(seconds(1))).stage() == Shed::kNothing);
  CHECK(pressed(849, at(seconds(1))).stage() == Shed::kNothing);
  CHECK(pressed(850, at(seconds(1))).stage() == Shed::kClients);
  CHECK(pressed(899, at(seconds(1))).stage() == Shed::kClients);
  CHECK(pressed(900, at(seconds(1))).stage() == Shed::kIdle);
  CHECK(pressed(949, at(seconds(1))).stage() == Shed::kIdle);
  CHECK(pressed(950, at(seconds(1))).stage() == Shed::kCaches);
  CHECK(pressed(5000, at(seconds(1))).stage() == Shed::kCaches);
}

TEST_CASE("without a limit nothing is given up, and the largest figures overflow nowhere") {
  Pressure pressure{PressureSettings{}};
  pressure.on_reading(UINT64_MAX, 0, at(seconds(1)));
  CHECK(pressure.stage() == Shed::kNothing);
  pressure.on_reading(UINT64_MAX / 2, UINT64_MAX, at(seconds(1)));
  CHECK(pressure.stage() == Shed::kNothing);
  pressure.on_reading(UINT64_MAX, UINT64_MAX, at(seconds(1)));
  CHECK(pressure.stage() == Shed::kCaches);
}

TEST_CASE("a stage ends only when use has stayed below its ease for a second") {
  Pressure pressure = pressed(960, at(seconds(1)));
  pressure.on_reading(901, 1000, at(seconds(2)));
  pressure.on_reading(901, 1000, at(seconds(9)));
  CHECK(pressure.stage() == Shed::kCaches);  // above 900: within the ease
  pressure.on_reading(899, 1000, at(seconds(10)));
  pressure.on_reading(899, 1000, at(seconds(10) + milliseconds(999)));
  CHECK(pressure.stage() == Shed::kCaches);
  pressure.on_reading(899, 1000, at(seconds(11)));
  CHECK(pressure.stage() == Shed::kIdle);
  pressure.on_reading(100, 1000, at(seconds(12)));
  pressure.on_reading(860, 1000, at(seconds(12) + milliseconds(500)));
  pressure.on_reading(100, 1000, at(seconds(13)));
  CHECK(pressure.stage() == Shed::kIdle);  // it began to fall anew
  pressure.on_reading(100, 1000, at(seconds(14)));
  CHECK(pressure.stage() == Shed::kNothing);
}

TEST_CASE(
    "what the kernel refuses counts whatever the readings say, until it has not for a second") {
  Pressure pressure{PressureSettings{}};
  pressure.on_refusal(at(seconds(1)));
  CHECK(pressure.stage() == Shed::kIdle);
  pressure.on_reading(10, 1000, at(seconds(1) + milliseconds(999)));
  CHECK(pressure.stage() == Shed::kIdle);
  pressure.on_refusal(at(seconds(2)));
  pressure.on_reading(10, 1000, at(seconds(2) + milliseconds(900)));
  pressure.on_reading(10, 1000, at(seconds(3)));
  pressure.on_reading(10, 1000, at(seconds(3) + milliseconds(999)));
  CHECK(pressure.stage() == Shed::kIdle);
  pressure.on_reading(10, 1000, at(seconds(4)));
  CHECK(pressure.stage() == Shed::kNothing);
  Pressure higher = pressed(960, at(seconds(1)));
  higher.on_refusal(at(seconds(1)));
  CHECK(higher.stage() == Shed::kCaches);
}

TEST_CASE("stages have names") {
  CHECK(to_string(Shed::kNothing) == "nothing");
  CHECK(to_string(Shed::kClients) == "new clients");
  CHECK(to_string(Shed::kIdle) == "idle connections");
  CHECK(to_string(Shed::kCaches) == "caches");
}

TEST_CASE("clients leave each other a descriptor for a server, pipes leave some to connections") {
  DescriptorBudget budget;
  CHECK(budget.admits_client());
  CHECK(budget.admits_server());
  CHECK(budget.admits_pipe());
  budget.set_limit(16);
  for (int i = 0; i < 8; ++i) {
    CHECK(budget.admits_client());
    budget.add_client();
  }
  CHECK_FALSE(budget.admits_client());
  CHECK(budget.admits_server());
  budget.add_inner(4);
  CHECK(budget.admits_pipe());
  budget.add_inner();
  CHECK_FALSE(budget.admits_pipe());
  budget.add_inner(3);
  CHECK(budget.used() == 16);
  CHECK_FALSE(budget.admits_server());
  budget.remove_inner();
  CHECK(budget.admits_server());
  budget.remove_client();
  CHECK(budget.admits_client());
  budget.set_limit(4);
  CHECK_FALSE(budget.admits_client());
  CHECK_FALSE(budget.admits_server());
  CHECK(budget.limit() == 4);
}

}  // namespace
}  // namespace hapair::lb
