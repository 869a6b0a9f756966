// What one engine knows of clients and has counted, in another one.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/base/histogram.hpp"
#include "common/base/log.hpp"
#include "common/event/clock.hpp"
#include "common/event/event_loop.hpp"
#include "liblb/core/engine_memory.hpp"
#include "liblb/core/keeping_view.hpp"
#include "liblb/core/stats_snapshot.hpp"
#include "liblb/io/engine.hpp"

namespace hapair::lb {
namespace {

using namespace std::chrono_literals;

struct Bench {
  explicit Bench(const std::vector<std::string>& servers) {
    loop = std::move(*event::EventLoop::create());
    engine = std::make_unique<Engine>(*loop, log, EngineSettings{});
    ClientTableSettings table{.name = "clients"};
    table.counters = {{RateOf::kRequests, 60s}, {RateOf::kErrors, 10s}};
    engine->add_table(table);
    BackendSettings backend;
    backend.name = "web";
    backend.stick = StickSettings{};
    for (const std::string& name : servers) {
      ServerSettings server;
      server.name = name;
      server.histograms = true;
      server.endpoint = {base::IpAddress::parse("127.0.0.1").value(), 9};
      backend.servers.push_back(server);
    }
    engine->add_backend(std::move(backend));
  }

  [[nodiscard]] TableView table(std::string_view name) const {
    for (const TableView& each : engine->keeping().tables) {
      if (each.name == name) return each;
    }
    FAIL("no such table");
    return {};
  }

  base::Logger log;
  std::unique_ptr<event::EventLoop> loop;
  std::unique_ptr<Engine> engine;
};

}  // namespace

TEST_CASE("tables go over: counters by their kind, servers by their names") {
  Bench before({"one", "two"});
  REQUIRE(before.engine->set_client("clients", "10.0.0.1", {.figures = {{RateOf::kRequests, 5}}}));
  REQUIRE(before.engine->set_client("clients", "10.0.0.2", {.figures = {{RateOf::kErrors, 3}}}));
  REQUIRE(before.engine->set_client("stick:web", "10.0.0.1", {.server = "two"}));
  REQUIRE(before.engine->set_client("stick:web", "10.0.0.3", {.server = "one"}));
  Bench after({"two"});
  after.engine->adopt(before.engine->memory(event::now()));
  const TableView clients = after.table("clients");
  REQUIRE(clients.clients.size() == 2);
  CHECK(clients.clients[0].key == "10.0.0.2");  // the last one first
  CHECK(clients.clients[0].figures[1].second == 3);
  CHECK(clients.clients[1].figures[0].second == 5);
  const TableView sticks = after.table("stick:web");
  REQUIRE(sticks.clients.size() == 1);
  CHECK(sticks.clients[0].key == "10.0.0.1");
  CHECK(sticks.clients[0].server == "two");
}

TEST_CASE("the times of servers go over, by their names") {
  base::Histogram times;
  times.record(3ms);
  EngineMemory memory;
  memory.counted.push_back({.name = "server web/two", .latency = {{}, times.figures(), {}}});
  Bench before({"one", "two"});
  before.engine->adopt(memory);
  Bench after({"two", "three"});
  after.engine->adopt(before.engine->memory(event::now()));
  const auto views = after.engine->server_latencies(10);
  REQUIRE(views.size() == 2);
  CHECK(views[0].server == "two");
  CHECK(views[0].times->response.count() == 1);
  CHECK(views[0].times->response.max() == 3ms);
  CHECK(views[0].times->total.count() == 0);
  CHECK(views[1].times->response.count() == 0);
}

TEST_CASE("rows that are missing are no rows") {
  Bench after({"one"});
  EngineMemory memory;
  memory.tables.push_back({.name = "clients", .counters = {{RateOf::kRequests, 60s}}});
  memory.tables[0].keys.resize(2);
  memory.tables[0].last_uses.resize(2);
  memory.tables.push_back({.name = "stick:web", .servers = {"one"}});
  memory.tables[1].keys.resize(1);
  memory.tables[1].last_uses.resize(1);
  memory.tables[1].server_of = {7};
  after.engine->adopt(memory);
  CHECK(after.table("clients").entries == 0);
  CHECK(after.table("stick:web").entries == 0);
}

}  // namespace hapair::lb
