// Where keys go: the hash, the parts of a request that are hashed, and both ways to lay keys on
// servers, with figures for their distribution and for how many keys a change moves.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "common/base/random.hpp"
#include "common/base/text.hpp"
#include "common/http/head_parser.hpp"
#include "liblb/core/hash_key.hpp"
#include "liblb/core/pick_map.hpp"
#include "liblb/core/pick_ring.hpp"
#include "tests/fuzz/hash_key_body.hpp"
#include "tests/fuzz/replay.hpp"
#include "tests/unit/liblb/played_pickers.hpp"

namespace hapair::lb::test {
namespace {

constexpr std::size_t kKeys = 100'000;

PlayedPicker ring(WhenFull when_full = WhenFull::kWait, std::uint32_t load_percent = 0) {
  return PlayedPicker(std::make_unique<RingPicker>(when_full, load_percent));
}

PlayedPicker map(WhenFull when_full = WhenFull::kWait) {
  return PlayedPicker(std::make_unique<MapPicker>(when_full));
}

void add(PlayedPicker& servers, std::size_t count, std::uint32_t weight = 1) {
  for (std::size_t i = 0; i < count; ++i) {
    servers.add("app" + std::to_string(servers.size() + 1), weight);
  }
}

/// The server of each of kKeys keys.
std::vector<std::size_t> lay(PlayedPicker& servers) {
  std::vector<std::size_t> owners(kKeys);
  for (std::size_t i = 0; i < kKeys; ++i) owners[i] = servers.pick(key_of(i)).value();
  return owners;
}

std::size_t moved(const std::vector<std::size_t>& before, const std::vector<std::size_t>& after) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < before.size(); ++i) count += before[i] != after[i] ? 1U : 0U;
  return count;
}

/// The worst ratio between a server's keys and what its weight says, minus one.
double worst_deviation(PlayedPicker& servers) {
  std::map<std::size_t, double> keys;
  for (const std::size_t owner : lay(servers)) ++keys[owner];
  double shares = 0;
  for (std::size_t i = 0; i < servers.size(); ++i) shares += servers.target(i).share;
  double worst = 0;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const double due = kKeys * servers.target(i).share / shares;
    worst = std::max(worst, std::abs(keys[i] / due - 1));
  }
  return worst;
}

TEST_CASE("the hash is XXH64, whose published values it has") {
  CHECK(stable_hash("") == 0xef46db3751d8e999ULL);
  CHECK(stable_hash("a") == 0xd24ec4f1a98c6e5bULL);
  CHECK(stable_hash("abc") == 0x44bc2cf5ad770999ULL);
}

TEST_CASE("keys are shared out by weight within 10 %") {
  PlayedPicker equal = ring();
  add(equal, 10);
  CHECK(worst_deviation(equal) < 0.10);
  PlayedPicker weighted = ring();
  weighted.add("light", 1);
  weighted.add("middle", 2);
  weighted.add("heavy", 4);
  add(weighted, 5, 4);
  CHECK(worst_deviation(weighted) < 0.10);
  PlayedPicker customer = ring();
  customer.add("node1", 30);
  customer.add("node2", 20);
  CHECK(worst_deviation(customer) < 0.10);
  PlayedPicker exact = map();
  add(exact, 10);
  add(exact, 3, 7);
  CHECK(worst_deviation(exact) < 0.05);  // what is left is chance
}

TEST_CASE("a server that goes moves its own keys and no others; back, it has the same again") {
  for (const std::size_t count : {3U, 10U, 40U}) {
    PlayedPicker servers = ring();
    add(servers, count);
    const auto before = lay(servers);
    servers.set_up(count / 2, false);
    const auto without = lay(servers);
    std::map<std::size_t, std::size_t> heirs;
    for (std::size_t i = 0; i < kKeys; ++i) {
      if (before[i] == count / 2) {
        ++heirs[without[i]];
      } else {
        REQUIRE(without[i] == before[i]);
      }
    }
    const double share = static_cast<double>(moved(before, without)) / kKeys;
    CHECK(share <= 1.0 / static_cast<double>(count) + 0.05);
    CHECK(heirs.size() == count - 1);  // not one neighbour alone
    servers.set_up(count / 2, true);
    CHECK(lay(servers) == before);
  }
}

TEST_CASE("a server that is new takes its part from all, and nothing moves between the others") {
  PlayedPicker servers = ring();
  add(servers, 9);
  const auto before = lay(servers);
  add(servers, 1);
  const auto after = lay(servers);
  for (std::size_t i = 0; i < kKeys; ++i) REQUIRE((after[i] == before[i] || after[i] == 9));
  CHECK(static_cast<double>(moved(before, after)) / kKeys <= 0.1 + 0.05);
}

TEST_CASE("a map moves most keys with any change: the price of a line") {
  PlayedPicker servers = map();
  add(servers, 10);
  const auto before = lay(servers);
  servers.set_up(0, false);
  CHECK(moved(before, lay(servers)) > kKeys / 2);
  servers.set_up(0, true);
  CHECK(lay(servers) == before);
}

TEST_CASE("a live weight moves keys to or from its server only") {
  PlayedPicker servers = ring();
  add(servers, 5);
  const auto before = lay(servers);
  servers.set_percent(2, 50);
  const auto lighter = lay(servers);
  for (std::size_t i = 0; i < kKeys; ++i) REQUIRE((lighter[i] == before[i] || before[i] == 2));
  CHECK(worst_deviation(servers) < 0.15);
  servers.set_percent(2, 200);
  const auto heavier = lay(servers);
  for (std::size_t i = 0; i < kKeys; ++i) REQUIRE((heavier[i] == before[i] || heavier[i] == 2));
  CHECK(worst_deviation(servers) < 0.10);
  servers.set_percent(2, 1);
  CHECK(std::ranges::count(lay(servers), std::size_t{2}) > 0);
  servers.set_percent(2, 100);
  CHECK(lay(servers) == before);
}

TEST_CASE("two nodes choose alike, in whatever order and places they have the servers") {
  for (const bool consistent : {true, false}) {
    PlayedPicker one = consistent ? ring() : map();
    PlayedPicker other = consistent ? ring() : map();
    for (const char* name : {"a", "b", "c", "d", "e"}) one.add(name, name[0] == 'c' ? 3 : 1);
    for (const char* name : {"x", "d", "c", "e", "a", "b"}) other.add(name, name[0] == 'c' ? 3 : 1);
    // One that left its place to another, as servers found by name do.
    other.target(0) = {.identity = stable_hash("gone"), .full_share = 0, .share = 0};
    other.tell(0);
    for (std::size_t i = 0; i < 10'000; ++i) REQUIRE(one.name(key_of(i)) == other.name(key_of(i)));
  }
}

TEST_CASE("where keys go depends on the servers that there are, not on those that were") {
  constexpr std::size_t kServers = 30;
  base::Random random(3);
  PlayedPicker lived = ring();
  add(lived, kServers);
  for (std::size_t change = 0; change < 400; ++change) {
    const std::size_t place = random.below(kServers);
    PickTarget& target = lived.target(place);
    const auto percent = static_cast<std::uint32_t>(random.below(3) * 100);
    switch (random.below(3)) {
      case 0:
        target.identity = random.next();
        break;
      case 1:
        target.full_share = static_cast<std::uint32_t>(random.below(6)) * kShareOfWeight;
        [[fallthrough]];
      default:
        target.share = target.full_share / 100 * percent;
    }
    lived.tell(place);
    REQUIRE(lived.pick(key_of(change)));
    if (change % 20 != 19) continue;
    PlayedPicker fresh = ring();
    for (std::size_t i = 0; i < kServers; ++i) {
      fresh.add("");
      fresh.target(i) = lived.target(kServers - 1 - i);
      fresh.tell(i);
    }
    for (std::size_t i = 0; i < 500; ++i) {
      REQUIRE(lived.pick(key_of(i)).value() == kServers - 1 - fresh.pick(key_of(i)).value());
    }
  }
}

TEST_CASE("where keys go does not change with a new version") {
  PlayedPicker servers = ring();
  for (const char* name : {"a", "b", "c"}) servers.add(name);
  std::string owners;
  for (std::size_t i = 0; i < 32; ++i) owners += servers.name(key_of(i));
  CHECK(owners == "cbcabaacabacbbaaaabcabcabbacacbb");
}

TEST_CASE("with bounded load no server has more than its part times the factor") {
  for (const std::uint32_t percent : {101U, 125U, 200U}) {
    PlayedPicker servers = ring(WhenFull::kNext, percent);
    add(servers, 10);
    servers.add("heavy", 4);
    // Half of all requests have the same key.
    for (std::size_t i = 1; i <= 2000; ++i) {
      const auto place = servers.pick(i % 2 == 0 ? key_of(0) : key_of(i));
      REQUIRE(place);
      servers.set_sessions(*place, servers.target(*place).sessions + 1);
      const double part = servers.target(*place).full_share == 4 * kShareOfWeight ? 4 : 1;
      const double mean = static_cast<double>(i) * part / 14;
      REQUIRE(servers.target(*place).sessions <= std::ceil(mean * percent / 100));
    }
  }
}

TEST_CASE("with bounded load a key stays with its server while that has room in its bound") {
  PlayedPicker bounded = ring(WhenFull::kNext, 125);
  PlayedPicker free = ring();
  for (PlayedPicker* servers : {&bounded, &free}) add(*servers, 10);
  for (std::size_t i = 0; i < 10; ++i) bounded.set_sessions(i, 100);
  for (std::size_t i = 0; i < 1000; ++i) REQUIRE(bounded.pick(key_of(i)) == free.pick(key_of(i)));
  bounded.set_sessions(free.pick(key_of(1)).value(), 200);
  CHECK(bounded.pick(key_of(1)) != free.pick(key_of(1)));
}

TEST_CASE("a full server is waited for, or passed over, as configured") {
  for (const bool consistent : {true, false}) {
    PlayedPicker waits = consistent ? ring() : map();
    PlayedPicker goes_on = consistent ? ring(WhenFull::kNext) : map(WhenFull::kNext);
    for (PlayedPicker* servers : {&waits, &goes_on}) add(*servers, 4);
    const std::size_t own = waits.pick(key_of(5)).value();
    CHECK(goes_on.pick(key_of(5)) == own);
    for (PlayedPicker* servers : {&waits, &goes_on}) servers->set_room(own, false);
    CHECK(waits.pick(key_of(5)) == own);
    CHECK(goes_on.pick(key_of(5)) != own);
    CHECK(waits.pick(key_of(5), own) != own);
    for (std::size_t i = 0; i < 4; ++i) goes_on.set_room(i, false);
    CHECK_FALSE(goes_on.pick(key_of(5)));
  }
}

TEST_CASE("all keys go to the one server there is; nowhere without any") {
  for (const bool consistent : {true, false}) {
    PlayedPicker servers = consistent ? ring() : map();
    CHECK_FALSE(servers.pick(1));
    add(servers, 3);
    servers.set_up(0, false);
    servers.set_up(2, false);
    for (std::size_t i = 0; i < 100; ++i) REQUIRE(servers.pick(key_of(i)) == 1);
    servers.set_up(1, false);
    CHECK_FALSE(servers.pick(1));
  }
}

TEST_CASE("points follow the weights, so a ring's size does too") {
  RingPicker picker(WhenFull::kWait, 0);
  const auto tell = [&](std::size_t place, std::uint32_t weight) {
    const std::uint32_t share = weight * kShareOfWeight;
    picker.update(place, {.identity = place + 1, .full_share = share, .share = share});
    (void)picker.pick({.key = 1});
  };
  tell(0, 1);
  tell(1, 1);
  CHECK(picker.points() == 2 * RingPicker::kPoints);
  tell(1, 256);
  CHECK(picker.points() == RingPicker::kPoints + RingPicker::kPoints / 256);
  tell(1, 0);
  tell(2, 3);
  CHECK(picker.points() == RingPicker::kPoints / 2 + RingPicker::kPoints * 3 / 2);
}

/// The key of a request by those parts, as text of the head.
std::optional<std::uint64_t> key(const std::vector<HashPart>& on, std::string_view head,
                                 unsigned depth = 0) {
  http::RequestParser parser;
  http::RequestHead request;
  REQUIRE(parser.parse(head, request).complete());
  return hash_key({.algorithm = Algorithm::kHash, .on = on, .depth = depth}, request, "192.0.2.7");
}

std::optional<std::uint64_t> key(const std::vector<HashPart>& on, std::string_view target,
                                 std::string_view fields, unsigned depth = 0) {
  return key(on, base::concat("GET ", target, " HTTP/1.1\r\nHost: A.Example\r\n", fields, "\r\n"),
             depth);
}

using enum HashPart::Kind;

TEST_CASE("what of a request is hashed") {
  CHECK(key({{kSource}}, "/", "") == hash_key("192.0.2.7"));
  CHECK(key({{kPath}}, "/a/b?x=1", "") == stable_hash("/a/b"));
  CHECK(key({{kUri}}, "/a/b?x=1", "") == stable_hash("/a/b?x=1"));
  CHECK(key({{kHost}}, "/", "") == stable_hash("a.example"));
  CHECK(key({{kHeader, "X-User"}}, "/", "x-user:  joe \r\n") == stable_hash("joe"));
  CHECK(key({{kCookie, "sid"}}, "/", "Cookie: a=1; sid=7\r\n") == stable_hash("7"));
  CHECK(key({{kQuery, "id"}}, "/a?x=1&id=9", "") == stable_hash("9"));
}

TEST_CASE("a host is the same in all ways to name it") {
  const auto host = [](std::string_view head) { return key({{kHost}}, head); };
  const std::uint64_t same = stable_hash("a.example");
  CHECK(host("GET / HTTP/1.1\r\nHost: A.Example:8080\r\n\r\n") == same);
  CHECK(host("GET / HTTP/1.1\r\nHost: a.example.\r\n\r\n") == same);
  CHECK(host("GET http://a.example:8080/ HTTP/1.1\r\nHost: a.example:8080\r\n\r\n") == same);
  CHECK(host("GET http://A.example/ HTTP/1.0\r\n\r\n") == same);
  CHECK_FALSE(host("GET / HTTP/1.0\r\n\r\n"));
}

TEST_CASE("of a path as many parts count as the depth says") {
  CHECK(path_of("/a/b/c?x", 0) == "/a/b/c");
  CHECK(path_of("/a/b/c", 1) == "/a");
  CHECK(path_of("/a/b/c", 2) == "/a/b");
  CHECK(path_of("/a/b/c", 9) == "/a/b/c");
  CHECK(path_of("/?a/b", 1) == "/");
  CHECK(path_of("*", 1) == "*");
  CHECK(key({{kPath}}, "/a/b/c", "", 1) == key({{kPath}}, "/a/d", "", 1));
}

TEST_CASE("cookies and parameters are found by their whole names") {
  CHECK(key({{kCookie, "sid"}}, "/", "Cookie: xsid=1; sid2=2; sid\r\ncookie: sid=3\r\n") ==
        stable_hash("3"));
  CHECK_FALSE(key({{kCookie, "sid"}}, "/", "Cookie: SID=1;;=\r\n"));
  CHECK(key({{kCookie, "sid"}}, "/", "Cookie: sid = 3\r\n") == stable_hash("3"));
  CHECK(key({{kQuery, "id"}}, "/a?idx=1&id&id=2", "") == stable_hash(""));
  CHECK_FALSE(key({{kQuery, "id"}}, "/id=1", ""));
}

TEST_CASE("without any of the parts there is no key; with some there is") {
  CHECK_FALSE(key({{kHeader, "X-User"}}, "/", ""));
  CHECK_FALSE(key({{kHeader, "X-User"}, {kCookie, "sid"}}, "/", ""));
  CHECK(key({{kHeader, "X-User"}, {kHost}}, "/", ""));
}

TEST_CASE("parts that add up to the same bytes are different keys all the same") {
  const std::vector<HashPart> two{{kHeader, "A"}, {kHeader, "B"}};
  CHECK(key(two, "/", "A: ab\r\nB: c\r\n") != key(two, "/", "A: a\r\nB: bc\r\n"));
  CHECK(key(two, "/", "A: ab\r\n") != key(two, "/", "B: ab\r\n"));
  CHECK(key(two, "/", "A: a\r\n") != key(two, "/", "A: a\r\nB:\r\n"));
}

TEST_CASE("the fuzz corpus of keys is replayed") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/hash_key", fuzz::fuzz_hash_key) >= 20);
}

}  // namespace
}  // namespace hapair::lb::test
