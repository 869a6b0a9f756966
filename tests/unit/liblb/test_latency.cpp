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
