// An engine that goes on with another generation of tables, backends and frontends.
#include "liblb/io/engine_change.hpp"
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

constexpr base::Duration kTime = std::chrono::seconds(10);

/// One frontend before one backend, both of which may become others.
struct Changing : HttpFixture {
  explicit Changing(std::size_t servers_of = 1, FrontendSettings frontend = {},
                    BackendSettings backend = {})
      : HttpFixture(servers_of, frontend, own_connections(backend)),
        frontend_settings(std::move(frontend)) {
    frontend_settings.name = "front";
    frontend_settings.backend = 0;
    backend_settings = own_connections(std::move(backend));
    backend_settings.name = "pool";
    for (std::size_t i = 0; i < servers.size(); ++i) {
      backend_settings.servers.push_back(
          {.name = base::concat("s", i + 1), .endpoint = servers[i].endpoint()});
    }
  }
  /// Each client's requests come over a connection of its own.
  static BackendSettings own_connections(BackendSettings settings) {
    settings.reuse = ReuseMode::kNever;
    return settings;
  }
  void commit(EngineChange& change) { engine.commit(change, {.deadline = loop->now() + kTime}); }
  void add_frontend_again(EngineChange& change) {
    change.add_frontend(frontend_settings, 0);
    change.add_bind(0, {.name = front.to_string(), .socket = {}, .tls = tls()},
                    EngineChange::BindPlace{0, 0});
  }
  /// All anew under the same names.
  void replace_all() {
    const auto change = engine.begin_change();
    change->add_backend(backend_settings, 0);
    add_frontend_again(*change);
    commit(*change);
  }
  /// On an old generation: the client is told that this was its last one.
  void answer_last(const Ends& ends) {
    ends.server->send(kHello);
    const std::string response = receive_all(*ends.client);
    CHECK(response.find("onnection: close") != std::string::npos);
    CHECK(response.ends_with("hello"));
  }
  [[nodiscard]] std::optional<BindTls> tls() {
    auto context = transport->server();
    return context ? std::optional(BindTls{.context = context}) : std::nullopt;
  }

  FrontendSettings frontend_settings;
  BackendSettings backend_settings;
};

TEST_CASE("what is kept goes on with its connections as if nothing had been") {
  Changing f;
  Ends idle = f.get();
  f.answer(*idle.server, *idle.client);
  Ends busy = f.get();
  const auto change = f.engine.begin_change();
  change->keep_backend(0);
  change->keep_shelf();
  change->keep_frontend(0);
  f.commit(*change);
  f.settle();
  CHECK(f.engine.old_generations() == 0);
  idle.client->send(kGet);
  CHECK(f.receive_until(*idle.server, kHeadEnd) == kGet);
  f.answer(*idle.server, *idle.client);
  f.answer(*busy.server, *busy.client);
  CHECK(row_of(f.engine.stats(), "FRONTEND").req_tot == 3);
  CHECK(f.engine.stats().changes == 1);
}

TEST_CASE("a change that is not committed leaves no trace") {
  Changing f;
  Ends ends = f.get();
  {
    const auto change = f.engine.begin_change();
    change->add_backend(f.backend_settings, 0);
    f.add_frontend_again(*change);
  }
  f.answer(*ends.server, *ends.client);
  ends.client->send(kGet);
  CHECK(f.receive_until(*ends.server, kHeadEnd) == kGet);
  f.answer(*ends.server, *ends.client);
  CHECK(f.engine.old_generations() == 0);
}

TEST_CASE("on a changed frontend requests end with a close, and new clients get the new one") {
  Changing f;
  Ends idle = f.get();
  f.answer(*idle.server, *idle.client);
  Ends busy = f.get();
  f.replace_all();
  CHECK(f.engine.old_generations() == 1);
  CHECK(f.engine.stats().old_sessions == 2);
  idle.client->send(kGet);  // it may have been under way: it is served
  idle.server = f.accept();
  CHECK(f.receive_until(*idle.server, kHeadEnd) == kGet);
  idle.server->send(kHello);
  CHECK(f.receive_all(*idle.client).find("onnection: close") != std::string::npos);

  Ends fresh = f.get();  // over the same address, while the old one is still there
  f.answer(*fresh.server, *fresh.client);

  f.answer_last(busy);
  CHECK(f.run_until([&] { return f.engine.old_generations() == 0; }));
  const StatsSnapshot stats = f.engine.stats();
  CHECK(row_of(stats, "FRONTEND").req_tot == 4);  // all counted together
  CHECK(row_of(stats, "FRONTEND").scur == 1);
  CHECK(row_of(stats, "s1").stot == 4);
  CHECK(row_of(stats, "BACKEND").scur == 0);
}

TEST_CASE("what does not end on an old generation is cut at the deadline") {
  Changing f;
  Ends busy = f.get();
  f.replace_all();
  f.let_pass(kTime - std::chrono::seconds(1));
  CHECK(f.engine.old_generations() == 1);
  f.let_pass(std::chrono::seconds(1));
  CHECK(f.run_until([&] { return f.engine.old_generations() == 0; }));
  CHECK(f.run_until([&] {
    busy.client->receive();
    return busy.client->over();
  }));
}

TEST_CASE("who drains the whole waits for connections of old generations, too") {
  Changing f;
  Ends busy = f.get();
  f.replace_all();
  std::optional<DrainReport> report;
  f.engine.begin_drain(f.loop->now() + kTime, [&](const DrainReport& told) { report = told; });
  f.settle();
  CHECK_FALSE(report.has_value());
  f.answer_last(busy);
  CHECK(f.run_until([&] { return report.has_value(); }));
  CHECK(report->left == 0);
  CHECK(f.run_until([&] { return f.engine.old_generations() == 0; }));
}

TEST_CASE("who finishes beside another process serves what idle clients have under way") {
  Changing f;
  Ends idle = f.get();
  f.answer(*idle.server, *idle.client);
  Ends silent = f.get();
  f.answer(*silent.server, *silent.client);
  std::optional<DrainReport> report;
  f.engine.finish(f.loop->now() + kTime, [&](const DrainReport& told) { report = told; });
  f.settle();
  idle.client->send(kGet);
  CHECK(f.receive_until(*idle.server, kHeadEnd) == kGet);
  f.answer_last(idle);
  f.let_pass(kTime * 9 / 10);
  CHECK(f.run_until([&] {  // the other one is let go without a word
    silent.client->receive();
    return silent.client->over();
  }));
  CHECK(f.run_until([&] { return report.has_value(); }));
  CHECK(report->left == 0);
}

TEST_CASE("idle clients of an old generation are let go shortly before its deadline") {
  Changing f;
  Ends idle = f.get();
  f.answer(*idle.server, *idle.client);
  f.replace_all();
  f.let_pass(kTime * 9 / 10);
  CHECK(f.receive_all(*idle.client).empty());
  CHECK(f.run_until([&] { return f.engine.old_generations() == 0; }));
}

TEST_CASE("many changes under traffic leave nothing behind") {
  Changing f;
  for (int i = 0; i < 50; ++i) {
    Ends busy = f.get();
    f.replace_all();
    busy.server->send(kHello);
    CHECK(f.receive_all(*busy.client).ends_with("hello"));
  }
  CHECK(f.run_until([&] { return f.engine.old_generations() == 0; }));
  CHECK(row_of(f.engine.stats(), "FRONTEND").req_tot == 50);
  CHECK(f.engine.session_count() == 0);
}

TEST_CASE("servers of an old generation hear of their health while it lasts") {
  Changing f(2, {}, {.tries = 2, .redispatch = true});
  f.engine.set_server_health(0, 1, {.standing = Standing::kDown, .state = "DOWN"});
  Ends busy = f.get();  // at the first
  f.replace_all();
  // What is known of servers is told anew; nothing has happened in between.
  f.engine.set_server_health(0, 0, {.standing = Standing::kUp});
  f.engine.set_server_health(0, 1, {.standing = Standing::kDown, .state = "DOWN"});
  for (int i = 0; i < 4; ++i) {
    Ends ends = f.get();  // always the first
    f.answer(*ends.server, *ends.client);
  }
  CHECK(row_of(f.engine.stats(), "s2").stot == 0);
  f.answer_last(busy);
}

TEST_CASE("who waits in an old generation does not get a server that is removed") {
  Changing f(2);
  for (const std::size_t server : {0U, 1U}) f.engine.set_server_limit(0, server, 1);
  f.engine.set_server_health(0, 1, {.standing = Standing::kDown, .state = "DOWN"});
  Ends first = f.get();
  f.engine.set_server_health(0, 1, {.standing = Standing::kUp});
  Ends second;
  second.client = f.connect();
  second.client->send(kGet);
  second.server = f.Fixture::accept(f.servers[1]);
  CHECK(f.receive_until(*second.server, kHeadEnd) == kGet);
  Ends waits;
  waits.client = f.connect();
  f.send_and_settle(*waits.client, kGet);
  f.replace_all();
  for (const std::size_t server : {0U, 1U}) {
    f.engine.set_server_health(0, server, {.standing = Standing::kUp});
  }
  f.engine.remove_server(0, 0);
  f.answer_last(first);
  f.settle();
  f.answer_last(second);
  waits.server = f.Fixture::accept(f.servers[1]);
  CHECK(f.receive_until(*waits.server, kHeadEnd) == kGet);
  f.answer_last(waits);
}

TEST_CASE("a frontend that is gone accepts no more, and its clients end in their time") {
  Changing f;
  Ends busy = f.get();
  const auto change = f.engine.begin_change();
  change->keep_backend(0);
  f.commit(*change);
  f.settle();
  f.answer_last(busy);
  CHECK(f.run_until([&] { return f.engine.old_generations() == 0; }));
  CHECK(f.engine.stats().rows.size() == 2);  // server and backend
}

TEST_CASE("stick tables go with the backend to its next generation, wherever servers are") {
  BackendSettings settings;
  settings.stick = StickSettings{};
  Changing f(2, {}, settings);
  Ends ends = f.get();
  f.answer(*ends.server, *ends.client);
  const bool first = row_of(f.engine.stats(), "s1").stot == 1;
  std::ranges::reverse(f.backend_settings.servers);
  f.backend_settings.retry_on.empty_response = true;
  f.replace_all();
  for (int i = 0; i < 3; ++i) {
    Ends again;
    again.client = f.connect();
    again.client->send(kGet);
    again.server = f.Fixture::accept(f.servers[first ? 0 : 1]);
    CHECK(f.receive_until(*again.server, kHeadEnd) == kGet);
    f.answer(*again.server, *again.client);
    again.server.reset();
    f.settle();
  }
}

TEST_CASE("a bind whose group has another number stays open; one of another group waits") {
  Fixture f;
  FakeServer server;
  FrontendSettings settings;
  settings.backend = f.add_backend({server.endpoint()});
  const base::Endpoint at = f.add_frontend(settings, 3);
  f.engine.enable_binds(3);
  {
    const auto change = f.engine.begin_change();
    change->keep_backend(0);
    change->keep_shelf();
    change->keep_frontend(0);
    f.engine.commit(*change, {.groups = {{3, 5}}, .deadline = f.loop->now() + kTime});
  }
  CHECK(row_of(f.engine.stats(), "FRONTEND").status == "OPEN");
  f.engine.disable_binds(3, false);
  CHECK(row_of(f.engine.stats(), "FRONTEND").status == "OPEN");
  const auto change = f.engine.begin_change();
  change->keep_backend(0);
  settings.name = "front";
  change->add_frontend(settings, 0);
  change->add_bind(0, {.name = at.to_string(), .socket = {}, .group = 7},
                   EngineChange::BindPlace{0, 0});
  f.engine.commit(*change, {.groups = {{5, 5}}, .deadline = f.loop->now() + kTime});
  CHECK(row_of(f.engine.stats(), "FRONTEND").status == "STOP");
  f.engine.enable_binds(7);
  CHECK(row_of(f.engine.stats(), "FRONTEND").status == "OPEN");
}

}  // namespace
}  // namespace hapair::lb::test
