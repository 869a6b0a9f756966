// Sync groups in simulation: two virtual routers on two wires, the inside and the outside of a few
// nodes, moved together. What a wire does to one must never leave them apart.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include "libvrrp/core/sync_group.hpp"
#include "libvrrp/core/timing.hpp"
#include "tests/sim/cluster.hpp"
#include "tests/sim/seeds.hpp"

namespace hapair::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kWires = 2;

class Member final : public vrrp::SyncMember {
 public:
  Member(Cluster& wire, std::size_t node, std::string name)
      : wire_(wire), node_(node), name_(std::move(name)) {}

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] bool claims() const override { return wire_.election(node_).claims(); }
  [[nodiscard]] bool is_master() const override {
    return wire_.election(node_).state() == vrrp::State::kMaster;
  }
  void grant() override { wire_.grant(node_); }
  void give_way(std::string_view why) override { wire_.give_way(node_, why); }

 private:
  Cluster& wire_;
  std::size_t node_;
  std::string name_;
};

/// Two to four nodes with a leg on each wire.
class Pair {
 public:
  explicit Pair(std::uint64_t seed) : random_(seed * 7919) {
    constexpr vrrp::Failback::Kind kKinds[] = {vrrp::Failback::Kind::kImmediate,
                                               vrrp::Failback::Kind::kNever};
    const vrrp::Failback failback = {.kind = kKinds[random_.below(std::uint64_t{2})]};
    const std::size_t count = 2 + random_.below(std::uint64_t{3});
    for (std::size_t wire = 0; wire < kWires; ++wire) {
      std::vector<vrrp::GroupSettings> groups;
      for (std::size_t node = 0; node < count; ++node) {
        vrrp::GroupSettings group;
        group.vrid = static_cast<std::uint8_t>(51 + wire);
        group.priority = static_cast<std::uint8_t>(254 - node);
        group.advert_interval = interval;
        group.addresses = {base::IpAddress::v4(0x0a0000c8)};
        group.own_address = base::IpAddress::v4(0x0a000001 + static_cast<std::uint32_t>(node));
        group.failback = failback;
        group.startup_delay = 300ms;
        group.synced = true;
        group.scale.rank = static_cast<std::uint8_t>(node);
        groups.push_back(group);
      }
      wires_.push_back(std::make_unique<Cluster>(groups, seed + wire));
    }
    for (std::size_t node = 0; node < count; ++node) {
      groups_.emplace_back("both");
      for (std::size_t wire = 0; wire < kWires; ++wire) {
        members_.push_back(std::make_unique<Member>(*wires_[wire], node, wire == 0 ? "in" : "out"));
        groups_.back().add(*members_.back());
      }
    }
  }

  [[nodiscard]] Cluster& wire(std::size_t index) { return *wires_[index]; }
  [[nodiscard]] base::Random& random() { return random_; }
  [[nodiscard]] std::size_t size() const { return groups_.size(); }

  void start(std::size_t node) {
    for (const auto& wire : wires_) wire->start(node);
    settle();
  }
  void crash(std::size_t node) {
    for (const auto& wire : wires_) wire->crash(node);
  }
  void shut_down(std::size_t node) {
    for (const auto& wire : wires_) wire->shut_down(node);
  }
  /// What makes one member unfit holds for all: the wiring joins their conditions.
  void set_fit(std::size_t node, bool fit) {
    const auto priority = static_cast<std::uint8_t>(254 - node);
    for (const auto& wire : wires_) {
      wire->set_fitness(node, fit ? vrrp::Verdict::kServes : vrrp::Verdict::kUnfit, priority);
    }
    settle();
  }

  void run_for(base::Duration time) {
    const base::Instant until = wires_[0]->now() + time;
    while (true) {
      base::Instant next = until;
      for (const auto& wire : wires_) next = std::min(next, wire->next_at().value_or(until));
      for (const auto& wire : wires_) wire->run_until(next);
      settle();
      if (next == until) return;
    }
  }

  /// As the worker does it: after the call of the member that has news.
  void settle() {
    for (bool any = true; any;) {
      any = false;
      for (std::size_t node = 0; node < size(); ++node) {
        bool news = false;
        for (const auto& wire : wires_) news = wire->take_news(node) || news;
        if (!news || !wires_[0]->running(node)) continue;
        groups_[node].settle();
        any = true;
      }
    }
  }

  [[nodiscard]] bool anybody() const {
    for (std::size_t node = 0; node < size(); ++node) {
      if (wires_[0]->running(node) && wires_[0]->election(node).fitness().fit()) return true;
    }
    return false;
  }
  [[nodiscard]] std::string story() const {
    return "in\n" + sim::story(*wires_[0]) + "out\n" + sim::story(*wires_[1]);
  }
  [[nodiscard]] std::uint64_t transitions() const {
    return wires_[0]->transitions() + wires_[1]->transitions();
  }

  base::Duration interval = 100ms;

 private:
  base::Random random_;
  std::vector<std::unique_ptr<Cluster>> wires_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<vrrp::SyncGroup> groups_;
};

void disturb(Pair& pair) {
  const std::size_t node = pair.random().below(std::uint64_t{pair.size()});
  switch (pair.random().below(std::uint64_t{6})) {
    case 0:
      pair.crash(node);
      break;
    case 1:
      pair.shut_down(node);
      break;
    case 2:
      pair.set_fit(node, pair.random().below(std::uint64_t{2}) == 0);
      break;
    case 3:
      pair.wire(pair.random().below(std::uint64_t{kWires}))
          .set_wire({.loss = pair.random().below(std::uint64_t{100}),
                     .max_delay = pair.random().below(2 * pair.interval)});
      break;
    default:
      pair.start(node);
      break;
  }
}

TEST_CASE("once the wires are quiet one node has both, and it stays") {
  for (const std::uint64_t seed : seeds()) {
    CAPTURE(seed);
    Pair pair(seed);
    for (std::size_t node = 0; node < pair.size(); ++node) pair.start(node);
    for (int i = 0; i < 30; ++i) {
      pair.run_for(pair.random().below(8 * pair.interval));
      disturb(pair);
    }
    for (std::size_t wire = 0; wire < kWires; ++wire) {
      pair.wire(wire).set_wire({.max_delay = pair.interval / 50});
    }
    pair.run_for(30 * pair.interval);
    INFO(pair.story());
    REQUIRE(pair.wire(0).masters() == pair.wire(1).masters());
    REQUIRE(pair.wire(0).masters().size() == (pair.anybody() ? 1 : 0));
    const std::uint64_t transitions = pair.transitions();
    pair.run_for(50 * pair.interval);
    REQUIRE(pair.transitions() == transitions);
    for (std::size_t wire = 0; wire < kWires; ++wire) REQUIRE(pair.wire(wire).violations().empty());
  }
}

TEST_CASE("a wire that one side can't hear moves nothing while the other wire is sound") {
  for (const std::uint64_t seed : seeds()) {
    CAPTURE(seed);
    Pair pair(seed);
    for (std::size_t node = 0; node < pair.size(); ++node) pair.start(node);
    pair.run_for(30 * pair.interval);
    const auto before = pair.wire(0).masters();
    const std::uint64_t transitions = pair.transitions();
    pair.wire(seed % kWires).set_wire({.loss = 100});
    pair.run_for(100 * pair.interval);
    INFO(pair.story());
    REQUIRE(before.size() == 1);
    REQUIRE(pair.wire(0).masters() == before);
    REQUIRE(pair.wire(1).masters() == before);
    REQUIRE(pair.transitions() == transitions);
  }
}

}  // namespace
}  // namespace hapair::sim
