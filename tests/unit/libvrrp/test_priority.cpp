// From tracked conditions to the priority and fitness that the election runs with.
#include <doctest/doctest.h>

#include <vector>

#include "libvrrp/core/priority.hpp"

namespace hapair::vrrp {
namespace {

TrackedCondition unmet(std::uint8_t penalty) {
  return {"backend web", false, "0 of 2 servers up, 1 needed", penalty, false};
}

TrackedCondition fault() {
  TrackedCondition condition = unmet(0);
  condition.fault = true;
  return condition;
}

TEST_CASE("without unmet conditions the priority is the configured one") {
  CHECK(assess_fitness(100, {}) == Fitness{true, 100, ""});
  TrackedCondition met = unmet(20);
  met.met = true;
  CHECK(assess_fitness(100, std::vector{met}) == Fitness{true, 100, ""});
}

TEST_CASE("each unmet condition takes its penalty off, and says so") {
  const Fitness fitness = assess_fitness(100, std::vector{unmet(20), unmet(5)});
  CHECK(fitness.fit);
  CHECK(fitness.priority == 75);
  CHECK(fitness.reason ==
        "backend web: 0 of 2 servers up, 1 needed (priority -20); "
        "backend web: 0 of 2 servers up, 1 needed (priority -5)");
}

TEST_CASE("the priority never leaves 1 to 254") {
  CHECK(assess_fitness(10, std::vector{unmet(10)}).priority == 1);
  CHECK(assess_fitness(10, std::vector{unmet(200), unmet(200)}).priority == 1);
  CHECK(assess_fitness(254, {}).priority == 254);
}

TEST_CASE("a fault makes unfit and leaves the priority alone") {
  const Fitness fitness = assess_fitness(100, std::vector{fault()});
  CHECK(fitness == Fitness{false, 100, "backend web: 0 of 2 servers up, 1 needed"});
}

TEST_CASE("an owner is never lowered, but can be unfit") {
  CHECK(assess_fitness(255, std::vector{unmet(20)}) ==
        Fitness{true, 255, "backend web: 0 of 2 servers up, 1 needed"});
  CHECK_FALSE(assess_fitness(255, std::vector{fault()}).fit);
}

}  // namespace
}  // namespace hapair::vrrp
