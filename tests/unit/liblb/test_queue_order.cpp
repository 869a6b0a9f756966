// Who waits for a server goes by priority and then by arrival, and who names a server waits for
// that one.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "liblb/core/backend.hpp"

namespace hapair::lb {
namespace {

struct Ticket final : Waiter {
  void on_turn(base::Instant /*now*/) override {
    if (left != nullptr) left->push_back(this);
  }
  std::vector<Ticket*>* left = nullptr;
};

TEST_CASE("the lowest priority goes first, and within one who came first") {
  struct Entry {
    int priority;
    bool had_turn;
    std::size_t place;
  };
  // Numbered by their place in the list; after all of them are in, they leave in `order`.
  const Entry entries[] = {
      {0, false, 1},   {0, false, 2}, {-10, false, 1}, {5, false, 4},    {0, false, 4},
      {-10, false, 2}, {0, true, 3},  {5, true, 7},    {-2047, true, 1}, {2047, false, 10},
  };
  const std::size_t order[] = {8, 2, 5, 6, 0, 1, 4, 7, 3, 9};
  WaitQueue queue(16);
  Ticket waiters[std::size(entries)];
  for (std::size_t i = 0; i < std::size(entries); ++i) {
    CAPTURE(i);
    CHECK(queue.enter(waiters[i], entries[i].had_turn, entries[i].priority) == entries[i].place);
  }
  for (const std::size_t next : order) CHECK(queue.pop() == &waiters[next]);
  CHECK(queue.pop() == nullptr);
  CHECK(queue.length().current() == 0);
}

TEST_CASE("whatever comes and goes, the order is that of a sorted list") {
  struct Known {
    int priority;
    std::uint64_t since;  ///< less: it goes first
    Ticket* who;
  };
  const auto before = [](const Known& a, const Known& b) {
    return std::pair(a.priority, a.since) < std::pair(b.priority, b.since);
  };
  std::vector<Ticket> waiters(40);
  std::vector<Known> sorted;
  WaitQueue queue(waiters.size());
  std::mt19937 random(4711);
  std::uint64_t clock = 1'000'000;
  for (int step = 0; step < 4000; ++step) {
    Ticket& waiter = waiters[random() % waiters.size()];
    if (waiter.queued()) {
      waiter.leave_queue();
      std::erase_if(sorted, [&](const Known& each) { return each.who == &waiter; });
    } else {
      const bool had_turn = random() % 4 == 0;
      const int priority = static_cast<int>(random() % 7) - 3;
      // Of those who had a turn the last one goes first.
      const std::uint64_t since = had_turn ? 1'000'000 - ++clock % 1'000'000 : ++clock;
      const Known known{priority, since, &waiter};
      const auto at = sorted.insert(std::ranges::upper_bound(sorted, known, before), known);
      CHECK(queue.enter(waiter, had_turn, priority) ==
            static_cast<std::size_t>(at - sorted.begin()) + 1);
    }
    if (random() % 3 == 0 && !sorted.empty()) {
      REQUIRE(queue.pop() == sorted.front().who);
      sorted.erase(sorted.begin());
    }
    CHECK(queue.length().current() == sorted.size());
  }
}

TEST_CASE("one that leaves from the midst of its priority leaves the others in order") {
  WaitQueue queue(8);
  Ticket first, second, third, alone;
  (void)queue.enter(first, false, 1);
  (void)queue.enter(second, false, 1);
  (void)queue.enter(third, false, 1);
  (void)queue.enter(alone, false, 0);
  second.leave_queue();
  alone.leave_queue();
  CHECK(queue.enter(second, false, 1) == 3);
  CHECK(queue.pop() == &first);
  CHECK(queue.pop() == &third);
  CHECK(queue.pop() == &second);
  CHECK(queue.empty());
}

TEST_CASE("a full queue refuses the most urgent too") {
  WaitQueue queue(1);
  Ticket first, urgent;
  CHECK(queue.enter(first, false, 10) == 1);
  CHECK(queue.enter(urgent, false, -10) == 0);
  CHECK_FALSE(urgent.queued());
}

TEST_CASE(
    "of two parts of a queue the one whose first is more urgent goes before, else the older") {
  WaitQueue whole(8);
  WaitQueue part(&whole);
  Ticket old, young, urgent;
  (void)whole.enter(old, false, 0);
  (void)part.enter(young, false, 0);
  CHECK(whole.goes_before(part));
  CHECK_FALSE(part.goes_before(whole));
  (void)part.enter(urgent, false, -1);
  CHECK(part.goes_before(whole));
  CHECK_FALSE(whole.goes_before(part));
}

struct Session final : ServerSession {
  void on_server_down(base::Instant /*now*/) override {}
};

/// Two servers that take one request each.
struct Pair {
  static BackendSettings both() {
    BackendSettings settings;
    for (const char* name : {"s1", "s2"}) {
      settings.servers.push_back({.name = name, .max_connections = 1});
    }
    return settings;
  }
  void set_standing(std::size_t server, Standing standing) {
    backend.set_health(server, {.standing = standing}, now);
  }
  [[nodiscard]] std::optional<std::size_t> named(std::size_t server,
                                                 std::optional<std::size_t> avoid = {}) {
    return backend.choose({.named = server, .avoid = avoid}).server;
  }

  base::Instant now = base::from_ns(1'000'000'000);
  Backend backend{both(), now};
  Session session, other;
};

TEST_CASE("a server that is named is chosen, whosever turn it is") {
  Pair f;
  for (int i = 0; i < 3; ++i) CHECK(f.named(1) == 1);
  CHECK(f.named(1, 1) == 0);  // it has just failed
  CHECK(f.backend.choose({.named = 1, .prefer = 0}).server == 1);
}

TEST_CASE("a named server that is not usable is no more than any other, one without weight is") {
  struct Case {
    Standing standing;
    std::size_t chosen;
  };
  const Case cases[] = {{Standing::kUp, 1},   {Standing::kLastResort, 1}, {Standing::kUnknown, 0},
                        {Standing::kDown, 0}, {Standing::kDraining, 0},   {Standing::kOut, 0}};
  for (const Case& each : cases) {
    Pair f;
    CAPTURE(static_cast<int>(each.standing));
    f.set_standing(1, each.standing);
    CHECK(f.named(1) == each.chosen);
  }
  Pair f;
  f.backend.set_share(1, 0, 0, f.now);
  CHECK(f.named(1) == 1);
  CHECK(f.backend.choose({}).server == 0);
}

TEST_CASE("who names a full server waits for it, and goes elsewhere when it is lost") {
  Pair f;
  std::vector<Ticket*> left;
  Ticket waiter;
  waiter.left = &left;
  f.backend.begin_session(1, f.session, f.now);
  const auto wait = [&] {
    const auto choice = f.backend.choose({.named = 1});
    REQUIRE(choice.queue != nullptr);
    REQUIRE(choice.queue->enter(waiter, false) == 1);
  };
  wait();
  CHECK_FALSE(f.backend.serve_queue(f.now, 8));  // s1 has room, and is not what it waits for
  CHECK(left.empty());
  f.backend.end_session(1, f.session);
  CHECK_FALSE(f.backend.serve_queue(f.now, 8));
  CHECK(left.size() == 1);

  f.backend.begin_session(1, f.session, f.now);
  wait();
  f.set_standing(1, Standing::kDown);
  CHECK_FALSE(f.backend.serve_queue(f.now, 8));
  CHECK(left.size() == 2);
  f.backend.end_session(1, f.session);
}

TEST_CASE("who waits for a named server without weight is not woken for nothing") {
  Pair f;
  std::vector<Ticket*> left;
  Ticket waiter;
  waiter.left = &left;
  f.backend.set_share(1, 0, 0, f.now);
  f.backend.begin_session(1, f.session, f.now);
  const auto choice = f.backend.choose({.named = 1});
  REQUIRE(choice.queue != nullptr);
  REQUIRE(choice.queue->enter(waiter, false) == 1);
  f.backend.set_share(1, 0, 0, f.now);
  CHECK_FALSE(f.backend.serve_queue(f.now, 8));
  CHECK(left.empty());
  f.backend.end_session(1, f.session);
  CHECK_FALSE(f.backend.serve_queue(f.now, 8));
  CHECK(left.size() == 1);
}

TEST_CASE("an urgent one that waits for any server goes before another that waits for this one") {
  Pair f;
  std::vector<Ticket*> left;
  Ticket own, urgent;
  own.left = urgent.left = &left;
  f.backend.begin_session(0, f.session, f.now);
  f.backend.begin_session(1, f.other, f.now);
  REQUIRE(f.backend.choose({.named = 1}).queue->enter(own, false) == 1);
  REQUIRE(f.backend.choose({}).queue->enter(urgent, false, -10) == 1);
  f.backend.end_session(1, f.other);
  (void)f.backend.serve_queue(f.now, 1);
  CHECK(left == std::vector<Ticket*>{&urgent});
  f.backend.end_session(0, f.session);
}

}  // namespace
}  // namespace hapair::lb
