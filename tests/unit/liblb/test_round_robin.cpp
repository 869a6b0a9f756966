// The choice of a server, pick by pick.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "liblb/core/backend.hpp"

namespace hapair::lb::test {
namespace {

Backend backend_with(const std::vector<std::uint32_t>& weights) {
  BackendSettings settings;
  for (std::uint32_t weight : weights)
    settings.servers.push_back({.name = "s", .endpoint = {}, .weight = weight});
  return Backend(settings, {});
}

/// The next picks as letters: a for the first server, "-" for none.
std::string picked(Backend& backend, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    const auto index = backend.pick();
    out += index ? static_cast<char>('a' + *index) : '-';
  }
  return out;
}

void set_usable(Backend& backend, std::size_t index, bool usable) {
  backend.set_health(index, {.standing = usable ? Standing::kUp : Standing::kDown}, {});
}

TEST_CASE("equal weights take turns") {
  Backend backend = backend_with({1, 1, 1});
  CHECK(picked(backend, 7) == "abcabca");
}

TEST_CASE("weights decide how often, and turns are spread out") {
  Backend backend = backend_with({5, 1, 1});
  CHECK(picked(backend, 14) == "abaaacaabaaaca");
  Backend customer = backend_with({30, 20});
  CHECK(picked(customer, 10) == "ababaababa");
}

TEST_CASE("the largest weights do not overflow") {
  Backend backend = backend_with({256, 256, 1});
  std::size_t third = 0;
  for (char pick : picked(backend, 513)) third += pick == 'c' ? 1 : 0;
  CHECK(third == 1);
}

TEST_CASE("a server of weight 0 is never picked") {
  Backend backend = backend_with({0, 1});
  CHECK(picked(backend, 3) == "bbb");
  Backend none = backend_with({0});
  CHECK(picked(none, 2) == "--");
}

TEST_CASE("a server that is down is left out and comes back without a burst") {
  Backend backend = backend_with({1, 1, 1});
  CHECK(picked(backend, 2) == "ab");
  set_usable(backend, 1, false);
  CHECK(picked(backend, 5) == "cacac");
  set_usable(backend, 1, true);
  std::string after = picked(backend, 6);
  CHECK(std::count(after.begin(), after.end(), 'b') == 2);
}

TEST_CASE("a last resort is picked only where no server is up") {
  Backend backend = backend_with({1, 1, 1});
  backend.set_health(0, {.standing = Standing::kLastResort}, {});
  CHECK(picked(backend, 4) == "bcbc");
  CHECK(backend.usable_servers() == 3);
  set_usable(backend, 1, false);
  backend.set_health(2, {.standing = Standing::kDraining}, {});
  CHECK(picked(backend, 2) == "aa");
  CHECK(backend.has_alternative(1));
  CHECK_FALSE(backend.has_alternative(0));
}

TEST_CASE("new traffic goes nowhere that drains, is unknown or out") {
  Backend backend = backend_with({1, 1, 1});
  backend.set_health(0, {.standing = Standing::kDraining}, {});
  backend.set_health(1, {.standing = Standing::kUnknown}, {});
  backend.set_health(2, {.standing = Standing::kOut}, {});
  CHECK(picked(backend, 2) == "--");
  CHECK(backend.usable_servers() == 0);
}

TEST_CASE("an agent's share of the weight counts at once, and 0 means nothing") {
  Backend backend = backend_with({2, 2});
  backend.set_health(0, {.weight_percent = 50}, {});
  CHECK(picked(backend, 6) == "babbab");
  backend.set_health(0, {.weight_percent = 0}, {});
  CHECK(picked(backend, 3) == "bbb");
  backend.set_health(1, {.standing = Standing::kLastResort}, {});
  CHECK(picked(backend, 3) == "bbb");  // one that is up, but has no share, is no server to wait for
  backend.set_health(0, {.weight_percent = 256}, {});
  CHECK(picked(backend, 3) == "aaa");
}

TEST_CASE("a server that drains is not down, and says since when") {
  const auto at = [](int seconds) { return base::from_ns(seconds * 1'000'000'000LL); };
  Backend backend = backend_with({1});
  backend.set_health(0, {.standing = Standing::kDraining}, at(10));
  CHECK(backend.server(0).since() == at(10));
  CHECK(backend.server(0).downtime(at(25)) == std::chrono::seconds(0));
  backend.set_health(0, {.standing = Standing::kOut}, at(30));
  CHECK(backend.server(0).downtime(at(35)) == std::chrono::seconds(5));
}

TEST_CASE("without a usable server none is picked") {
  Backend backend = backend_with({1, 1});
  set_usable(backend, 0, false);
  set_usable(backend, 1, false);
  CHECK(picked(backend, 2) == "--");
  CHECK(backend.usable_servers() == 0);
}

TEST_CASE("a server to avoid is picked only when there is no other") {
  Backend backend = backend_with({100, 1, 0});
  CHECK(backend.pick(0) == 1);
  set_usable(backend, 1, false);
  CHECK(backend.pick(0) == 0);
}

TEST_CASE("since when a server and its backend are what they are") {
  const auto at = [](int seconds) { return base::from_ns(seconds * 1'000'000'000LL); };
  Backend backend = backend_with({1});
  backend.set_health(0, {.standing = Standing::kDown}, at(10));
  backend.set_health(0, {.standing = Standing::kDown, .reason = "still"}, at(20));
  CHECK(backend.server(0).since() == at(10));
  CHECK(backend.since() == at(10));
  CHECK(backend.server(0).downtime(at(25)) == std::chrono::seconds(15));
  backend.set_health(0, {}, at(30));
  CHECK(backend.server(0).downtime(at(40)) == std::chrono::seconds(20));
  CHECK(backend.since() == at(30));
}

}  // namespace
}  // namespace hapair::lb::test
