#include <doctest/doctest.h>
#include <sys/resource.h>

#include <optional>

#include "fake_server.hpp"
#include "probe_bench.hpp"
#include "tls_pair.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using check::CheckCode;
using check::CheckKind;
using check::FakeServer;
using Manner = FakeServer::Manner;

namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

struct Bench final : check::ProbeBench {
  using check::ProbeBench::probe;

  check::CheckResult probe(const check::CheckSpec& spec, base::Duration ago = 0s) {
    const auto prober = make(spec);
    return probe(*prober, ago);
  }
  std::unique_ptr<check::Prober> make(const check::CheckSpec& spec,
                                      const check::ProbeSource& source = {}) {
    return check::make_prober(
        {.loop = *loop, .sockets = sockets, .source = source, .tls = {tls.client.get()}}, spec,
        *this);
  }

  check::TlsPair tls;
};

check::CheckSpec spec_for(const CheckKind& kind, const base::Endpoint& endpoint) {
  check::CheckSpec spec;
  spec.kind = kind;
  spec.endpoint = endpoint;
  return spec;
}

check::CheckSpec http_for(const FakeServer& server, const check::HttpCheck& check = {}) {
  return spec_for(check, server.endpoint());
}

/// A port on loopback that nobody listens on (it stays bound while the descriptor lives).
struct ClosedPort {
  net::UniqueFd fd = net::bind_tcp({base::IpAddress::v4(0x7f000001), 0}, {}).value();
  base::Endpoint endpoint = net::local_endpoint(fd.get()).value();
};

/// A listener whose queue is full: the kernel drops further connection attempts.
struct DeafPort {
  ClosedPort port;
  std::vector<net::UniqueFd> queued;
  DeafPort() {
    REQUIRE(net::start_listening(port.fd.get(), 0));
    for (int i = 0; i < 2; ++i) queued.push_back(net::connect_tcp(port.endpoint).value());
  }
};

/// What all kinds over TCP have to hold to, each in plain text and under TLS.
struct Kind {
  CheckKind kind;
  bool under_tls = false;
  Manner manner = Manner::kAnswer;

  [[nodiscard]] check::CheckSpec spec(const base::Endpoint& endpoint) const {
    auto made = spec_for(kind, endpoint);
    if (under_tls) made.tls.emplace();
    return made;
  }
  /// A connection that is reset without a word does not.
  [[nodiscard]] bool reaches_the_program() const {
    return under_tls || !std::holds_alternative<check::TcpCheck>(kind);
  }
  /// One that is good for it.
  [[nodiscard]] FakeServer server(Bench& bench) const {
    return {*bench.loop, manner, std::string(kOk), under_tls ? bench.tls.server.get() : nullptr};
  }
};

/// One that talks: the same request, by steps.
const check::ScriptedCheck kScript{
    {{.sends = true, .send = "GET / HTTP/1.1\r\n\r\n"},
     {.sends = false, .expect = {.how = check::MatchHow::kPrefix, .bytes = "HTTP/1.1 200"}}}};

const Kind kKinds[] = {{check::TcpCheck{}},
                       {check::TcpCheck{}, true},
                       {check::HttpCheck{}},
                       {check::HttpCheck{}, true},
                       {check::HttpCheck{.http2 = true}, false, Manner::kHttp2},
                       {check::HttpCheck{.http2 = true}, true, Manner::kHttp2},
                       {check::GrpcCheck{}, false, Manner::kGrpc},
                       {check::GrpcCheck{}, true, Manner::kGrpc},
                       {kScript},
                       {kScript, true}};

}  // namespace

TEST_CASE("every prober: a good server passes") {
  for (const Kind& kind : kKinds) {
    Bench bench;
    const FakeServer server = kind.server(bench);
    const auto result = bench.probe(kind.spec(server.endpoint()));
    CAPTURE(check::describe(result));
    CHECK(check::outcome(result.code) == check::Outcome::kPassed);
  }
}

TEST_CASE("every prober: a refused connection is L4CON") {
  for (const Kind& kind : kKinds) {
    ClosedPort port;
    const auto result = Bench().probe(kind.spec(port.endpoint));
    CHECK(result.code == CheckCode::kL4Refused);
    CHECK(result.info == "Connection refused");
  }
}

TEST_CASE("every prober: silence to the connection attempt is L4TOUT when the time is up") {
  for (const Kind& kind : kKinds) {
    DeafPort port;
    const auto result = Bench().probe(kind.spec(port.port.endpoint), 2s);
    CHECK(result.code == CheckCode::kL4Timeout);
    CHECK(result.duration >= 2s);
  }
}

TEST_CASE("every prober: a failure to begin is told later, not from within start") {
  for (const Kind& kind : kKinds) {
    const auto spec = kind.spec(base::Endpoint::parse("[2001:db8::1]:80").value());
    Bench bench;
    // Documentation addresses cannot be bound: the attempt fails before a packet leaves.
    const auto prober = bench.make(spec, base::IpAddress::parse("2001:db8::2").value());
    prober->start(bench.loop->now());
    CHECK_FALSE(bench.result);
    bench.turn_until_result();
    CHECK(bench.result->code == CheckCode::kL4Refused);
  }
}

TEST_CASE("every prober: a cancelled check is silent and can be started again") {
  for (const Kind& kind : kKinds) {
    Bench bench;
    const FakeServer server = kind.server(bench);
    const auto spec = kind.spec(server.endpoint());
    const auto prober = bench.make(spec);
    prober->start(bench.loop->now() - 2s);
    prober->cancel();
    for (int turn = 0; turn < 10; ++turn) bench.loop->run_once();
    CHECK_FALSE(bench.result);
    prober->start(bench.loop->now());
    bench.turn_until_result();
    CHECK(check::outcome(bench.result->code) == check::Outcome::kPassed);
  }
}

TEST_CASE("every prober: it leaves from the given source, if that is of the target's family") {
  for (const Kind& kind : kKinds) {
    Bench bench;
    const FakeServer server = kind.server(bench);
    const auto spec = kind.spec(server.endpoint());
    const check::ProbeSource own = base::IpAddress::parse("127.0.0.9").value();
    const auto prober = bench.make(spec, own);
    prober->start(bench.loop->now());
    bench.turn_until_result();
    for (int turn = 0; turn < 10; ++turn) bench.loop->run_once();
    if (kind.reaches_the_program()) CHECK(server.last_peer().address == *own);

    bench.result.reset();
    const auto unbound = bench.make(spec, base::IpAddress::parse("2001:db8::2").value());
    unbound->start(bench.loop->now());
    bench.turn_until_result();
    CHECK(check::outcome(bench.result->code) == check::Outcome::kPassed);
  }
}

TEST_CASE("every prober: the source of its spec goes before the node's own") {
  for (const Kind& kind : kKinds) {
    Bench bench;
    const FakeServer server = kind.server(bench);
    auto spec = kind.spec(server.endpoint());
    spec.source = base::IpAddress::parse("127.0.0.8").value();
    const auto prober = bench.make(spec, base::IpAddress::parse("127.0.0.9").value());
    prober->start(bench.loop->now());
    bench.turn_until_result();
    for (int turn = 0; turn < 10; ++turn) bench.loop->run_once();
    if (kind.reaches_the_program()) CHECK(server.last_peer().address == *spec.source);
  }
}

TEST_CASE("every prober: a lack of descriptors on this node is SOCKERR, no failure of the server") {
  for (const Kind& kind : kKinds) {
    Bench bench;
    ClosedPort port;
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const auto result = bench.probe(kind.spec(port.endpoint));
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(result.code == CheckCode::kSocketError);
    CHECK(check::outcome(result.code) == check::Outcome::kInconclusive);
  }
}

TEST_CASE("every prober under TLS: who hangs before the handshake is L6TOUT, who closes L6RSP") {
  for (const Kind& kind : kKinds) {
    if (!kind.under_tls) continue;
    Bench bench;
    FakeServer hanging(*bench.loop, Manner::kHang);
    CHECK(bench.probe(kind.spec(hanging.endpoint()), 2s).code == CheckCode::kL6Timeout);
    FakeServer closing(*bench.loop, Manner::kClose);
    const auto closed = bench.probe(kind.spec(closing.endpoint()));
    CHECK(closed.code == CheckCode::kL6BadResponse);
    CHECK(closed.info == "closed within the handshake");
    FakeServer plain(*bench.loop, Manner::kClose, std::string(kOk));
    CHECK(bench.probe(kind.spec(plain.endpoint())).code == CheckCode::kL6BadResponse);
  }
}

TEST_CASE("every prober under TLS: the certificate must be signed, and for the address") {
  for (const Kind& kind : kKinds) {
    if (!kind.under_tls) continue;
    Bench bench;
    const check::TlsPair strange;
    FakeServer lying(*bench.loop, Manner::kAnswer, std::string(kOk), strange.server.get());
    const auto untrusted = bench.probe(kind.spec(lying.endpoint()));
    CHECK(untrusted.code == CheckCode::kL6BadResponse);
    CHECK(untrusted.info == "certificate verify failed: self-signed certificate");

    bench.tls = check::TlsPair({.alternatives = "IP:127.0.0.2"});
    FakeServer other(*bench.loop, Manner::kAnswer, std::string(kOk), bench.tls.server.get());
    const auto misnamed = bench.probe(kind.spec(other.endpoint()));
    CHECK(misnamed.code == CheckCode::kL6BadResponse);
    CHECK(misnamed.info == "certificate verify failed: IP address mismatch");
  }
}

TEST_CASE("every prober under TLS: a PROXY header goes before the handshake") {
  for (const Kind& kind : kKinds) {
    if (!kind.under_tls) continue;
    Bench bench;
    const FakeServer server = kind.server(bench);
    auto spec = kind.spec(server.endpoint());
    spec.proxy_version = 1;  // this server takes it for a bad record
    CHECK(bench.probe(spec).code == CheckCode::kL6BadResponse);
  }
}

TEST_CASE("under TLS the name and the protocol are asked for") {
  Bench bench;
  bench.tls = check::TlsPair({}, {.policy = {.alpn = {"http/1.1"}}, .server_name = "localhost"});
  const Kind kind{check::HttpCheck{}, true};
  const FakeServer server = kind.server(bench);
  CHECK(bench.probe(kind.spec(server.endpoint())).code == CheckCode::kL7Ok);
  CHECK(server.last_name() == "localhost");
  CHECK(server.last_protocol() == "http/1.1");
}

TEST_CASE("tcp under TLS: a handshake is enough, L6OK") {
  Bench bench;
  FakeServer server(*bench.loop, Manner::kAnswer, {}, bench.tls.server.get());
  CHECK(bench.probe(Kind{check::TcpCheck{}, true}.spec(server.endpoint())).code ==
        CheckCode::kL6Ok);
}

TEST_CASE("every prober under TLS: a certificate with too few days left passes with a warning") {
  for (const Kind& kind : kKinds) {
    if (!kind.under_tls) continue;
    Bench bench;
    bench.tls = check::TlsPair({.until = 5 * 24 * 3600 + 600});
    const FakeServer server = kind.server(bench);
    auto spec = kind.spec(server.endpoint());
    spec.tls->certificate_days = 5;
    CHECK_FALSE(bench.probe(spec).warns);
    spec.tls->certificate_days = 6;
    const auto result = bench.probe(spec);
    CHECK(check::outcome(result.code) == check::Outcome::kPassed);
    CHECK(result.warns);
    CHECK(result.info == "the certificate expires in 5 days");
  }
}

TEST_CASE("a check that fails under TLS fails, however long the certificate is good") {
  Bench bench;
  bench.tls = check::TlsPair({.until = 600});
  FakeServer server(*bench.loop, Manner::kAnswer, "HTTP/1.1 500 No\r\n\r\n",
                    bench.tls.server.get());
  auto spec = http_for(server);
  spec.tls = {.context = 0, .certificate_days = 1};
  const auto result = bench.probe(spec);
  CHECK(result.code == CheckCode::kL7WrongStatus);
  CHECK_FALSE(result.warns);
  CHECK(result.info == "No");
}

TEST_CASE("under TLS every check makes a whole handshake, however many were before") {
  Bench bench;
  const Kind kind{check::HttpCheck{}, true};
  const FakeServer server = kind.server(bench);
  const auto spec = kind.spec(server.endpoint());
  const auto prober = bench.make(spec);
  for (int i = 0; i < 3; ++i) {
    CHECK(bench.probe(*prober).code == CheckCode::kL7Ok);
    CHECK_FALSE(server.last_resumed());
  }
}

TEST_CASE("tcp: the server's program never hears of a check in plain text") {
  Bench bench;
  FakeServer server(*bench.loop, Manner::kAnswer);
  CHECK(bench.probe(spec_for(check::TcpCheck{}, server.endpoint())).code == CheckCode::kL4Ok);
  for (int turn = 0; turn < 10; ++turn) bench.loop->run_once();
  CHECK(server.connections() == 0);
}

TEST_CASE("the node's own address is no source on the way to this host itself") {
  Bench bench;
  FakeServer server(*bench.loop, Manner::kAnswer, std::string(kOk));
  const auto spec = http_for(server);
  // It could not be bound.
  const auto prober = bench.make(spec, base::IpAddress::parse("192.0.2.1").value());
  CHECK(bench.probe(*prober).code == CheckCode::kL7Ok);
  CHECK(server.last_peer().address.is_loopback());
}

TEST_CASE("a node that is known by a loopback address lets the kernel choose for other hosts") {
  Bench bench;
  const check::ProbeSource loopback = base::IpAddress::parse("127.0.0.1").value();
  const check::ProbeParts parts{.loop = *bench.loop, .sockets = bench.sockets, .source = loopback};
  const auto source_to = [&](std::string_view host) {
    const base::Endpoint to{base::IpAddress::parse(host).value(), 80};
    return check::source_for(parts, spec_for(check::TcpCheck{}, to));
  };
  CHECK_FALSE(source_to("192.0.2.1"));
  CHECK(source_to("127.0.0.2") == loopback);
}

TEST_CASE("tcp: a connection is enough, also to a server that says nothing") {
  for (const Manner manner : {Manner::kAnswer, Manner::kHang, Manner::kClose}) {
    Bench bench;
    FakeServer server(*bench.loop, manner);
    CHECK(bench.probe(spec_for(check::TcpCheck{}, server.endpoint())).code == CheckCode::kL4Ok);
    CHECK(server.last_request().empty());
  }
}

TEST_CASE("http: the request has what HTTP/1.1 asks for and nothing to keep the connection") {
  Bench bench;
  FakeServer server(*bench.loop, Manner::kAnswer, std::string(kOk));
  const auto result =
      bench.probe(http_for(server, {.path = "/index.html?x=1", .host = "www.example.org"}));
  CHECK(result.code == CheckCode::kL7Ok);
  CHECK(result.status == 200);
  CHECK(result.info == "OK");
  CHECK(server.last_request() ==
        "GET /index.html?x=1 HTTP/1.1\r\n"
        "Host: www.example.org\r\n"
        "User-Agent: hapair\r\n"
        "Accept: */*\r\n"
        "Connection: close\r\n\r\n");
}

TEST_CASE("a PROXY header that names nobody goes first where the server wants one") {
  Bench bench;
  FakeServer server(*bench.loop, Manner::kAnswer, std::string(kOk));
  auto spec = http_for(server);
  spec.proxy_version = 1;
  CHECK(bench.probe(spec).code == CheckCode::kL7Ok);
  CHECK(server.last_request().starts_with("PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n"));
}

TEST_CASE("http: without a host the Host field is the server's address") {
  Bench bench;
  FakeServer server(*bench.loop, Manner::kAnswer, std::string(kOk));
  bench.probe(http_for(server, {.method = "HEAD"}));
  CHECK(server.last_request().starts_with(
      "HEAD / HTTP/1.1\r\nHost: " + server.endpoint().to_string() + "\r\n"));
}

TEST_CASE("http: a status that is not expected is L7STS with code and phrase") {
  Bench bench;
  FakeServer server(*bench.loop, Manner::kAnswer,
                    "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
  const auto result = bench.probe(http_for(server));
  CHECK(result.code == CheckCode::kL7WrongStatus);
  CHECK(result.status == 500);
  CHECK(result.info == "Internal Server Error");
}

TEST_CASE("http: an answer that drips in byte by byte, interim responses before it, counts") {
  Bench bench;
  FakeServer server(*bench.loop, Manner::kDrip,
                    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + std::string(kOk));
  const auto result = bench.probe(http_for(server));
  CHECK(result.code == CheckCode::kL7Ok);
  CHECK(result.status == 200);
}

TEST_CASE("http: an answer sent before the request was read counts") {
  Bench bench;
  FakeServer server(*bench.loop, Manner::kClose, std::string(kOk));
  CHECK(bench.probe(http_for(server)).code == CheckCode::kL7Ok);
}

TEST_CASE("http: a server that accepts and hangs is L7TOUT when the time is up") {
  Bench bench;
  FakeServer server(*bench.loop, Manner::kHang);
  const auto result = bench.probe(http_for(server), 2s);
  CHECK(result.code == CheckCode::kL7Timeout);
}

TEST_CASE("http: a half head and silence is L7TOUT, a half head and FIN is L7RSP") {
  Bench hanging;
  FakeServer half(*hanging.loop, Manner::kDrip, "HTTP/1.1 200 OK\r\nContent-");
  auto spec = http_for(half);
  spec.timeout = 20ms;
  CHECK(hanging.probe(spec).code == CheckCode::kL7Timeout);

  Bench closing;
  FakeServer cut(*closing.loop, Manner::kAnswer, "HTTP/1.1 200 OK\r\nContent-");
  const auto result = closing.probe(http_for(cut));
  CHECK(result.code == CheckCode::kL7BadResponse);
  CHECK(result.info == "closed within the response head");
}

TEST_CASE("http: garbage, an early FIN and a reset are L7RSP") {
  Bench garbage;
  FakeServer lying(*garbage.loop, Manner::kAnswer, "SSH-2.0-OpenSSH_9.2\r\n");
  CHECK(garbage.probe(http_for(lying)).code == CheckCode::kL7BadResponse);

  Bench silent;
  FakeServer closing(*silent.loop, Manner::kClose);
  const auto result = silent.probe(http_for(closing));
  CHECK(result.code == CheckCode::kL7BadResponse);
  CHECK(result.info == "closed without an answer");

  Bench broken;
  FakeServer resetting(*broken.loop, Manner::kReset);
  const auto reset = broken.probe(http_for(resetting));
  CHECK((reset.code == CheckCode::kL7BadResponse || reset.code == CheckCode::kL4Refused));
}
