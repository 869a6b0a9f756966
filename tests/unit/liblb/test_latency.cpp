// Times are recorded where their phase ends, in the distributions of frontend and backend.
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::seconds;

struct Both {
  explicit Both(const Engine& engine) {
    for (const LatencyView& view : engine.latencies()) {
      if (view.frontend != nullptr) frontend = view.frontend;
      if (view.backend != nullptr) backend = view.backend;
    }
  }
  const FrontendLatency* frontend = nullptr;
  const BackendLatency* backend = nullptr;
};

TEST_CASE("of a request each phase is recorded once, of a kept connection no connecting") {
  HttpFixture f;
  auto [client, server] = f.get();
  f.let_pass(seconds(3));
  f.answer(*server, *client);
  client->send(kGet);
  (void)f.receive_until(*server, kHeadEnd);
  f.answer(*server, *client);
  f.settle();
  const Both of(f.engine);
  CHECK(of.frontend->request.count() == 2);
  CHECK(of.frontend->total.count() == 2);
  CHECK(of.frontend->total.max() >= seconds(3));
  CHECK(of.backend->connect.count() == 1);
  CHECK(of.backend->response.count() == 2);
  CHECK(of.backend->response.max() >= seconds(3));
  CHECK(of.backend->total.count() == 2);
}

TEST_CASE("the times of a server are kept where that is wanted, and only there") {
  for (const bool wanted : {false, true}) {
    Fixture f;
    FakeServer target;
    f.engine.add_backend(
        {.name = "web",
         .servers = {{.name = "s1", .endpoint = target.endpoint(), .histograms = wanted}}});
    f.engine.set_server_health(0, 0, {});
    auto client = f.connect(f.add_frontend({.backend = 0}));
    client->send(kGet);
    auto server = f.accept(target);
    (void)f.receive_until(*server, kHeadEnd);
    f.let_pass(seconds(3));
    server->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    (void)f.receive_until(*client, kHeadEnd);
    f.settle();
    const auto views = f.engine.server_latencies(10);
    REQUIRE(views.size() == (wanted ? 1 : 0));
    CHECK(f.engine.server_latencies(0).empty());
    if (!wanted) continue;
    CHECK(views[0].backend == "web");
    CHECK(views[0].server == "s1");
    CHECK(views[0].times->connect.count() == 1);
    CHECK(views[0].times->response.max() >= seconds(3));
    CHECK(views[0].times->total.count() == 1);
  }
}

TEST_CASE("a request that was not understood has a total and no request time") {
  HttpFixture f;
  auto client = f.connect();
  client->send("nonsense\r\n\r\n");
  (void)f.receive_all(*client);
  f.settle();
  const Both of(f.engine);
  CHECK(of.frontend->request.count() == 0);
  CHECK(of.frontend->total.count() == 1);
  CHECK(of.backend->total.count() == 0);
}

TEST_CASE("of a TCP connection the connecting and the whole are recorded") {
  Fixture f;
  FakeServer target;
  f.add_backend({target.endpoint()}, {.mode = Mode::kTcp});
  auto client = f.connect(f.add_frontend({.mode = Mode::kTcp, .backend = 0}));
  auto server = f.accept(target);
  client->close();
  server->close();
  CHECK(f.run_until([&] { return f.engine.session_count() == 0; }));
  const Both of(f.engine);
  CHECK(of.backend->connect.count() == 1);
  CHECK(of.backend->total.count() == 1);
  CHECK(of.frontend->total.count() == 1);
  CHECK(of.frontend->request.count() == 0);
}

}  // namespace
}  // namespace hapair::lb::test
