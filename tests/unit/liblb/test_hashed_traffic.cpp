// Hashed requests and connections as they come through an engine.
#include <doctest/doctest.h>

#include <set>

#include "tests/unit/liblb/engine_fixture.hpp"
#include "tests/unit/liblb/played_sides.hpp"

namespace hapair::lb::test {
namespace {

BackendSettings hashed(HashPart part, Mode mode = Mode::kHttp) {
  return {.mode = mode, .balance = {.algorithm = Algorithm::kHash, .on = {std::move(part)}}};
}

/// The same with two servers, for a scene.
BackendSettings hashed_two(HashPart part) {
  BackendSettings settings = hashed(std::move(part));
  settings.servers = {{.name = "a"}, {.name = "b"}};
  return settings;
}

/// Two servers behind a frontend.
struct Two : Fixture {
  explicit Two(BackendSettings settings, ServerSettings like = {}) {
    const Mode mode = settings.mode;
    add_backend({one.endpoint(), other.endpoint()}, std::move(settings), std::move(like));
    front = add_frontend({.mode = mode, .backend = 0});
  }
  [[nodiscard]] std::uint64_t selected(const std::string& server) const {
    return row_of(engine.stats(), server).lbtot.value_or(0);
  }

  FakeServer one, other;
  base::Endpoint front;
};

TEST_CASE("all connections of one client address go to one server in mode tcp") {
  Two f(hashed({}, Mode::kTcp));
  std::vector<std::unique_ptr<Peer>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(f.connect(f.front));
    f.send_and_settle(*clients.back(), "x");
  }
  CHECK(f.selected("s1") + f.selected("s2") == 6);
  CHECK((f.selected("s1") == 0 || f.selected("s2") == 0));
}

TEST_CASE("connections of a client wait for its server while that is full") {
  Two f(hashed({}, Mode::kTcp), {.max_connections = 1});
  auto first = f.connect(f.front);
  f.send_and_settle(*first, "1");
  auto second = f.connect(f.front);
  f.send_and_settle(*second, "2");
  CHECK(f.selected("s1") + f.selected("s2") == 1);
  CHECK(row_of(f.engine.stats(), "BACKEND").qcur == 1);
  const std::string own = f.selected("s1") == 1 ? "s1" : "s2";
  CHECK(row_of(f.engine.stats(), own).qcur == 1);
  first->abort();
  CHECK(f.run_until([&] { return f.selected(own) == 2; }));
  CHECK(row_of(f.engine.stats(), own).qcur == 0);
}

TEST_CASE("requests go by what they carry, and in turn where they carry nothing") {
  Scene s(2, hashed_two({HashPart::Kind::kHeader, "X-User"}));
  const auto server_for = [&](std::string_view user) {
    s.request.fields.clear();
    if (!user.empty()) s.request.fields.add({.name = "x-user", .value = user});
    s.connector.prepared = {&s.first};
    s.begin();
    s.exchange->on_client_gone(0);
    return s.connector.asked.back();
  };
  const std::size_t joe = server_for("joe");
  for (int i = 0; i < 4; ++i) CHECK(server_for("joe") == joe);
  std::set<std::size_t> others;
  for (int i = 0; i < 16; ++i) others.insert(server_for("user" + std::to_string(i)));
  CHECK(others.size() == 2);
  const std::size_t first = server_for("");
  CHECK(server_for("") == 1 - first);
}

TEST_CASE("a hashed request whose server refuses goes to the next") {
  Scene s(2, hashed_two({HashPart::Kind::kPath, {}}));
  s.request.path = "/a";
  s.begin();
  s.exchange->on_connect_failed(s.now);
  REQUIRE(s.connector.asked.size() == 2);
  CHECK(s.connector.asked[0] != s.connector.asked[1]);
}

}  // namespace
}  // namespace hapair::lb::test
