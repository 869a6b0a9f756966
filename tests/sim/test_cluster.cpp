// Hundreds of seeded runs. A failed one prints its seed and journal. In the environment
// HAPAIR_SEED=<n> runs that one alone, HAPAIR_SEEDS=<n> runs so many.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

#include "libvrrp/core/timing.hpp"
#include "tests/sim/cluster.hpp"
#include "tests/sim/seeds.hpp"

namespace hapair::sim {
namespace {

using namespace std::chrono_literals;

/// A thousandth: far worse than a quartz, as a virtual machine's clock may be.
constexpr std::int64_t kMaxDriftPpm = 1000;
/// A worker paused for longer is killed.
constexpr base::Duration kHeartbeatLimit = 250ms;

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
    if (random.below(2) == 0) use_verdicts();
  }

  /// As nodes of hapair do: priorities by preference, and what lies below says how they serve.
  void use_verdicts() {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      groups[i].priority = static_cast<std::uint8_t>(254 - i);
      groups[i].scale = {.lowest = static_cast<std::uint8_t>(255 - groups.size()),
                         .nodes = static_cast<std::uint8_t>(groups.size()),
                         .rank = static_cast<std::uint8_t>(i)};
    }
  }
  [[nodiscard]] bool has_verdicts() const { return groups[0].scale.nodes != 0; }

  [[nodiscard]] vrrp::Fitness fitness(std::size_t node, vrrp::Verdict verdict) const {
    return {verdict, vrrp::wire_priority(groups[node].scale, groups[node].priority, verdict), ""};
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
      cluster.pause(node, PauseKind::kWorker, plan.random.below(kHeartbeatLimit));
      break;
    case 4:
      if (plan.has_verdicts()) {
        const auto fitness =
            plan.fitness(node, static_cast<vrrp::Verdict>(plan.random.below(std::uint64_t{4})));
        cluster.set_fitness(node, fitness.verdict, fitness.priority);
        break;
      }
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
  for (std::size_t node = 0; node < cluster.size(); ++node) {
    cluster.set_drift(node, kMaxDriftPpm - static_cast<std::int64_t>(
                                               plan.random.below(std::uint64_t{2 * kMaxDriftPpm})));
    cluster.start(node);
  }
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

/// The best verdict of those that may be master.
vrrp::Verdict best_verdict(const Cluster& cluster) {
  vrrp::Verdict best = vrrp::Verdict::kUnfit;
  for (std::size_t node = 0; node < cluster.size(); ++node) {
    if (cluster.running(node)) best = std::min(best, cluster.election(node).fitness().verdict);
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
    if (best != 0 && plan.has_verdicts()) {  // whatever the failback
      REQUIRE(cluster.election(masters.front()).fitness().verdict == best_verdict(cluster));
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
    plan.groups[i].scale = {};
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

TEST_CASE("a master that serves worse is replaced within a skew time, whatever the failback") {
  for (const std::uint64_t seed : seeds()) {
    CAPTURE(seed);
    Plan plan(seed);
    plan.use_verdicts();
    Cluster cluster(plan.groups, seed);
    settle(cluster, plan);
    REQUIRE(cluster.masters() == std::vector<std::size_t>{0});
    cluster.run_until(cluster.now() + plan.random.below(5 * plan.interval));
    const auto worse =
        plan.fitness(0, static_cast<vrrp::Verdict>(1 + plan.random.below(vrrp::kVerdictBands)));
    cluster.watch();
    cluster.set_fitness(0, worse.verdict, worse.priority);
    cluster.run_until(cluster.now() + vrrp::skew_time(plan.groups[1].version, 253, plan.interval));
    INFO(story(cluster));
    REQUIRE(cluster.masters() == std::vector<std::size_t>{1});
    REQUIRE(cluster.longest_none() == 0s);
    const std::uint64_t transitions = cluster.transitions();
    cluster.run_until(cluster.now() + 50 * plan.interval);
    REQUIRE(cluster.transitions() == transitions);
    REQUIRE(cluster.violations().empty());
  }
}

TEST_CASE(
    "one fault on a sound wire: never two for longer than adverts travel, never none for long") {
  for (const std::uint64_t seed : seeds()) {
    CAPTURE(seed);
    Plan plan(seed);
    const base::Duration travel = plan.interval / 50;
    Cluster cluster(plan.groups, seed);
    cluster.set_wire({.repeat = 20, .max_delay = travel});
    for (std::size_t node = 0; node < cluster.size(); ++node) {
      cluster.set_drift(node, static_cast<std::int64_t>(plan.random.below(std::uint64_t{1000})));
    }
    settle(cluster, plan);
    cluster.run_until(cluster.now() + plan.longest_wait());
    cluster.watch();
    disturb(cluster, plan);
    cluster.run_until(cluster.now() + 20 * plan.interval + plan.failback.stable + 250ms);
    INFO(story(cluster));
    // Each end of a change travels once: the new master's first advert, the old one's answer.
    REQUIRE(cluster.longest_two() <= 2 * travel);
    if (best_priority(cluster) != 0) {
      REQUIRE(cluster.longest_none() <= plan.longest_wait() + 2 * travel + plan.interval / 50);
    }
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
