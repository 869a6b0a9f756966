// How HTTP/2 connections end: on purpose, by time, by a reset of ours.
#include "tests/unit/liblb/h2_client.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;
using http::H2Error;
using std::chrono::seconds;

namespace {

constexpr http::StreamId kLastOfAll = 0x7fffffff;

}  // namespace

TEST_CASE("draining takes two GOAWAYs, and what was begun is finished") {
  H2Fixture f;
  H2Client client = f.client();
  H2Call& call = client.get();
  const auto server = f.accept_request(client);
  bool drained = false;
  f.engine.begin_drain(event::now() + seconds(60), [&](const DrainReport&) { drained = true; });
  CHECK(client.run_until([&] { return client.goaways.size() == 2; }));  // it answers the PING
  CHECK(client.goaways[0] == std::pair{kLastOfAll, H2Error::kNoError});
  CHECK(client.goaways[1] == std::pair{call.id, H2Error::kNoError});
  CHECK_FALSE(call.over());
  server->send(kHello);
  client.finish(call);
  CHECK(call.complete());
  client.await_end();
  client.peer->close();
  CHECK(f.run_until([&] { return drained; }));
}

TEST_CASE("a stream that was on its way when draining began is served") {
  H2Fixture f;
  const auto peer = f.connect();
  peer->send(preface());
  f.settle();
  f.engine.begin_drain(event::now() + seconds(60), [](const DrainReport&) {});
  f.settle();
  peer->send(headers(1, get_fields()));
  std::unique_ptr<Peer> server;
  REQUIRE(f.run_until([&] { return (server = f.servers.front().accept()) != nullptr; }));
  f.let_pass(seconds(2));  // the client answers no PING: the second GOAWAY comes by time
  (void)f.Fixture::receive_until(*server, kHeadEnd);
  server->send(kHello);
  CHECK(f.run_until([&] {
    peer->receive();
    return peer->received.find("hello") != std::string::npos;
  }));
  CHECK(f.run_until([&] {
    peer->receive();
    return peer->over();
  }));
}

TEST_CASE("a client without a request is let go after the time for one") {
  H2Fixture f(1, {.http_request_timeout = seconds(3), .log_null = true});
  H2Client client = f.client();
  client.settle();
  f.let_pass(seconds(4));
  client.settle();
  f.let_pass(seconds(2));
  client.await_end();
  CHECK(client.goaways == std::vector{std::pair{kLastOfAll, H2Error::kNoError}});
  REQUIRE(f.access.lines.size() == 1);
  CHECK(f.access.lines[0].find(" cR-- ") != std::string::npos);
}

TEST_CASE("a client without a further request is let go after the keep-alive time") {
  H2Fixture f(1, {.http_keep_alive_timeout = seconds(3)});
  H2Client client = f.client();
  f.check_works(client);
  f.let_pass(seconds(2));
  f.check_works(client);
  CHECK(client.goaways.empty());
  f.let_pass(seconds(4));
  client.settle();
  f.let_pass(seconds(2));
  client.await_end();
  CHECK(client.goaways == std::vector{std::pair{kLastOfAll, H2Error::kNoError}});
  CHECK(f.counters().connection_errors == 0);
}

TEST_CASE("a head that does not come to its end in time ends the connection") {
  H2Fixture f(1, {.http_request_timeout = seconds(3)});
  const auto peer = f.connect();
  peer->send(preface() + headers(1, get_fields(), kEndStream));
  f.settle();
  f.let_pass(seconds(4));
  CHECK(f.run_until([&] {
    peer->receive();
    return peer->over();
  }));
  CHECK(f.counters().connection_errors == 1);
  REQUIRE(f.access.lines.size() == 1);
  CHECK(f.access.lines[0].find(" 408 ") != std::string::npos);
  CHECK(f.access.lines[0].find(" cR-- ") != std::string::npos);
}

TEST_CASE("a client with an open request that answers no PING is gone") {
  H2Fixture f(1, {.http2 = {.ping_interval = seconds(5)}}, {.server_timeout = seconds(1000)});
  H2Client client = f.client();
  H2Call& call = client.get();
  const auto server = f.accept_request(client);
  f.let_pass(seconds(6));
  CHECK(client.run_until([&] { return client.pings == 1; }));
  client.settle();  // it answers
  f.let_pass(seconds(6));
  CHECK(client.run_until([&] { return client.pings == 2; }));
  CHECK_FALSE(call.over());
  // Now it is silent.
  f.let_pass(seconds(6));
  f.let_pass(seconds(6));
  CHECK(f.run_until([&] {
    server->receive();
    return server->over();
  }));
  CHECK(f.counters().ping_timeouts == 1);
}

TEST_CASE("losing mastership resets the connection and all its streams") {
  H2Fixture f;
  H2Client client = f.client();
  (void)client.get("/1");
  const auto first = f.accept(client);
  (void)client.get("/2");
  const auto second = f.accept(client);
  client.settle();
  f.engine.reset_all();
  CHECK(client.run_until([&] { return client.peer->over(); }));
  for (Peer* server : {first.get(), second.get()}) {
    CHECK(f.run_until([&] {
      server->receive();
      return server->over();
    }));
  }
  CHECK(f.engine.session_count() == 0);
  REQUIRE(f.access.lines.size() == 2);
  CHECK(f.access.lines[0].find(" KH-- ") != std::string::npos);
}

TEST_CASE("a client that goes away takes its requests with it") {
  H2Fixture f;
  auto client = std::make_unique<H2Client>(f, f.connect());
  (void)client->get();
  const auto server = f.accept(*client);
  client->peer->close();
  CHECK(f.run_until([&] {
    server->receive();
    return server->over();
  }));
  CHECK(f.run_until([&] { return f.engine.session_count() == 0; }));
  CHECK(f.counters().connections.current() == 0);
  CHECK(f.counters().streams.current() == 0);
}

TEST_CASE("a stream that is over keeps no server's place") {
  H2Fixture f;
  H2Client client = f.client();
  H2Call& call = client.get();
  const auto server = f.accept_request(client);
  f.engine.remove_server(0, 0);
  CHECK(row_of(f.engine.stats(), "s1").status == "DRAIN");
  server->send(kHello);
  client.finish(call);
  CHECK(f.run_until([&] {
    for (const StatsRow& row : f.engine.stats().rows) {
      if (row.svname == "s1") return false;
    }
    return true;
  }));
}
