#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include "common/net/socket.hpp"
#include "common/net/socket_stream.hpp"
#include "probe_bench.hpp"
#include "tls_pair.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using check::CheckCode;

namespace {

/// A server on loopback that says and hears what the test has it say and hear.
struct Server {
  net::UniqueFd listener = net::bind_tcp({base::IpAddress::v4(0x7f000001), 0}, {}).value();
  net::UniqueFd client;

  Server() { REQUIRE(net::start_listening(listener.get(), 8)); }

  [[nodiscard]] check::CheckSpec spec(check::CheckKind kind) const {
    check::CheckSpec spec;
    spec.kind = std::move(kind);
    spec.endpoint = net::local_endpoint(listener.get()).value();
    return spec;
  }
};

struct DialogueBench final : check::ProbeBench {
  Server server;
  check::CheckSpec spec;
  std::unique_ptr<check::Prober> prober;

  explicit DialogueBench(check::CheckKind kind)
      : spec(server.spec(std::move(kind))),
        prober(check::make_prober({.loop = *loop, .sockets = sockets, .source = {}, .tls = {}},
                                  spec, *this)) {}

  /// Begins a check, up to the connection that the server has then.
  void connect(base::Duration ago = 0s) {
    prober->start(loop->now() - ago);
    for (int turn = 0; turn < 1000 && !server.client; ++turn) {
      loop->run_once();
      if (auto accepted = net::accept_one(server.listener.get()).value()) {
        server.client = std::move(accepted->fd);
      }
    }
    REQUIRE(server.client);
  }
  void say(std::string_view text) {
    REQUIRE(::send(server.client.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }
  /// What the server has heard so far, once it is as long as that.
  std::string hear(std::size_t size) {
    std::string heard;
    for (int turn = 0; turn < 1000 && heard.size() < size; ++turn) {
      loop->run_once();
      char bytes[512];
      const ssize_t got = ::recv(server.client.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (got > 0) heard.append(bytes, static_cast<std::size_t>(got));
    }
    return heard;
  }
  /// How the server's next read ends: 0 for FIN, or the errno.
  int end() {
    char byte = 0;
    for (int turn = 0; turn < 1000; ++turn) {
      const ssize_t got = ::recv(server.client.get(), &byte, 1, MSG_DONTWAIT);
      if (got == 0) return 0;
      if (got < 0 && errno != EAGAIN) return errno;
      loop->run_once();
    }
    return EAGAIN;
  }
};

}  // namespace

TEST_CASE("a dialogue over a connection: each side in turn, and a leave that the server hears") {
  DialogueBench bench(check::SmtpCheck{.hello_name = "lb"});
  bench.connect();
  bench.say("220 mx\r\n");
  CHECK(bench.hear(9) == "EHLO lb\r\n");
  bench.say("250 hello\r\n");
  CHECK(bench.hear(6) == "QUIT\r\n");
  bench.say("221 bye\r\n");
  bench.turn_until_result();
  CHECK(bench.result->code == CheckCode::kL7Ok);
  CHECK(bench.result->status == 250);
  CHECK(bench.result->info == "mx");
}

TEST_CASE("last words arrive: the connection ends by FIN behind them") {
  DialogueBench bench(check::LdapCheck{});
  bench.connect();
  CHECK(bench.hear(14).size() == 14);
  bench.say(std::string("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00", 14));
  bench.turn_until_result();
  CHECK(bench.result->code == CheckCode::kL7Ok);
  CHECK(bench.hear(7) == std::string("\x30\x05\x02\x01\x02\x42\x00", 7));
  CHECK(bench.end() == 0);
}

TEST_CASE("without last words it ends by RST, which leaves nothing behind") {
  DialogueBench bench(check::RedisCheck{});
  bench.connect();
  CHECK(bench.hear(14).size() == 14);
  bench.say("+PONG\r\n");
  bench.turn_until_result();
  CHECK(bench.result->info == "PONG");
  CHECK(bench.end() == ECONNRESET);
}

TEST_CASE("a script that ends with what it sends is done when that is sent") {
  DialogueBench bench(check::ScriptedCheck{{{.sends = true, .send = "bye"}}});
  bench.connect();
  bench.turn_until_result();
  CHECK(bench.result->code == CheckCode::kL7Ok);
  CHECK(bench.hear(3) == "bye");
  CHECK(bench.end() == 0);
}

TEST_CASE("a server that hangs is told by what it owed; the check after it begins anew") {
  DialogueBench bench(check::SmtpCheck{});
  bench.spec.timeout = 40ms;
  bench.connect();
  bench.say("220 mx\r\n");
  bench.turn_until_result();
  CHECK(bench.result->code == CheckCode::kL7Timeout);
  CHECK(bench.result->info == "no reply to EHLO in time");

  bench.spec.timeout = 2s;
  bench.server.client.reset();
  bench.result.reset();
  bench.connect();
  bench.say("554 no\r\n");
  bench.turn_until_result();
  CHECK(bench.result->code == CheckCode::kL7WrongStatus);
  CHECK(bench.result->status == 554);
}

TEST_CASE("a server that resets or leaves within its answer is L7RSP") {
  DialogueBench reset(check::RedisCheck{});
  reset.connect();
  CHECK(reset.hear(14).size() == 14);
  net::reset_on_close(reset.server.client.get());
  reset.server.client.reset();
  reset.turn_until_result();
  CHECK(reset.result->code == CheckCode::kL7BadResponse);

  DialogueBench leave(check::RedisCheck{});
  leave.connect();
  CHECK(leave.hear(14).size() == 14);
  leave.say("+PO");
  leave.server.client.reset();
  leave.turn_until_result();
  CHECK(leave.result->info == "closed within the reply to PING");
}

TEST_CASE("an agent's word comes with the result") {
  DialogueBench bench(check::AgentCheck{.send = "web1\n"});
  bench.connect();
  CHECK(bench.hear(5) == "web1\n");
  bench.say("up 30% drain\n");
  bench.turn_until_result();
  CHECK(bench.result->code == CheckCode::kL7Ok);
  REQUIRE(bench.result->agent);
  CHECK(bench.result->agent->weight_percent == 30);
  CHECK(bench.result->agent->admin == check::AgentWord::Admin::kDrain);
}

TEST_CASE("mysql, postgresql and dns over tcp go over the same driver") {
  DialogueBench mysql(check::MysqlCheck{});
  mysql.connect();
  mysql.say(
      std::string("\x13\0\0\0\x0a"
                  "8\0\1\0\0\0abcdefgh\0\xff\xf7",
                  23));
  mysql.turn_until_result();
  CHECK(mysql.result->info == "8");

  DialogueBench postgres(check::PostgresqlCheck{.user = "u"});
  postgres.connect();
  postgres.say(std::string("R\0\0\0\x08\0\0\0\3", 9));
  postgres.turn_until_result();
  CHECK(postgres.result->info == "it asks for a password");

  DialogueBench dns(check::DnsCheck{.over_tcp = true});
  dns.connect();
  const std::string query = dns.hear(30);
  REQUIRE(query.size() == 30);
  std::string answer = query;  // as a question: not an answer to it
  dns.say(answer);
  dns.turn_until_result();
  CHECK(dns.result->info == "an answer to another question");
}

namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 0xf];
  }
  return out;
}

/// What a login as "u" with "geheim" proves to a server with this nonce; by the plugin's length.
std::string proof_for(std::string_view plugin, std::size_t size) {
  DialogueBench bench(check::MysqlCheck{.user = "u", .password = "geheim"});
  bench.connect();
  std::string payload(
      "\x0a"
      "8\0\1\0\0\0abcdefgh\0\xff\xf7\x2d\2\0\xff\x81\x15",
      24);
  payload += std::string(10, '\0') + "ijklmnopqrst" + '\0' + std::string(plugin) + '\0';
  std::string packet(4, '\0');
  packet[0] = static_cast<char>(payload.size());
  bench.say(packet + payload);
  const std::string login = bench.hear(4 + 32 + 2 + 1 + size + plugin.size() + 1);
  return hex(std::string_view(login).substr(4 + 32 + 2 + 1, size));
}

}  // namespace

TEST_CASE("mysql: the proofs of a password are what the servers compute") {
  CHECK(proof_for("mysql_native_password", 20) == "bbcdd98c2cc26e66e1163072def02efa6672b012");
  CHECK(proof_for("caching_sha2_password", 32) ==
        "9d5463db7402d7b2a6024117cc0517debae53b09d2425fb4d80386ef286c8beb");
}

TEST_CASE("a pattern of a script is a regular expression") {
  DialogueBench bench(check::ScriptedCheck{
      {{.sends = false, .expect = {.how = check::MatchHow::kRegex, .bytes = "^READY \\d+$"}}}});
  bench.connect();
  bench.say("booting\r\nREADY 7\r\n");
  bench.turn_until_result();
  CHECK(bench.result->code == CheckCode::kL7Ok);
}

namespace {

/// A mail server that changes over to TLS, played by hand.
struct Changing final : check::ProbeBench, net::StreamHandler {
  check::TlsPair tls;
  Server server;
  check::CheckSpec spec;
  std::unique_ptr<check::Prober> prober;
  std::unique_ptr<net::ByteStream> stream;
  tls::TlsStream* secured = nullptr;

  explicit Changing(check::TlsPair pair) : tls(std::move(pair)) {
    spec = server.spec(check::SmtpCheck{.hello_name = "a", .starttls = true});
    spec.tls = {.context = 0, .certificate_days = 1, .on_demand = true};
    prober = check::make_prober(
        {.loop = *loop, .sockets = sockets, .source = {}, .tls = {tls.client.get()}}, spec, *this);
    prober->start(loop->now());
    for (int turn = 0; turn < 1000 && !stream; ++turn) {
      loop->run_once();
      if (auto accepted = net::accept_one(server.listener.get()).value()) {
        stream = std::make_unique<net::SocketStream>(*loop, event::Priority::kCheck,
                                                     std::move(accepted->fd));
      }
    }
    REQUIRE(stream);
    REQUIRE(stream->start(*this));
  }
  void on_stream_ready() noexcept override {}

  void say(std::string_view text) {
    const std::array<iovec, 1> part{{{const_cast<char*>(text.data()), text.size()}}};
    CHECK(stream->write(part).bytes == text.size());
  }
  std::string hear(std::size_t size) {
    std::string heard;
    for (int turn = 0; turn < 1000 && heard.size() < size; ++turn) {
      loop->run_once();
      std::array<std::uint8_t, 512> bytes;
      const net::IoResult got = stream->read(bytes);
      if (got.status == net::IoStatus::kOk)
        heard += base::as_text(std::span(bytes).first(got.bytes));
    }
    return heard;
  }
  void change_over() {
    CHECK(hear(1).empty());  // the server speaks first
    say("220 hi\r\n");
    CHECK(hear(8) == "EHLO a\r\n");
    say("250-mail\r\n250 STARTTLS\r\n");
    CHECK(hear(10) == "STARTTLS\r\n");
    say("220 go\r\n");
    stream->set_handler(nullptr);
    auto under_tls = tls.server->accept(std::move(stream)).value();
    secured = under_tls.get();
    stream = std::move(under_tls);
    REQUIRE(stream->start(*this));
    for (int turn = 0; turn < 1000 && !result; ++turn) {
      loop->run_once();
      if (secured->handshake() != tls::TlsStream::Handshake::kUnderWay) return;
    }
  }
};

}  // namespace

TEST_CASE("a check that changes over to TLS goes on there, and sees the certificate") {
  Changing bench{check::TlsPair()};
  bench.change_over();
  CHECK(bench.hear(8) == "EHLO a\r\n");
  bench.say("250 mail\r\n");
  CHECK(bench.hear(6) == "QUIT\r\n");
  bench.say("221 bye\r\n");
  bench.turn_until_result();
  CHECK(bench.result->code == CheckCode::kL7Ok);
  CHECK(bench.result->warns);
  CHECK(bench.result->info == "the certificate expires in 0 days");
}

TEST_CASE("a check that changes over refuses a certificate for somebody else") {
  Changing bench{check::TlsPair({.alternatives = "IP:127.0.0.2"})};
  bench.change_over();
  bench.turn_until_result();
  CHECK(bench.result->code == CheckCode::kL6BadResponse);
}
