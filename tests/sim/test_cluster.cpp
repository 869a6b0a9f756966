// Hundreds of seeded runs. A failed one prints its seed and journal; HAPAIR_SEED=<n> in the
// environment runs that one alone.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

#include "common/base/text.hpp"
#include "libvrrp/core/timing.hpp"
#include "tests/sim/cluster.hpp"

namespace hapair::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kSeeds = 400;

/// The seeds to run: all of them, or the one asked for.
std::vector<std::uint64_t> seeds() {
  if (const char* asked = std::getenv("HAPAIR_SEED")) {
    if (const auto seed = base::parse_unsigned(asked)) return {*seed};
  }
  std::vector<std::uint64_t> all(kSeeds);
  for (std::uint64_t i = 0; i < kSeeds; ++i) all[i] = i + 1;
  return all;
}

std::string story(const Cluster& cluster) {
  std::string text;
  for (const std::string& line : cluster.journal()) text += line + "\n";
  return text;
}

/// Two to five routers of one virtual router, set up at random but properly.
struct Plan {
  explicit Plan(std::uint64_t seed) : random(seed * 7919) {
    constexpr std::uint8_t kPriorities[] = {1, 50, 99, 100, 100, 100, 101, 150, 253, 254};
    constexpr base::Duration kIntervals[] = {10ms, 100ms, 1s};
    const bool v2 = random.below(3) == 0;
    interval = v2 ? 1s : kIntervals[random.below(3)];
    if (random.below(3) == 0) failback.kind = vrrp::Failback::Kind::kNever;
    if (random.below(3) == 0) {
      failback = {.kind = vrrp::Failback::Kind::kAfter, .stable = random.below(20 * interval)};
    }
    startup_delay = random.below(2) == 0 ? random.below(10 * interval) : 0s;
    const std::size_t count = 2 + random.below(4);
    for (std::size_t i = 0; i < count; ++i) {
      vrrp::GroupSettings group;
      group.version = v2 ? vrrp::Version::kV2 : vrrp::Version::kV3;
      group.vrid = 51;
      group.priority = kPriorities[random.below(10)];
      group.advert_interval = interval;
      group.addresses = {base::IpAddress::v4(0x0a0000c8)};
      group.own_address = base::IpAddress::v4(0x0a000001 + static_cast<std::uint32_t>(i));
      group.failback = failback;
      group.startup_delay = startup_delay;
      groups.push_back(group);
    }
  }

  /// The longest any router here waits for a master.
  [[nodiscard]] base::Duration longest_wait() const {
    return vrrp::master_down_interval(groups[0].version, 1, interval);
  }

  base::Random random;
  base::Duration interval{};
  vrrp::Failback failback;
  base::Duration startup_delay{};
  std::vector<vrrp::GroupSettings> groups;
};

/// One thing that goes wrong, or right again.
void disturb(Cluster& cluster, Plan& plan) {
  const std::size_t node = plan.random.below(cluster.size());
  switch (plan.random.below(8)) {
    case 0:
      cluster.crash(node);
      break;
    case 1:
      cluster.shut_down(node);
      break;
    case 2:
      cluster.pause(node, PauseKind::kMachine, plan.random.below(10 * plan.interval));
      break;
    case 3:
      cluster.pause(node, PauseKind::kWorker,
                    plan.random.below(base::Duration(plan.groups[node].sender_grace)));
      break;
    case 4:
      cluster.set_fitness(
          node, plan.random.below(2) == 0 ? vrrp::Verdict::kServes : vrrp::Verdict::kUnfit,
          static_cast<std::uint8_t>(1 + plan.random.below(254)));
      break;
    default:
      cluster.start(node);
      break;
  }
}

void chaos(Cluster& cluster, Plan& plan) {
  cluster.set_wire({.loss = plan.random.below(60),
                    .repeat = plan.random.below(20),
                    .spoil = plan.random.below(10),
                    .max_delay = plan.random.below(2 * plan.interval)});
  for (std::size_t node = 0; node < cluster.size(); ++node) cluster.start(node);
  for (int i = 0; i < 40; ++i) {
    cluster.run_until(cluster.now() + plan.random.below(8 * plan.interval));
    disturb(cluster, plan);
  }
}

/// The best priority of those that may be master; 0 when there is none.
std::uint8_t best_priority(const Cluster& cluster) {
  std::uint8_t best = 0;
  for (std::size_t node = 0; node < cluster.size(); ++node) {
    if (!cluster.running(node) || !cluster.election(node).fitness().fit()) continue;
    best = std::max(best, cluster.election(node).priority());
  }
  return best;
}

TEST_CASE("once the wire is quiet there is one master, the best, and it stays") {
  for (const std::uint64_t seed : seeds()) {
    CAPTURE(seed);
    Plan plan(seed);
    Cluster cluster(plan.groups, seed);
    chaos(cluster, plan);
    cluster.set_wire({.max_delay = plan.interval / 50});

    // What is still under way or asleep: packets for 2 intervals, a machine for 10, a worker for
    // its grace. Then each backup waits at most once before there is a master, and the best one
    // waits once more, and for its delay, before it preempts.
    const base::Duration settled = 10 * plan.interval + 250ms + plan.startup_delay +
                                   2 * plan.longest_wait() + plan.failback.stable + plan.interval;
    cluster.run_until(cluster.now() + settled);
    const auto masters = cluster.masters();
    const std::uint8_t best = best_priority(cluster);
    INFO(story(cluster));
    REQUIRE(masters.size() == (best == 0 ? 0 : 1));
    if (best != 0 && plan.failback.kind != vrrp::Failback::Kind::kNever) {
      REQUIRE(cluster.election(masters.front()).priority() == best);
    }

    const std::uint64_t transitions = cluster.transitions();
    cluster.run_until(cluster.now() + 50 * plan.interval);
    REQUIRE(cluster.transitions() == transitions);
    REQUIRE(cluster.violations().empty());
  }
}

/// A settled cluster on a perfect wire.
void settle(Cluster& cluster, const Plan& plan) {
  for (std::size_t node = 0; node < cluster.size(); ++node) cluster.start(node);
  cluster.run_until(cluster.now() + plan.startup_delay + 2 * plan.longest_wait() +
                    plan.failback.stable);
}

/// The node that has to be next: the best of the rest. Only asked where priorities differ.
std::size_t best_but(const Plan& plan, std::size_t without) {
  std::size_t best = plan.groups.size();
  for (std::size_t node = 0; node < plan.groups.size(); ++node) {
    if (node == without) continue;
    if (best == plan.groups.size() || plan.groups[node].priority > plan.groups[best].priority) {
      best = node;
    }
  }
  return best;
}

void make_priorities_differ(Plan& plan) {
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    plan.groups[i].priority = static_cast<std::uint8_t>(40 * i + 1 + plan.random.below(40));
  }
}

TEST_CASE("a dead master is replaced by the next best within its master down interval") {
  for (const std::uint64_t seed : seeds()) {
    CAPTURE(seed);
    Plan plan(seed);
    make_priorities_differ(plan);
    Cluster cluster(plan.groups, seed);
    settle(cluster, plan);
    INFO(story(cluster));
    REQUIRE(cluster.masters() == std::vector<std::size_t>{cluster.size() - 1});
    const std::uint64_t transitions = cluster.transitions();
    cluster.run_until(cluster.now() + plan.random.below(5 * plan.interval));
    cluster.crash(cluster.size() - 1);
    const std::size_t next = best_but(plan, cluster.size() - 1);
    const base::Duration wait = cluster.election(next).master_down_interval();
    cluster.run_until(cluster.now() + wait - plan.interval - 1ns);
    REQUIRE(cluster.masters().empty());
    cluster.run_until(cluster.now() + plan.interval + 1ns);
    REQUIRE(cluster.masters() == std::vector<std::size_t>{next});
    cluster.run_until(cluster.now() + 50 * plan.interval);
    REQUIRE(cluster.transitions() == transitions + 1);
    REQUIRE(cluster.violations().empty());
  }
}

TEST_CASE("a master that resigns is replaced by the next best within its skew time") {
  for (const std::uint64_t seed : seeds()) {
    CAPTURE(seed);
    Plan plan(seed);
    make_priorities_differ(plan);
    Cluster cluster(plan.groups, seed);
    settle(cluster, plan);
    const std::size_t first = cluster.size() - 1;
    const std::size_t next = best_but(plan, first);
    cluster.run_until(cluster.now() + plan.random.below(5 * plan.interval));
    cluster.shut_down(first);
    cluster.run_until(cluster.now() + vrrp::skew_time(plan.groups[next].version,
                                                      plan.groups[next].priority, plan.interval));
    INFO(story(cluster));
    REQUIRE(cluster.masters() == std::vector<std::size_t>{next});
    const std::uint64_t transitions = cluster.transitions();
    cluster.run_until(cluster.now() + 50 * plan.interval);
    REQUIRE(cluster.transitions() == transitions);
    REQUIRE(cluster.violations().empty());
  }
}

TEST_CASE("routers with different intervals settle as well") {
  for (const std::uint64_t seed : seeds()) {
    CAPTURE(seed);
    Plan plan(seed);
    if (plan.groups[0].version == vrrp::Version::kV2) continue;
    for (vrrp::GroupSettings& group : plan.groups) {
      group.advert_interval = plan.interval * static_cast<std::int64_t>(1 + plan.random.below(5));
    }
    Cluster cluster(plan.groups, seed);
    plan.interval *= 5;
    settle(cluster, plan);
    cluster.run_until(cluster.now() + plan.longest_wait() + plan.failback.stable);
    INFO(story(cluster));
    REQUIRE(cluster.masters().size() == 1);
    const std::uint64_t transitions = cluster.transitions();
    cluster.run_until(cluster.now() + 50 * plan.interval);
    REQUIRE(cluster.transitions() == transitions);
  }
}

}  // namespace
}  // namespace hapair::sim
