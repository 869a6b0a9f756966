// Servers that come, go and change their share while the backend chooses among them.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "liblb/core/backend.hpp"

using namespace hapair;
using namespace hapair::lb;

namespace {

constexpr base::Instant kNow{};

ServerSettings named(std::string name, std::uint32_t weight = 1, std::uint16_t tier = 0) {
  return {.name = std::move(name), .weight = weight, .tier = tier};
}

std::size_t add_up(Backend& backend, ServerSettings settings) {
  const std::size_t place = backend.add_server(std::move(settings), kNow);
  backend.set_health(place, {}, kNow);
  return place;
}

struct Session final : ServerSession {
  void on_server_down(base::Instant /*now*/) override {}
};

/// Who is picked in so many turns: "a3 b1".
std::string chosen(Backend& backend, unsigned turns) {
  std::map<std::string, unsigned> count;
  for (unsigned i = 0; i < turns; ++i) {
    const auto picked = backend.pick();
    ++count[picked ? backend.server(*picked).name() : "none"];
  }
  std::string text;
  for (const auto& [name, number] : count) text += name + std::to_string(number) + " ";
  return text;
}

}  // namespace

TEST_CASE("a server that is added gets traffic once its health says so") {
  Backend backend({.name = "web", .servers = {named("a")}}, kNow);
  const std::size_t b = backend.add_server(named("b"), kNow);
  CHECK(chosen(backend, 4) == "a4 ");
  backend.set_health(b, {}, kNow);
  CHECK(chosen(backend, 4) == "a2 b2 ");
  CHECK(backend.usable_servers() == 2);
}

TEST_CASE("a server that is removed gets none, and no health brings it back") {
  Backend backend({.name = "web", .servers = {named("a"), named("b")}}, kNow);
  backend.remove_server(0, kNow);
  CHECK(chosen(backend, 3) == "b3 ");
  CHECK(backend.usable_servers() == 1);
  CHECK_FALSE(backend.has_alternative(1));
  backend.remove_server(1, kNow);
  CHECK(chosen(backend, 1) == "none1 ");
}

TEST_CASE("the place of a removed server is given on when nobody holds it any more") {
  Backend backend({.name = "web", .servers = {named("a"), named("b")}}, kNow);
  ServerHold hold(backend.server(0));
  backend.remove_server(0, kNow);
  CHECK(add_up(backend, named("c")) == 2);
  CHECK(backend.server(0).name() == "a");
  hold = ServerHold(backend.server(1));
  CHECK(backend.server(0).vacant());
  CHECK(add_up(backend, named("d")) == 0);
  CHECK(backend.server(0).name() == "d");
  CHECK(chosen(backend, 6) == "b2 c2 d2 ");
  CHECK(backend.size() == 3);
}

TEST_CASE("a limit comes and goes with the servers that have one") {
  Backend backend({.name = "web", .servers = {named("a")}}, kNow);
  ServerSettings limited = named("b");
  limited.max_connections = 1;
  const std::size_t b = add_up(backend, limited);
  CHECK(backend.limited());
  backend.remove_server(b, kNow);
  CHECK_FALSE(backend.limited());
}

TEST_CASE("a tier is used while no lower one takes traffic") {
  Backend backend({.name = "web", .servers = {named("a"), named("b", 3, 1), named("c", 1, 1)}},
                  kNow);
  CHECK(chosen(backend, 4) == "a4 ");
  backend.set_health(0, {.standing = Standing::kDown}, kNow);
  CHECK(chosen(backend, 4) == "b3 c1 ");
  backend.set_health(0, {}, kNow);
  // One that just failed is tried again before a higher tier is used: its checks decide.
  CHECK_FALSE(backend.has_alternative(0));
  CHECK(backend.pick(0) == 0);
  backend.set_share(0, 0, 0, kNow);
  CHECK(chosen(backend, 4) == "b3 c1 ");
  backend.set_share(0, 1, 0, kNow);
  CHECK(chosen(backend, 4) == "a4 ");
}

TEST_CASE("a full tier makes others wait instead of passing them on") {
  ServerSettings full = named("a");
  full.max_connections = 1;
  Backend backend({.name = "web", .servers = {full, named("b", 1, 1)}}, kNow);
  CHECK_FALSE(backend.must_wait(false));
  Session session;
  backend.begin_session(0, session, kNow);
  CHECK(backend.must_wait(false));
}

TEST_CASE("a share that changes counts from the next choice on") {
  Backend backend({.name = "web", .servers = {named("a"), named("b")}}, kNow);
  backend.set_share(1, 3, 0, kNow);
  CHECK(chosen(backend, 8) == "a2 b6 ");
}
