// The algorithms that look at loads and turns, pick by pick.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "liblb/core/pick_first.hpp"
#include "liblb/core/pick_least_connections.hpp"
#include "liblb/core/pick_random.hpp"
#include "liblb/core/pick_round_robin.hpp"
#include "liblb/core/share_tree.hpp"
#include "tests/unit/liblb/played_pickers.hpp"

namespace hapair::lb::test {
namespace {

/// The longest run of that letter.
std::size_t longest_run(const std::string& picks, char letter) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char each : picks) {
    run = each == letter ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::ptrdiff_t count_of(const std::string& picks, char letter) {
  return std::ranges::count(picks, letter);
}

TEST_CASE("round robin: turns of the heavy are spread, those of equals follow each other") {
  PlayedPicker servers(std::make_unique<RoundRobin>());
  servers.add("a", 5);
  servers.add("b");
  servers.add("c");
  CHECK(servers.picks(14) == "abaaacaabaaaca");
}

TEST_CASE("round robin: each cycle gives each server its weight, however many there are") {
  PlayedPicker servers(std::make_unique<RoundRobin>());
  const std::string names = "abcdefgh";
  const std::uint32_t weights[] = {7, 3, 3, 1, 7, 2, 1, 1};
  for (std::size_t i = 0; i < names.size(); ++i) servers.add(names.substr(i, 1), weights[i]);
  for (int cycle = 0; cycle < 3; ++cycle) {
    const std::string picks = servers.picks(25);
    for (std::size_t i = 0; i < names.size(); ++i) {
      CHECK(count_of(picks, names[i]) == static_cast<std::ptrdiff_t>(weights[i]));
      CHECK(longest_run(picks, names[i]) == 1);
    }
  }
}

TEST_CASE("round robin: one to avoid goes to the end, so it is not the next again") {
  PlayedPicker servers(std::make_unique<RoundRobin>());
  for (const char* name : {"a", "b", "c"}) servers.add(name);
  CHECK(servers.pick(0, 0) == 1);
  CHECK(servers.picks(4) == "cbac");
  servers.set_up(2, false);
  CHECK(servers.pick(0, 1) == 0);
  CHECK(servers.pick(0, 1) == 0);
  servers.set_percent(0, 300);
  CHECK(servers.pick(0, 0) == 1);  // alone among those of its share
}

/// The servers of requests of which each that goes to the first server fails there.
std::string picks_beside_failing(PlayedPicker& servers, int requests) {
  std::string picks;
  for (int i = 0; i < requests; ++i) {
    const auto first = servers.pick();
    picks += static_cast<char>('a' + *first);
    if (first == 0) picks += static_cast<char>('A' + *servers.pick(0, 0));
  }
  return picks;
}

TEST_CASE(
    "a server that fails is not tried first by each request, and all others stand in for it") {
  PlayedPicker row(std::make_unique<RoundRobin>());
  PlayedPicker weighted(std::make_unique<RoundRobin>());
  PlayedPicker least(std::make_unique<LeastConnections>());
  for (PlayedPicker* servers : {&row, &least}) {
    servers->add("a");
    servers->add("b");
  }
  weighted.add("a", 30);
  weighted.add("b", 20);
  CHECK(picks_beside_failing(row, 6) == "aBbaBbaBb");
  CHECK(picks_beside_failing(weighted, 6) == "aBbaBbaBaB");
  CHECK(picks_beside_failing(least, 6) == "aBbaBbaBb");
  PlayedPicker four(std::make_unique<RoundRobin>());
  for (const char* name : {"a", "b", "c", "d"}) four.add(name);
  const std::string picks = picks_beside_failing(four, 40);
  for (const char stand_in : {'B', 'C', 'D'}) CHECK(count_of(picks, stand_in) >= 3);
}

TEST_CASE("round robin: a server that is often full starves nobody") {
  PlayedPicker servers(std::make_unique<RoundRobin>());
  servers.add("a", 5);
  servers.add("b", 4);
  servers.add("c", 1);
  std::string picks;
  for (int i = 0; i < 100; ++i) {
    const std::string next = servers.picks(1);
    picks += next;
    if (next != "a") continue;
    servers.set_room(0, false);
    picks += servers.picks(1);
    servers.set_room(0, true);
  }
  CHECK(count_of(picks, 'c') > 10);
  CHECK(count_of(picks, 'b') > 30);
}

TEST_CASE("least connections: who has the fewest for its weight, in turn among equals") {
  PlayedPicker servers(std::make_unique<LeastConnections>());
  for (const char* name : {"a", "b", "c"}) servers.add(name);
  CHECK(servers.picks(6) == "abcabc");  // all idle
  CHECK(servers.begin(4) == "abca");
  servers.set_sessions(1, 0);
  CHECK(servers.begin(1) == "b");
  servers.set_sessions(2, 5);
  CHECK(servers.begin(4) == "baba");
}

TEST_CASE("least connections: weights divide loads and turns") {
  PlayedPicker servers(std::make_unique<LeastConnections>());
  servers.add("a", 3);
  servers.add("b", 1);
  const std::string held = servers.begin(40);
  CHECK(count_of(held, 'a') == 30);
  servers.set_sessions(0, 0);
  servers.set_sessions(1, 0);
  CHECK(count_of(servers.picks(40), 'a') == 30);  // idle servers take turns by weight
}

TEST_CASE("least connections: who comes up gets no burst while all are idle") {
  PlayedPicker servers(std::make_unique<LeastConnections>());
  servers.add("a");
  servers.add("b");
  servers.set_up(1, false);
  CHECK(servers.picks(50) == std::string(50, 'a'));
  servers.set_up(1, true);
  CHECK(longest_run(servers.picks(10), 'b') == 1);
}

TEST_CASE("least connections: one that is full, down or to avoid is passed over") {
  PlayedPicker servers(std::make_unique<LeastConnections>());
  for (const char* name : {"a", "b", "c"}) servers.add(name);
  servers.set_sessions(0, 1);
  servers.set_sessions(1, 2);
  servers.set_sessions(2, 3);
  CHECK(servers.pick(0, 0) == 1);
  servers.set_room(1, false);
  CHECK(servers.pick(0, 0) == 2);
  servers.set_up(2, false);
  servers.set_room(0, false);
  CHECK(servers.picks(1) == "-");
  servers.set_room(1, true);
  CHECK(servers.picks(1) == "b");
}

TEST_CASE("least connections: the heap says what a look at all servers says") {
  PlayedPicker servers(std::make_unique<LeastConnections>());
  base::Random random(7);
  for (int i = 0; i < 300; ++i) {
    servers.add("s" + std::to_string(i), 1 + static_cast<std::uint32_t>(random.below(256)));
  }
  for (int step = 0; step < 20'000; ++step) {
    const auto place = static_cast<std::size_t>(random.below(300));
    if (step % 7 == 0) servers.set_up(place, random.below(2) == 0);
    servers.set_sessions(place, static_cast<std::uint32_t>(random.below(1000)));
    if (step % 10 != 0) continue;
    const auto picked = servers.pick();
    REQUIRE(picked);
    const auto load = [&](std::size_t of) {
      return static_cast<double>(servers.target(of).sessions) / servers.target(of).share;
    };
    for (std::size_t i = 0; i < servers.size(); ++i) {
      if (servers.target(i).share > 0) REQUIRE(load(*picked) <= load(i) * (1 + 1e-12));
    }
  }
}

TEST_CASE("random: a seed makes a run, and shares follow the weights") {
  const auto run = [](std::uint64_t seed) {
    PlayedPicker servers(std::make_unique<RandomPicker>(1, seed));
    servers.add("a", 3);
    servers.add("b", 1);
    return servers.picks(4000);
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
  CHECK(count_of(run(1), 'a') > 2900);
  CHECK(count_of(run(1), 'a') < 3100);
}

TEST_CASE("random: two draws keep the busiest near the mean, one does not") {
  const auto most = [](unsigned draws) {
    PlayedPicker servers(std::make_unique<RandomPicker>(draws, 1));
    for (int i = 0; i < 100; ++i) servers.add("s" + std::to_string(i));
    (void)servers.begin(10'000);
    std::uint32_t busiest = 0;
    for (std::size_t i = 0; i < 100; ++i) busiest = std::max(busiest, servers.target(i).sessions);
    return busiest;
  };
  CHECK(most(2) <= 104);  // the mean is 100
  CHECK(most(1) >= 115);
}

TEST_CASE("random: the busier of two is never chosen, nor who is full, down or to avoid") {
  PlayedPicker servers(std::make_unique<RandomPicker>(2, 1));
  for (const char* name : {"a", "b", "c"}) servers.add(name);
  servers.set_up(2, false);
  servers.set_sessions(0, 2);
  CHECK(servers.picks(50) == std::string(50, 'b'));
  for (int i = 0; i < 50; ++i) CHECK(servers.pick(0, 1) == 0);
  servers.set_room(1, false);
  CHECK(servers.picks(5) == "aaaaa");
  servers.set_up(0, false);
  CHECK(servers.picks(1) == "-");
}

TEST_CASE("first: the next server gets traffic only when those before it are full") {
  PlayedPicker servers(std::make_unique<FirstPicker>());
  for (const char* name : {"a", "b", "c"}) servers.add(name);
  CHECK(servers.picks(3) == "aaa");
  servers.set_room(0, false);
  CHECK(servers.picks(3) == "bbb");
  servers.set_up(1, false);
  CHECK(servers.picks(1) == "c");
  servers.set_room(0, true);
  CHECK(servers.picks(1) == "a");
  CHECK(servers.pick(0, 0) == 2);
}

TEST_CASE("first: places beyond the first words of bits") {
  PlayedPicker servers(std::make_unique<FirstPicker>());
  for (int i = 0; i < 200; ++i) servers.add("s" + std::to_string(i), i == 130 || i == 190 ? 1 : 0);
  CHECK(servers.pick() == 130);
  CHECK(servers.pick(0, 130) == 190);
}

TEST_CASE("a tree of shares finds whose part a point is in, as it grows and changes") {
  ShareTree tree;
  std::map<std::size_t, std::uint64_t> model;
  base::Random random(3);
  for (int step = 0; step < 2000; ++step) {
    const auto place = static_cast<std::size_t>(random.below(1 + static_cast<unsigned>(step) / 4));
    model[place] = random.below(4) == 0 ? 0 : random.below(1000);
    tree.set(place, model[place]);
    std::uint64_t total = 0;
    for (const auto& [each, share] : model) total += share;
    REQUIRE(tree.total() == total);
    if (total == 0) continue;
    std::uint64_t point = random.below(total);
    const std::size_t found = tree.find(point);
    for (const auto& [each, share] : model) {
      if (point < share) {
        REQUIRE(found == each);
        break;
      }
      point -= share;
    }
  }
}

}  // namespace
}  // namespace hapair::lb::test
