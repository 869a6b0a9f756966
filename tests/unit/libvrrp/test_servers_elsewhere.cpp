// The verdict by comparison, in virtual time: alone, and two nodes that hear each other late.
#include "libvrrp/core/servers_elsewhere.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "libvrrp/core/priority.hpp"

namespace hapair::vrrp {
namespace {

using namespace std::chrono_literals;

constexpr base::Duration kPatience = 3s;
constexpr base::Instant kStart = base::Instant{} + 100s;

/// Two nodes, of which the first is preferred; each hears the other's count a while later.
class Pair {
 public:
  explicit Pair(std::size_t needed)
      : nodes{ServersElsewhere(needed, kPatience), ServersElsewhere(needed, kPatience)},
        needed_(needed) {}

  void set(std::size_t node, std::size_t count) { counts[node] = count; }

  void run(base::Duration span) {
    constexpr base::Duration kStep = 10ms;
    for (const base::Instant end = now + span; now < end; now += kStep) {
      for (std::size_t i = 0; i < 2; ++i) {
        const auto heard = deaf ? std::nullopt : std::optional(told_[1 - i]);
        static_cast<void>(nodes[i].on_counts({.usable = counts[i]}, heard, now));
      }
      told_ = counts;
      const std::size_t before = master;
      elect();
      if (master != before) ++moves;
    }
  }

  std::array<ServersElsewhere, 2> nodes;
  std::array<std::size_t, 2> counts{2, 2};
  bool tracked = false;  ///< too few servers are "backends short" as well
  bool deaf = false;
  base::Instant now = kStart;
  std::size_t master = 0;
  int moves = 0;

 private:
  [[nodiscard]] Verdict verdict(std::size_t node) const {
    if (nodes[node].holds()) return Verdict::kBackendsElsewhere;
    return tracked && counts[node] < needed_ ? Verdict::kBackendsShort : Verdict::kServes;
  }
  void elect() { master = verdict(1) < verdict(0) ? 1 : 0; }

  std::size_t needed_;
  std::array<std::size_t, 2> told_{2, 2};
};

}  // namespace

TEST_CASE("more servers at another node count after a while, and not while there are enough here") {
  ServersElsewhere one(2, kPatience);
  CHECK_FALSE(one.on_counts({.usable = 2}, 9, kStart));
  CHECK_FALSE(one.deadline());
  CHECK_FALSE(one.on_counts({.usable = 1}, 2, kStart + 1s));
  CHECK(one.deadline() == kStart + 1s + kPatience);
  CHECK_FALSE(one.on_counts({.usable = 0}, 2, kStart + 2s));  // worse, but no news
  CHECK(one.deadline() == kStart + 1s + kPatience);
  CHECK_FALSE(one.on_deadline(kStart + 3s));
  CHECK(one.on_deadline(kStart + 1s + kPatience));
  CHECK(one.holds());
  CHECK_FALSE(one.deadline());
  CHECK(one.on_counts({.usable = 2}, 2, kStart + 9s));
  CHECK_FALSE(one.holds());
}

TEST_CASE("what lasts is needed: a difference that goes away begins anew") {
  ServersElsewhere one(1, kPatience);
  static_cast<void>(one.on_counts({.usable = 1}, 1, kStart));
  static_cast<void>(one.on_counts({.usable = 0}, 1, kStart));
  static_cast<void>(one.on_counts({.usable = 0}, 0, kStart + 2s));
  CHECK_FALSE(one.on_counts({.usable = 0}, 1, kStart + 4s));
  CHECK(one.deadline() == kStart + 4s + kPatience);
}

TEST_CASE("a node that has just started and finds no server does not wait to say so") {
  ServersElsewhere one(1, kPatience);
  CHECK_FALSE(one.on_counts({.usable = 0, .unknown = 2}, 2, kStart));
  CHECK_FALSE(one.deadline());
  CHECK(one.on_counts({.usable = 0}, 2, kStart + 1s));
}

TEST_CASE("silence neither begins nor ends it") {
  ServersElsewhere one(1, kPatience);
  static_cast<void>(one.on_counts({.usable = 1}, 1, kStart));
  CHECK_FALSE(one.on_counts({.usable = 0}, std::nullopt, kStart));
  CHECK_FALSE(one.deadline());
  static_cast<void>(one.on_counts({.usable = 0}, 1, kStart));
  static_cast<void>(one.on_counts({.usable = 0}, std::nullopt, kStart + 1s));
  CHECK_FALSE(one.deadline());
  static_cast<void>(one.on_counts({.usable = 0}, 1, kStart + 2s));
  CHECK(one.on_counts({.usable = 0}, 1, kStart + 2s + kPatience));
  CHECK_FALSE(one.on_counts({.usable = 0}, std::nullopt, kStart + 60s));
  CHECK(one.holds());
  CHECK(one.on_counts({.usable = 1}, std::nullopt, kStart + 61s));
}

TEST_CASE("with none here it stays; with some here and nowhere more it ends") {
  ServersElsewhere one(3, 0s);
  CHECK(one.on_counts({.usable = 0}, 1, kStart));
  CHECK_FALSE(one.on_counts({.usable = 0}, 0, kStart));
  CHECK(one.holds());
  CHECK_FALSE(one.on_counts({.usable = 1}, 2, kStart));
  CHECK(one.on_counts({.usable = 1}, 1, kStart));
  CHECK_FALSE(one.holds());
}

TEST_CASE("a pool that one node can't reach moves the VIP there and back, once each") {
  Pair pair(1);
  pair.run(10s);
  pair.set(0, 0);
  pair.run(kPatience);
  CHECK(pair.master == 0);
  pair.run(1s);
  CHECK(pair.master == 1);
  pair.run(60s);
  pair.set(0, 2);
  pair.run(20ms);
  CHECK(pair.master == 0);
  pair.run(60s);
  CHECK(pair.moves == 2);
}

TEST_CASE("a pool that dies and comes back for all moves nothing, though the nodes see it apart") {
  for (const std::size_t needed : {std::size_t{1}, std::size_t{2}}) {
    Pair pair(needed);
    pair.run(1s);
    for (const std::size_t first : {std::size_t{0}, std::size_t{1}}) {
      for (const std::size_t count : {std::size_t{0}, std::size_t{2}}) {
        pair.set(first, count);
        pair.run(kPatience - 100ms);
        pair.set(1 - first, count);
        pair.run(20s);
      }
    }
    CHECK(pair.moves == 0);
    CHECK_FALSE(pair.nodes[0].holds());
    CHECK_FALSE(pair.nodes[1].holds());
  }
}

TEST_CASE("of two nodes that track a backend and are both short, the one with more servers wins") {
  Pair pair(3);
  pair.tracked = true;
  pair.run(10s);
  CHECK(pair.master == 0);  // two each: equally short, so the preference counts
  pair.set(0, 1);
  pair.run(10s);
  CHECK(pair.master == 1);
  pair.set(1, 1);
  pair.run(10s);
  CHECK(pair.master == 0);  // equally short again
  CHECK(pair.moves == 2);
}

TEST_CASE("when the hellos stop nothing moves, before, during and after") {
  Pair pair(1);
  pair.deaf = true;
  pair.run(10s);
  pair.set(0, 0);
  pair.run(60s);
  CHECK(pair.moves == 0);  // nothing is known of the other one
  pair.deaf = false;
  pair.run(kPatience + 100ms);
  CHECK(pair.moves == 1);
  pair.deaf = true;
  pair.run(60s);
  CHECK(pair.moves == 1);
  pair.deaf = false;
  pair.run(60s);
  CHECK(pair.moves == 1);
}

}  // namespace hapair::vrrp
