// Payload that moves through pipes of the kernel: it arrives as what is copied does.
#include "common/base/text.hpp"
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

const EngineSettings kWithout{.max_pipes = 0};
const EngineSettings kSingle{.max_pipes = 1};

/// The payload of a chunked body; what does not follow the grammar shows as other text.
std::string unchunked(std::string_view body) {
  std::string whole;
  for (;;) {
    const std::size_t line = body.find("\r\n");
    if (line == std::string_view::npos) return whole + "<cut>";
    const std::size_t size = std::stoul(std::string(body.substr(0, line)), nullptr, 16);
    body.remove_prefix(line + 2);
    if (size == 0) return body == "\r\n" ? whole : whole + "<more>";
    whole += body.substr(0, size);
    if (body.substr(size, 2) != "\r\n") return whole + "<no end>";
    body.remove_prefix(size + 2);
  }
}

std::string chunk(std::string_view data) {
  char line[20];
  std::snprintf(line, sizeof line, "%zx\r\n", data.size());
  return base::concat(line, data, "\r\n");
}

TEST_CASE("bodies arrive whole with all pipes, with one and with none") {
  for (const EngineSettings& settings : {EngineSettings{}, kSingle, kWithout}) {
    HttpFixture f(1, {}, {}, settings);
    const std::string body = numbered_text(3'000'000);
    const auto [client, server] = carry_both_ways(f, body);
    // The connection is whole: the next request follows.
    client->send(kGet);
    (void)f.receive_until(*server, kHeadEnd);
    f.answer(*server, *client);
    const StatsSnapshot stats = f.engine.stats();
    CHECK(row_of(stats, "s1").bout > body.size());
    CHECK(row_of(stats, "s1").bin > body.size());
    CHECK(row_of(stats, "FRONTEND").bout > body.size());
  }
}

TEST_CASE("long chunks arrive as the same text in both directions") {
  HttpFixture f;
  auto client = f.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  const std::string body = numbered_text(2'000'000);
  const std::string_view rest = std::string_view(body).substr(1'500'010);
  const std::string chunks = chunk(std::string_view(body).substr(0, 1'500'000)) +
                             chunk(std::string_view(body).substr(1'500'000, 10)) + chunk(rest) +
                             "0\r\n\r\n";
  std::string_view out = chunks;
  const auto pass = [&](Peer& from, Peer& to) {
    CHECK(f.run_until([&] {
      out.remove_prefix(from.send(out));
      to.receive();
      return out.empty() && to.received.ends_with("\r\n0\r\n\r\n");
    }));
    return to.take();
  };
  CHECK((unchunked(pass(*client, *server)) == body));
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  server->send(head);
  CHECK(f.receive_until(*client, kHeadEnd) == head);
  out = chunks;
  CHECK((unchunked(pass(*server, *client)) == body));
}

TEST_CASE("a long body framed by the server's close ends where the server ended") {
  HttpFixture f;
  auto client = f.connect();
  client->send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  const std::string body = numbered_text(1'000'000);
  const std::string response = "HTTP/1.1 200 OK\r\n\r\n" + body;
  std::string_view rest = response;
  CHECK(f.run_until([&] {
    rest.remove_prefix(server->send(rest));
    if (rest.empty()) server->finish_sending();
    client->receive();
    return client->over();
  }));
  CHECK(client->ended);
  CHECK((client->received.substr(client->received.find(kHeadEnd) + 4) == body));
}

TEST_CASE("a server lost within a long body is a loss for the client too") {
  HttpFixture f;
  Ends ends = f.get();
  const std::string part = numbered_text(300'000);
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
  (void)carry(f, *ends.server, head + part, *ends.client, head.size() + part.size());
  ends.server->abort();
  (void)f.receive_all(*ends.client);
  f.settle();
  CHECK(row_of(f.engine.stats(), "s1").srv_abrt == 1);
}

TEST_CASE("a body over the limit is refused while it goes through a pipe") {
  HttpFixture f(1, {.max_body_bytes = 500'000});
  auto client = f.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  const std::string body = chunk(numbered_text(1'000'000));
  std::string_view rest = body;
  CHECK(f.run_until([&] {
    rest.remove_prefix(client->send(rest));
    server->receive();
    client->receive();
    return client->received.find(kHeadEnd) != std::string::npos;
  }));
  CHECK(client->received.starts_with("HTTP/1.1 413 "));
}

TEST_CASE("TCP mode carries much both ways at once, with pipes and without") {
  for (const EngineSettings& settings : {EngineSettings{}, kSingle, kWithout}) {
    Fixture f(settings);
    FakeServer listening;
    f.add_backend({listening.endpoint()}, {.mode = Mode::kTcp});
    auto client = f.connect(f.add_frontend({.mode = Mode::kTcp, .backend = 0}));
    auto server = f.accept(listening);
    const std::string up = numbered_text(3'000'000);
    const std::string down = "down" + numbered_text(2'000'000);
    std::string_view up_rest = up;
    std::string_view down_rest = down;
    CHECK(f.run_until([&] {
      up_rest.remove_prefix(client->send(up_rest));
      down_rest.remove_prefix(server->send(down_rest));
      client->receive();
      server->receive();
      return client->received.size() >= down.size() && server->received.size() >= up.size();
    }));
    CHECK((client->take() == down));
    CHECK((server->take() == up));
    client->send("still here");
    CHECK(f.receive_until(*server, "here") == "still here");
  }
}

}  // namespace
}  // namespace hapair::lb::test
