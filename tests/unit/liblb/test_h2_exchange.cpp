// Requests over HTTP/2 to servers that speak HTTP/1.1 (RFC 9113, section 8).
#include "tests/unit/liblb/h2_client.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;

TEST_CASE("a request over HTTP/2 reaches the server as HTTP/1.1, and its answer comes back") {
  H2Fixture f;
  H2Client client = f.client();
  H2Call& call = client.request(with(get_fields("/path?q=1"), {{"accept", "*/*"}}));
  const auto server = f.accept(client);
  CHECK(f.receive_until(client, *server, kHeadEnd) ==
        "GET /path?q=1 HTTP/1.1\r\nHost: example.com\r\naccept: */*\r\n\r\n");
  server->send(
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Case: Kept\r\nConnection: x-hop\r\n"
      "X-Hop: 1\r\nKeep-Alive: timeout=5\r\n\r\nhello");
  client.finish(call);
  CHECK(call.complete());
  CHECK(call.status() == "200");
  CHECK(call.fields == FieldTexts{{"x-case", "Kept"}, {"content-length", "5"}});
  CHECK(call.body == "hello");
  REQUIRE(f.access.lines.size() == 1);
  CHECK(f.access.lines[0].find("\"GET /path?q=1 HTTP/2.0\"") != std::string::npos);
  CHECK(f.access.lines[0].find(" 200 ") != std::string::npos);
  CHECK(f.access.lines[0].find(" ---- ") != std::string::npos);
}

TEST_CASE("requests of one connection run side by side, and kept server connections carry them") {
  H2Fixture f;
  H2Client client = f.client();
  H2Call& slow = client.get("/slow");
  const auto first = f.accept(client);
  CHECK(f.receive_until(client, *first, kHeadEnd).starts_with("GET /slow "));
  H2Call& quick = client.get("/quick");
  const auto second = f.accept(client);
  CHECK(f.receive_until(client, *second, kHeadEnd).starts_with("GET /quick "));
  second->send(kHello);
  client.finish(quick);
  CHECK(quick.body == "hello");
  CHECK_FALSE(slow.over());
  H2Call& next = client.get("/next");
  CHECK(f.receive_until(client, *second, kHeadEnd).starts_with("GET /next "));
  second->send(kHello);
  client.finish(next);
  first->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  client.finish(slow);
  CHECK(slow.complete());
  CHECK(slow.body == "abc");
  CHECK(f.counters().streams_total == 3);
  CHECK(f.counters().streams.current() == 0);
  CHECK(f.counters().streams.max() == 2);
  CHECK(f.counters().connections.current() == 1);
}

TEST_CASE("a body of known length keeps its length, one of unknown length goes in chunks") {
  H2Fixture f;
  H2Client client = f.client();
  H2Call& known = client.request(post_fields({{"content-length", "6"}}), false);
  known.send("abcdef", true);
  const auto server = f.accept(client);
  CHECK(f.receive_until(client, *server, "abcdef") ==
        "POST /p HTTP/1.1\r\nHost: a.example\r\nContent-Length: 6\r\n\r\nabcdef");
  server->send("HTTP/1.1 204 No Content\r\n\r\n");
  client.finish(known);
  CHECK(known.complete());
  CHECK(known.status() == "204");
  CHECK(known.body.empty());
  H2Call& unknown = client.request(post_fields(), false);
  unknown.send("abc", false);
  CHECK(f.receive_until(client, *server, "abc\r\n")
            .ends_with("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"));
  unknown.send("de", true);
  CHECK(f.receive_until(client, *server, "0\r\n\r\n") == "2\r\nde\r\n0\r\n\r\n");
  server->send(kHello);
  client.finish(unknown);
  CHECK(unknown.complete());
}

TEST_CASE("trailers pass both ways, as gRPC needs them") {
  H2Fixture f;
  H2Client client = f.client();
  H2Call& call = client.request(post_fields({{"te", "trailers"}}), false);
  call.out_trailers = {{"x-sum", "1"}, {"content-length", "7"}};
  call.send("abc", true);
  const auto server = f.accept(client);
  const std::string request = f.receive_until(client, *server, "0\r\nx-sum: 1\r\n\r\n");
  CHECK(request.starts_with("POST "));
  CHECK(request.find("\r\nTE: trailers\r\n") != std::string::npos);
  server->send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
      "Grpc-Status: 0\r\n\r\n");
  client.finish(call);
  CHECK(call.complete());
  CHECK(call.body == "ok");
  CHECK(call.trailers == FieldTexts{{"grpc-status", "0"}});
}

TEST_CASE("interim responses pass; HEAD and 304 have a length and no body") {
  H2Fixture f;
  H2Client client = f.client();
  FieldTexts fields = get_fields();
  fields[0].second = "HEAD";
  H2Call& head = client.request(fields);
  const auto server = f.accept_request(client);
  server->send(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  client.finish(head);
  CHECK(head.complete());
  CHECK(head.statuses == std::vector<std::string>{"103", "200"});
  CHECK(head.field("content-length") == "1000");
  CHECK(head.body.empty());
  H2Call& unchanged = client.get();
  (void)f.receive_until(client, *server, kHeadEnd);
  server->send("HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: \"x\"\r\n\r\n");
  client.finish(unchanged);
  CHECK(unchanged.complete());
  CHECK(unchanged.status() == "304");
  CHECK(unchanged.field("content-length") == "1000");
}

TEST_CASE("a client that waits for 100 gets it from the server") {
  H2Fixture f;
  H2Client client = f.client();
  H2Call& call =
      client.request(post_fields({{"content-length", "2"}, {"expect", "100-continue"}}), false);
  const auto server = f.accept(client);
  CHECK(f.receive_until(client, *server, kHeadEnd).find("expect: 100-continue") !=
        std::string::npos);
  server->send("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(client.run_until([&] { return call.status() == "100"; }));
  call.send("ab", true);
  CHECK(f.receive_until(client, *server, "ab") == "ab");
  server->send(kHello);
  client.finish(call);
  CHECK(call.complete());
}

TEST_CASE("cookies that came apart go on as one field, and the authority as Host") {
  H2Fixture f;
  H2Client client = f.client();
  H2Call& call = client.request(with(
      get_fields(), {{"cookie", "a=1"}, {"x-a", "b"}, {"cookie", "b=2"}, {"host", "EXAMPLE.com"}}));
  const auto server = f.accept(client);
  CHECK(f.receive_until(client, *server, kHeadEnd) ==
        "GET / HTTP/1.1\r\ncookie: a=1; b=2\r\nx-a: b\r\nhost: EXAMPLE.com\r\n\r\n");
  server->send(kHello);
  client.finish(call);
}

TEST_CASE("a body that no server takes waits in its window, and other requests go on") {
  H2Fixture f;
  H2Client client = f.client();
  const std::string body = numbered_text(8'000'000);
  H2Call& large = client.request(post_fields({{"content-length", "8000000"}}), false);
  const auto server = f.accept(client);
  server->shrink_receive_buffer();
  large.send(body, true);
  std::size_t waiting = 0;
  CHECK(client.run_until([&] {  // until nothing moves any more
    client.settle();
    return large.unsent() == std::exchange(waiting, large.unsent());
  }));
  CHECK(waiting > 0);
  f.check_works(client);
  const auto all_came = [&] {
    server->receive();
    return server->received.ends_with(body);
  };
  CHECK((client.run_until(all_came) || client.run_until(all_came)));  // a busy host takes its time
  server->send(kHello);
  client.finish(large);
  CHECK(large.complete());
}

TEST_CASE("a body in chunks that no server takes goes on as it grew meanwhile") {
  H2Fixture f;
  H2Client client = f.client();
  const std::string body = numbered_text(8'000'000);
  H2Call& large = client.request(post_fields(), false);
  const auto server = f.accept(client);
  server->shrink_receive_buffer();
  large.send(body, true);
  std::size_t waiting = 0;
  CHECK(client.run_until([&] {
    client.settle();
    return large.unsent() == std::exchange(waiting, large.unsent());
  }));
  CHECK(waiting > 0);
  const std::string wire = f.receive_until(client, *server, "\r\n0\r\n\r\n");
  std::string came;
  for (std::size_t at = wire.find(kHeadEnd) + kHeadEnd.size(); at < wire.size();) {
    const std::size_t size = std::stoul(wire.substr(at, 8), nullptr, 16);
    at = wire.find("\r\n", at) + 2;
    came += wire.substr(at, size);
    at += size + 2;
  }
  CHECK((came == body));
  server->send(kHello);
  client.finish(large);
  CHECK(large.complete());
}

TEST_CASE("a response that its client does not take waits with the server, and others go on") {
  H2Fixture f;
  H2Client client = f.client();
  const std::string body = numbered_text(2'000'000);
  H2Call& large = client.request(get_fields("/large"), true, false);
  const auto server = f.accept_request(client);
  const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + body;
  std::size_t sent = 0;
  for (int i = 0; i < 50; ++i) {
    sent += server->send(std::string_view(whole).substr(sent));
    client.settle();
  }
  CHECK(large.body.size() == 64 * 1024);  // the window that the client has opened
  f.check_works(client);
  CHECK(client.run_until([&] {
    sent += server->send(std::string_view(whole).substr(sent));
    large.read();
    return large.over();
  }));
  CHECK(large.complete());
  CHECK((large.body == body));
}

TEST_CASE("large bodies pass both ways at once on several streams") {
  H2Fixture f;
  H2Client client = f.client();
  const std::string body = numbered_text(300'000);
  std::vector<H2Call*> calls;
  std::vector<std::unique_ptr<Peer>> servers;
  for (int i = 0; i < 3; ++i) {
    calls.push_back(&client.request(post_fields({{"content-length", "300000"}}), false));
    servers.push_back(f.accept(client));
    calls.back()->send(body, true);
  }
  for (auto& server : servers) {
    CHECK((f.receive_until(client, *server, body.substr(body.size() - 50)).ends_with(body)));
    const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + body;
    std::size_t sent = 0;
    CHECK(client.run_until([&] {
      sent += server->send(std::string_view(whole).substr(sent));
      return sent == whole.size();
    }));
  }
  for (H2Call* call : calls) {
    client.finish(*call);
    CHECK(call->complete());
    CHECK((call->body == body));
  }
}

TEST_CASE("the statistics page and our error pages come over HTTP/2") {
  H2Fixture f(1, {.stats_uri = "/stats"});
  H2Client client = f.client();
  H2Call& page = client.get("/stats");
  client.finish(page);
  CHECK(page.complete());
  CHECK(page.status() == "200");
  CHECK(page.field("content-type") == "text/html; charset=utf-8");
  CHECK(page.body.ends_with("</html>\n"));
  CHECK(page.field("x-page") == "yes");
  CHECK(page.field("content-length") == std::to_string(page.body.size()));
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown});
  H2Call& call = client.get();
  client.finish(call);
  CHECK(call.complete());
  CHECK(call.status() == "503");
  CHECK(call.body.find("No server is available") != std::string::npos);
  REQUIRE(f.access.lines.size() == 2);
  CHECK(f.access.lines[0].find(named_front("front/<STATS>")) != std::string::npos);
  CHECK(f.access.lines[0].find(" LR-- ") != std::string::npos);
  CHECK(f.access.lines[1].find(" 503 ") != std::string::npos);
}

TEST_CASE("an early answer ends the stream without the rest of its request") {
  H2Fixture f(1, {.max_body_bytes = 10});
  H2Client client = f.client();
  H2Call& large = client.request(post_fields({{"content-length", "11"}}), false);
  client.finish(large);
  CHECK(large.status() == "413");
  CHECK(large.ended);
  CHECK(large.error == http::H2Error::kNoError);  // RFC 9113, section 8.1
  f.check_works(client);
}

TEST_CASE("a response that breaks off is cut, never ended in order") {
  H2Fixture f;
  H2Client client = f.client();
  H2Call& call = client.get();
  const auto server = f.accept_request(client);
  server->send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  CHECK(client.run_until([&] { return call.body == "abc"; }));
  server->close();
  client.finish(call);
  CHECK_FALSE(call.ended);
  CHECK(call.error == http::H2Error::kInternalError);
  f.check_works(client);
}

TEST_CASE("a server that says nothing in its time gets its client a 504") {
  H2Fixture f(1, {}, {.tries = 1, .server_timeout = std::chrono::seconds(5)});
  H2Client client = f.client();
  H2Call& call = client.get();
  const auto server = f.accept_request(client);
  f.let_pass(std::chrono::seconds(6));
  client.finish(call);
  CHECK(call.status() == "504");
  CHECK(call.complete());
}

TEST_CASE("a client that takes nothing of its response in its time loses the stream") {
  H2Fixture f(1, {.client_timeout = std::chrono::seconds(5)});
  H2Client client = f.client();
  H2Call& call = client.request(get_fields(), true, false);
  const auto server = f.accept_request(client);
  server->send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + numbered_text(100'000));
  client.settle();
  f.let_pass(std::chrono::seconds(6));
  client.finish(call);
  CHECK(call.error == http::H2Error::kCancel);
  f.check_works(client);
}

TEST_CASE("a stream that its client resets gives up its server's connection") {
  H2Fixture f;
  H2Client client = f.client();
  H2Call& call = client.get();
  const auto server = f.accept_request(client);
  client.connection.reset(call.id, http::H2Error::kCancel);
  CHECK(client.run_until([&] {
    server->receive();
    return server->over();
  }));
  CHECK(f.counters().peer_resets == 1);
  f.check_works(client);
  REQUIRE(f.access.lines.size() == 2);
  CHECK(f.access.lines[0].find(" CH-- ") != std::string::npos);
}

TEST_CASE("a bind for both versions tells them apart by their first bytes") {
  if (over_tls()) return;  // there it is agreed on
  H2Fixture f(1, {}, {}, {true, true});
  H2Client client = f.client();
  f.check_works(client);
  const auto plain = f.connect();
  plain->send(kGet);
  const auto server = f.accept(client);
  CHECK(f.receive_until(client, *server, kHeadEnd) == kGet);
  server->send(kHello);
  CHECK(f.Fixture::receive_until(*plain, "hello") == kHello);
  const auto slow = f.connect();
  slow->send("PRI * HT");
  f.settle();
  slow->send("TP/1.1\r\n\r\n");
  CHECK(f.receive_all(*slow).starts_with("HTTP/1.1 400 "));
}

TEST_CASE("a bind for HTTP/1.1 refuses the preface, one for HTTP/2 refuses everything else") {
  H2Fixture one(1, {}, {}, {true, false});
  const auto early = one.connect();
  early->send(preface());
  CHECK(one.receive_all(*early).starts_with("HTTP/1.1 505 "));
  H2Fixture two;
  const auto old = two.connect();
  old->send(kGet);
  CHECK(two.receive_all(*old).find('\x07') != std::string::npos);  // GOAWAY
  CHECK(two.counters().connection_errors == 1);
}
