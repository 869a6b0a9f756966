// From tracked conditions to the priority and fitness that the election runs with.
#include <doctest/doctest.h>

#include <vector>

#include "libvrrp/core/priority.hpp"

namespace hapair::vrrp {
namespace {

TrackedCondition unmet(std::uint8_t penalty) {
  return {"backend web", false, "0 of 2 servers up, 1 needed", penalty};
}

TrackedCondition unmet(Verdict verdict) {
  TrackedCondition condition = unmet(std::uint8_t{0});
  condition.verdict = verdict;
  return condition;
}

TrackedCondition fault() { return unmet(Verdict::kUnfit); }

/// Three nodes of 120, 110 and 100; the one asked about is the second.
constexpr VerdictScale kScale{.lowest = 100, .nodes = 3, .rank = 1};

TEST_CASE("without unmet conditions the priority is the configured one") {
  CHECK(assess_fitness(100, {}, {}) == Fitness{Verdict::kServes, 100, ""});
  TrackedCondition met = unmet(std::uint8_t{20});
  met.met = true;
  CHECK(assess_fitness(100, {}, std::vector{met}) == Fitness{Verdict::kServes, 100, ""});
}

TEST_CASE("each unmet condition takes its penalty off, and says so") {
  const Fitness fitness =
      assess_fitness(100, {}, std::vector{unmet(std::uint8_t{20}), unmet(std::uint8_t{5})});
  CHECK(fitness.fit());
  CHECK(fitness.priority == 75);
  CHECK(fitness.reason ==
        "backend web: 0 of 2 servers up, 1 needed (priority -20); "
        "backend web: 0 of 2 servers up, 1 needed (priority -5)");
}

TEST_CASE("the priority never leaves 1 to 254") {
  CHECK(assess_fitness(10, {}, std::vector{unmet(std::uint8_t{10})}).priority == 1);
  CHECK(assess_fitness(10, {}, std::vector{unmet(std::uint8_t{200}), unmet(std::uint8_t{200})})
            .priority == 1);
  CHECK(assess_fitness(254, {}, {}).priority == 254);
}

TEST_CASE("a fault makes unfit and leaves the priority alone") {
  const Fitness fitness = assess_fitness(100, {}, std::vector{fault()});
  CHECK(fitness == Fitness{Verdict::kUnfit, 100, "backend web: 0 of 2 servers up, 1 needed"});
}

TEST_CASE("a node whose network is gone is told from one that can't serve") {
  TrackedCondition link = fault();
  link.network = true;
  CHECK(assess_fitness(100, {}, std::vector{fault(), link}).cut_off);
  CHECK_FALSE(assess_fitness(100, {}, std::vector{fault()}).cut_off);
  link.met = true;
  CHECK_FALSE(assess_fitness(100, {}, std::vector{link}).cut_off);
}

TEST_CASE("an owner is never lowered, but can be unfit") {
  CHECK(assess_fitness(255, {}, std::vector{unmet(std::uint8_t{20})}) ==
        Fitness{Verdict::kServes, 255, "backend web: 0 of 2 servers up, 1 needed"});
  CHECK_FALSE(assess_fitness(255, {}, std::vector{fault()}).fit());
}

TEST_CASE("a verdict is said by the bands below the lowest priority, and read off them") {
  CHECK(wire_priority(kScale, 110, Verdict::kServes) == 110);
  CHECK(wire_priority(kScale, 110, Verdict::kBackendsShort) == 98);
  CHECK(wire_priority(kScale, 110, Verdict::kBackendsElsewhere) == 95);
  CHECK(wire_priority(kScale, 110, Verdict::kGatewayLost) == 92);
  CHECK(wire_priority(kScale, 110, Verdict::kUnfit) == 110);
  CHECK(verdict_on_wire(kScale, 100) == Verdict::kServes);
  CHECK(verdict_on_wire(kScale, 99) == Verdict::kBackendsShort);
  CHECK(verdict_on_wire(kScale, 97) == Verdict::kBackendsShort);
  CHECK(verdict_on_wire(kScale, 96) == Verdict::kBackendsElsewhere);
  CHECK(verdict_on_wire(kScale, 94) == Verdict::kBackendsElsewhere);
  CHECK(verdict_on_wire(kScale, 93) == Verdict::kGatewayLost);
  CHECK(verdict_on_wire(kScale, 91) == Verdict::kGatewayLost);
  CHECK(verdict_on_wire(kScale, 90) == Verdict::kServes);  // nobody of ours
  CHECK(verdict_on_wire({}, 1) == Verdict::kServes);
}

TEST_CASE("every node of a worse verdict loses to every node of a better one") {
  constexpr std::uint8_t kOwn[] = {120, 110, 100};
  for (std::uint8_t worse = 0; worse < 3; ++worse) {
    for (std::uint8_t better = 0; better < 3; ++better) {
      const auto said = [&](std::uint8_t rank, Verdict verdict) {
        return wire_priority({.lowest = 100, .nodes = 3, .rank = rank}, kOwn[rank], verdict);
      };
      CHECK(said(worse, Verdict::kBackendsShort) < said(better, Verdict::kServes));
      CHECK(said(worse, Verdict::kBackendsElsewhere) < said(better, Verdict::kBackendsShort));
      CHECK(said(worse, Verdict::kGatewayLost) < said(better, Verdict::kBackendsElsewhere));
    }
  }
}

TEST_CASE("the worst unmet condition makes the verdict; without a scale the priority stays") {
  const std::vector conditions{unmet(Verdict::kGatewayLost), unmet(Verdict::kBackendsShort)};
  const Fitness fitness = assess_fitness(110, kScale, conditions);
  CHECK(fitness.verdict == Verdict::kGatewayLost);
  CHECK(fitness.priority == 92);
  CHECK(assess_fitness(110, {}, conditions).priority == 110);
  CHECK(assess_fitness(255, kScale, conditions).priority == 255);
}

TEST_CASE("a penalty comes off what the verdict leaves") {
  const std::vector conditions{unmet(Verdict::kBackendsShort), unmet(std::uint8_t{8})};
  CHECK(assess_fitness(110, kScale, conditions).priority == 90);
}

}  // namespace
}  // namespace hapair::vrrp
