#include <doctest/doctest.h>

#include "tests/unit/tls/tls_pair.hpp"

namespace hapair::tls::test {
namespace {

const MadeCertificate& ours() {
  static const MadeCertificate kMade;
  return kMade;
}

struct Contexts {
  explicit Contexts(ServerSettings server_settings = {}, ClientSettings client_settings = {}) {
    server = ServerContext::create(std::move(server_settings), {parsed(ours())}).value();
    if (client_settings.trusted.empty()) client_settings.trusted = ours().certificate_pem();
    client_settings.server_name = "localhost";
    client = ClientContext::create(std::move(client_settings)).value();
  }
  std::unique_ptr<ServerContext> server;
  std::unique_ptr<ClientContext> client;
};

TEST_CASE("a handshake agrees on version, cipher, name and protocol") {
  Contexts contexts({.policy = {.alpn = {"h2", "http/1.1"}}},
                    {.policy = {.alpn = {"http/1.1", "h2"}}});
  Pair pair(*contexts.server, *contexts.client);
  REQUIRE(pair.shake_hands());
  CHECK(pair.server.stream->version() == "TLSv1.3");
  CHECK(pair.server.stream->cipher() == pair.client.stream->cipher());
  CHECK(pair.server.stream->server_name() == "localhost");
  CHECK(pair.server.stream->protocol() == "h2");  // the server's preference
  CHECK(pair.client.stream->protocol() == "h2");
  CHECK_FALSE(pair.server.stream->resumed());
}

TEST_CASE("no common protocol ends the handshake; a client that names none is served") {
  Contexts strange({.policy = {.alpn = {"http/1.1"}}}, {.policy = {.alpn = {"smtp"}}});
  Pair pair(*strange.server, *strange.client);
  CHECK_FALSE(pair.shake_hands());
  CHECK(pair.server.stream->failure_reason() == "no application protocol");
  Contexts silent({.policy = {.alpn = {"http/1.1"}}});
  Pair plain(*silent.server, *silent.client);
  REQUIRE(plain.shake_hands());
  CHECK(plain.server.stream->protocol().empty());
}

TEST_CASE("bytes go both ways, in parts and over several records") {
  Contexts contexts;
  Pair pair(*contexts.server, *contexts.client);
  REQUIRE(pair.shake_hands());
  std::string body(50'000, 'x');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  const std::string head = "head:";
  const std::string tail = ":tail";
  const std::array<iovec, 3> parts{{{const_cast<char*>(head.data()), head.size()},
                                    {body.data(), body.size()},
                                    {const_cast<char*>(tail.data()), tail.size()}}};
  CHECK(pair.server.stream->write(parts).bytes == body.size() + 10);
  pair.carry();
  CHECK((pair.client.read() == head + body + tail));
  CHECK(pair.client.last == net::IoStatus::kWouldBlock);
  CHECK_FALSE(pair.client.stream->may_read());
  CHECK(pair.client.write("back").bytes == 4);
  pair.carry();
  CHECK(pair.server.read() == "back");
}

TEST_CASE("what the stream below does not take is not told as taken, and goes first") {
  Contexts contexts;
  Pair pair(*contexts.server, *contexts.client);
  REQUIRE(pair.shake_hands());
  pair.server.memory->set_blocked(true);
  CHECK(pair.server.write("hello").bytes == 4);  // encrypted, but it waits
  CHECK(pair.server.write("o").status == net::IoStatus::kWouldBlock);
  CHECK_FALSE(pair.server.stream->may_write());
  CHECK(pair.server.memory->output().empty());
  pair.server.memory->set_blocked(false);
  CHECK(pair.server.stream->may_write());
  CHECK(pair.server.write("o, you").bytes == 6);  // the owed byte, and more
  pair.carry();
  CHECK(pair.client.read() == "hello, you");
  pair.server.memory->set_blocked(true);
  CHECK(pair.server.write("!").status == net::IoStatus::kWouldBlock);
  pair.server.memory->set_blocked(false);
  CHECK(pair.server.write("!").bytes == 1);
  pair.carry();
  CHECK(pair.client.read() == "!");
}

TEST_CASE("the records of one write leave together") {
  Contexts contexts;
  Pair pair(*contexts.server, *contexts.client);
  REQUIRE(pair.shake_hands());
  const std::string body(17 * 1024, 'x');  // two records
  const int before = pair.server.memory->writes();
  CHECK(pair.server.write(body).bytes == body.size());
  CHECK(pair.server.memory->writes() == before + 1);
  pair.carry();
  CHECK((pair.client.read() == body));
  pair.server.memory->set_blocked(true);
  CHECK(pair.server.write(body).bytes == body.size() - 1);
  pair.server.memory->set_blocked(false);
  CHECK(pair.server.write("x").bytes == 1);
  pair.carry();
  CHECK((pair.client.read() == body));
}

TEST_CASE("an end is told as close_notify; a cut is an end for servers, a failure for clients") {
  Contexts contexts;
  {
    Pair pair(*contexts.server, *contexts.client);
    REQUIRE(pair.shake_hands());
    pair.server.stream->shutdown_write();
    pair.carry();
    CHECK(pair.client.read().empty());
    CHECK(pair.client.last == net::IoStatus::kEof);
    CHECK(pair.client.write("still").bytes == 5);  // half closed
    pair.carry();
    CHECK(pair.server.read() == "still");
  }
  Pair pair(*contexts.server, *contexts.client);
  REQUIRE(pair.shake_hands());
  pair.client.memory->finish();
  CHECK(pair.client.read().empty());
  CHECK(pair.client.last == net::IoStatus::kError);
  CHECK(pair.client.stream->failure() != 0);
  pair.server.memory->finish();
  CHECK(pair.server.read().empty());
  CHECK(pair.server.last == net::IoStatus::kEof);
}

TEST_CASE("what is no TLS fails the handshake, and so does an early end") {
  Contexts contexts;
  Pair pair(*contexts.server, *contexts.client);
  pair.server.memory->feed("GET / HTTP/1.1\r\n\r\n");
  CHECK(pair.server.stream->handshake() == TlsStream::Handshake::kFailed);
  CHECK(pair.server.stream->failure_reason() == "http request");
  CHECK(pair.server.stream->handshake() == TlsStream::Handshake::kFailed);
  Pair gone(*contexts.server, *contexts.client);
  CHECK(gone.server.stream->handshake() == TlsStream::Handshake::kUnderWay);
  gone.server.memory->finish();
  CHECK(gone.server.stream->handshake() == TlsStream::Handshake::kFailed);
  CHECK(gone.server.stream->failure_reason() == "closed within the handshake");
}

TEST_CASE("records that are not what was sent end the connection") {
  Contexts contexts;
  Pair pair(*contexts.server, *contexts.client);
  REQUIRE(pair.shake_hands());
  (void)pair.client.write("text");
  std::string record = pair.client.memory->take_output();
  record.back() = static_cast<char>(record.back() ^ 1);
  pair.server.memory->feed(record);
  CHECK(pair.server.read().empty());
  CHECK(pair.server.last == net::IoStatus::kError);
}

TEST_CASE("versions and ciphers are those of the policy") {
  ServerSettings only13{.policy = {.min_version = Version::kTls13}};
  Contexts contexts(only13);
  CHECK(Pair(*contexts.server, *contexts.client).shake_hands());
  ServerSettings chacha{.policy = {.ciphersuites = "TLS_CHACHA20_POLY1305_SHA256"}};
  Contexts other(chacha);
  Pair pair(*other.server, *other.client);
  REQUIRE(pair.shake_hands());
  CHECK(pair.server.stream->cipher() == "TLS_CHACHA20_POLY1305_SHA256");
  for (const Policy& bad : {Policy{.ciphers = "nonsense"}, Policy{.ciphersuites = "nonsense"},
                            Policy{.curves = "nonsense"}}) {
    const auto made_of = ServerContext::create({.policy = bad}, {parsed(ours())});
    REQUIRE_FALSE(made_of);
    CHECK(made_of.error().message.find("\"nonsense\"") != std::string::npos);
  }
}

TEST_CASE("a client takes only a server that it trusts, and that has the name") {
  const MadeCertificate other;
  Contexts strange({}, {.trusted = other.certificate_pem()});
  Pair pair(*strange.server, *strange.client);
  CHECK_FALSE(pair.shake_hands());
  CHECK(pair.client.stream->failure_reason() ==
        "certificate verify failed: self-signed certificate");
  Contexts named({}, {.verify_name = "elsewhere.example"});
  CHECK_FALSE(Pair(*named.server, *named.client).shake_hands());
  Contexts addressed({}, {.verify_name = "127.0.0.1"});
  CHECK(Pair(*addressed.server, *addressed.client).shake_hands());
  const auto none = ClientContext::create({.trusted = "nothing"});
  REQUIRE_FALSE(none);
  CHECK(none.error().message.find("holds no certificate") != std::string::npos);
}

TEST_CASE("the next connection resumes a session") {
  Contexts contexts;
  Pair first(*contexts.server, *contexts.client);
  REQUIRE(first.shake_hands());
  CHECK(first.client.read().empty());  // the tickets
  Pair second(*contexts.server, *contexts.client);
  REQUIRE(second.shake_hands());
  CHECK(second.server.stream->resumed());
  CHECK(second.client.stream->resumed());
}

}  // namespace
}  // namespace hapair::tls::test
