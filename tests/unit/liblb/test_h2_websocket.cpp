// WebSockets and tunnels over HTTP/2 (RFC 8441; RFC 9113, section 8.5) to HTTP/1.1 servers, and the
// choice of the protocol under TLS.
#include <memory>

#include "common/base/base64.hpp"
#include "common/tls/digest.hpp"
#include "liblb/core/request_policy.hpp"
#include "tests/unit/liblb/h2_client.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;
using http::H2Error;

namespace {

FieldTexts websocket_fields() {
  return {{":method", "CONNECT"},
          {":protocol", "websocket"},
          {":scheme", "http"},
          {":path", "/chat"},
          {":authority", "a.example"},
          {"sec-websocket-version", "13"},
          {"sec-websocket-protocol", "x"},
          {"origin", "http://a.example"}};
}

std::string switch_to(const std::string& accept) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         accept + "\r\nSec-WebSocket-Protocol: x\r\n\r\n";
}

}  // namespace

TEST_CASE("a WebSocket over HTTP/2 is an upgrade to the server, and bytes pass both ways") {
  H2Fixture f;
  H2Client client = f.client();
  CHECK(client.run_until([&] { return client.connection.peer_takes_protocols(); }));
  H2Call& call = client.request(websocket_fields(), false);
  const auto server = f.accept(client);
  const std::string head = f.receive_until(client, *server, kHeadEnd);
  CHECK(head.starts_with("GET /chat HTTP/1.1\r\nHost: a.example\r\nsec-websocket-version: 13\r\n"));
  CHECK(head.find("Connection: Upgrade\r\nUpgrade: websocket\r\n") != std::string::npos);
  const std::size_t key = head.find("Sec-WebSocket-Key: ");
  REQUIRE(key != std::string::npos);
  CHECK(head.substr(key + 19 + 22, 4) == "==\r\n");
  const std::string proof = head.substr(key + 19, 24) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  server->send(switch_to(base::to_base64(tls::sha1(base::as_bytes(proof)))));
  CHECK(client.run_until([&] { return call.status() == "200"; }));
  CHECK(call.fields == FieldTexts{{"sec-websocket-protocol", "x"}});
  call.send("ping", false);
  CHECK(f.receive_until(client, *server, "ping") == "ping");
  server->send("pong");
  CHECK(client.run_until([&] { return call.body == "pong"; }));
  call.send("bye", true);
  CHECK(f.receive_until(client, *server, "bye") == "bye");
  CHECK(client.run_until([&] {
    server->receive();
    return server->ended;
  }));
  server->send("last");
  server->finish_sending();
  client.finish(call);
  CHECK(call.complete());
  CHECK(call.body == "ponglast");
  REQUIRE(f.access.lines.size() == 1);
  CHECK(f.access.lines[0].find(" 101 ") != std::string::npos);
}

TEST_CASE("a WebSocket by http is sent to https as well, and the monitor opens none") {
  if (over_tls()) return;
  RequestPolicySettings policy;
  policy.https_port = 443;
  policy.monitor = MonitorSettings{.path = "/chat"};
  FrontendSettings settings;
  settings.policy = std::make_shared<const RequestPolicy>(std::move(policy));
  H2Fixture f(1, std::move(settings));
  H2Client client = f.client();
  CHECK(client.run_until([&] { return client.connection.peer_takes_protocols(); }));
  H2Call& call = client.request(websocket_fields(), false);
  CHECK(client.run_until([&] { return call.status() == "301"; }));
  CHECK(f.servers[0].accept() == nullptr);
}

TEST_CASE("a server that does not switch never looks as if it had") {
  H2Fixture f;
  H2Client client = f.client();
  const std::vector<std::pair<std::string, std::string>> answers{
      {std::string(kHello), "502"},
      {switch_to("AAAAAAAAAAAAAAAAAAAAAAAAAAA="), "502"},
      {"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "403"},
  };
  for (const auto& [answer, status] : answers) {
    H2Call& call = client.request(websocket_fields(), false);
    const auto server = f.accept_request(client);
    server->send(answer);
    client.finish(call);
    CHECK(call.status() == status);
    CHECK(call.ended);
    server->close();
  }
  f.check_works(client);
}

TEST_CASE("where upgrades are not passed on, no WebSocket is offered or taken") {
  H2Fixture f(1, {.upgrade = false});
  H2Client client = f.client();
  client.settle();
  CHECK_FALSE(client.connection.peer_takes_protocols());
  H2Call& call = client.request(websocket_fields(), false);
  client.finish(call);
  CHECK(call.error == H2Error::kProtocolError);
}

TEST_CASE("CONNECT opens a tunnel where it may") {
  H2Fixture f(1, {.allow_connect = true});
  H2Client client = f.client();
  H2Call& call = client.request({{":method", "CONNECT"}, {":authority", "a.example:443"}}, false);
  call.send("early", false);
  const auto server = f.accept(client);
  CHECK(f.receive_until(client, *server, kHeadEnd) ==
        "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n");
  server->send("HTTP/1.1 200 OK\r\n\r\nwelcome");
  CHECK(client.run_until([&] { return call.body == "welcome"; }));
  CHECK(f.receive_until(client, *server, "early") == "early");
  client.connection.reset(call.id, H2Error::kCancel);
  CHECK(client.run_until([&] {
    server->receive();
    return server->reset;
  }));
}

TEST_CASE("under TLS the protocol that was agreed on chooses the version") {
  for (const std::string agreed : {"h2", "http/1.1"}) {
    CAPTURE(agreed);
    Fixture f;
    f.transport = std::make_unique<TlsTransport>(
        *f.loop, tls::ServerSettings{.policy = {.alpn = {"h2", "http/1.1"}}},
        tls::ClientSettings{.policy = {.alpn = {agreed}}});
    const FakeServer server;
    const std::size_t pool = f.add_backend({server.endpoint()});
    const auto front = f.add_frontend({.backend = pool}, {}, {}, {true, true});
    if (agreed == "h2") {
      H2Client client(f, f.connect(front));
      client.settle();
      CHECK(client.connection.peer_max_streams() == 100);
    } else {
      const auto client = f.connect(front);
      client->send("bad request\r\n\r\n");
      CHECK(f.receive_all(*client).starts_with("HTTP/1.1 400 "));
    }
  }
}
