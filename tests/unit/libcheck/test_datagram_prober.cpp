#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <string>

#include "common/net/socket.hpp"
#include "probe_bench.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using check::CheckCode;

namespace {

/// A UDP port on loopback.
struct Port {
  net::UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  base::Endpoint endpoint;

  Port() {
    const auto any = net::SocketAddress::from({base::IpAddress::v4(0x7f000001), 0});
    REQUIRE(::bind(fd.get(), any.get(), any.length) == 0);
    endpoint = net::local_endpoint(fd.get()).value();
  }
};

struct DatagramBench final : check::ProbeBench {
  using check::ProbeBench::probe;

  Port port;
  check::CheckSpec spec;
  std::unique_ptr<check::Prober> prober;
  net::SocketAddress client;

  explicit DatagramBench(check::CheckKind kind, const check::ProbeSource& source = {}) {
    spec.kind = std::move(kind);
    spec.endpoint = port.endpoint;
    spec.source = source;
    prober = check::make_prober({.loop = *loop, .sockets = sockets, .source = {}, .tls = {}}, spec,
                                *this);
  }

  std::string hear() {
    char bytes[512];
    for (int turn = 0; turn < 1000; ++turn) {
      client.length = sizeof client.storage;
      const ssize_t got = ::recvfrom(port.fd.get(), bytes, sizeof bytes, 0,
                                     reinterpret_cast<sockaddr*>(&client.storage), &client.length);
      if (got >= 0) return std::string(bytes, static_cast<std::size_t>(got));
      loop->run_once();
    }
    FAIL("nothing came");
    return {};
  }
  void say(std::string_view text) {
    REQUIRE(::sendto(port.fd.get(), text.data(), text.size(), 0, client.get(), client.length) ==
            static_cast<ssize_t>(text.size()));
  }
  /// The next answer to nobody's question.
  bool heard_more() {
    char byte = 0;
    return ::recv(port.fd.get(), &byte, 1, 0) >= 0;
  }
};

const check::UdpCheck kPing{
    .send = "ping",
    .expect = check::PayloadMatch{.how = check::MatchHow::kRegex, .bytes = "^pong \\d$"}};

}  // namespace

TEST_CASE("udp: a datagram goes out, and the answer is judged") {
  for (const auto& [answer, code] :
       {std::pair{"pong 1", CheckCode::kL7Ok}, {"what", CheckCode::kL7BadResponse}}) {
    DatagramBench bench(kPing);
    bench.prober->start(bench.loop->now());
    CHECK(bench.hear() == "ping");
    bench.say(answer);
    bench.turn_until_result();
    CHECK(bench.result->code == code);
  }
}

TEST_CASE("udp: a port that nobody listens on is refused at once, by the network's word") {
  for (const bool silence_is_good : {false, true}) {
    DatagramBench bench(check::UdpCheck{.send = "x", .silence_is_good = silence_is_good});
    bench.port.fd.reset();
    const auto result = bench.probe(*bench.prober);
    CHECK(result.code == CheckCode::kL4Refused);
    CHECK(result.info == "Connection refused");
  }
}

TEST_CASE("udp: silence is a failure when the time is up, or good where the check says so") {
  DatagramBench silent(check::UdpCheck{.send = "x"});
  CHECK(silent.probe(*silent.prober, 2s).code == CheckCode::kL7Timeout);
  DatagramBench quiet(check::UdpCheck{.send = "x", .silence_is_good = true});
  CHECK(quiet.probe(*quiet.prober, 2s).code == CheckCode::kL4Ok);
}

TEST_CASE("udp: what was lost is sent again before the time is up") {
  DatagramBench bench(kPing);
  bench.prober->start(bench.loop->now() - 700ms);  // a third of 2 s is over
  CHECK(bench.hear() == "ping");
  CHECK(bench.hear() == "ping");
  bench.say("pong 2");
  bench.turn_until_result();
  CHECK(bench.result->code == CheckCode::kL7Ok);
}

TEST_CASE("udp: nobody but the server is heard") {
  DatagramBench bench(kPing);
  bench.prober->start(bench.loop->now());
  CHECK(bench.hear() == "ping");
  const Port stranger;
  REQUIRE(::sendto(stranger.fd.get(), "what", 4, 0, bench.client.get(), bench.client.length) == 4);
  for (int turn = 0; turn < 10; ++turn) bench.loop->run_once();
  CHECK_FALSE(bench.result);
  bench.say("pong 1");
  bench.turn_until_result();
  CHECK(bench.result->code == CheckCode::kL7Ok);
}

TEST_CASE("dns: answers to other questions are passed over; ids differ from check to check") {
  DatagramBench bench(check::DnsCheck{});
  std::string ids;
  for (int check = 0; check < 4; ++check) {
    bench.result.reset();
    bench.prober->start(bench.loop->now());
    std::string answer = bench.hear();
    REQUIRE(answer.size() == 28);
    ids += answer.substr(0, 2);
    answer[2] = static_cast<char>(0x81);  // an answer
    answer[3] = 5;                        // REFUSED
    std::string other = answer;
    other[0] = static_cast<char>(other[0] ^ 1);
    bench.say(other);
    for (int turn = 0; turn < 5; ++turn) bench.loop->run_once();
    CHECK_FALSE(bench.result);
    bench.say(answer);
    bench.turn_until_result();
    CHECK(bench.result->info == "REFUSED");
  }
  CHECK(ids.substr(2) != ids.substr(0, 2) + ids.substr(0, 2) + ids.substr(0, 2));
}

TEST_CASE("udp: it leaves from the given source, and a cancelled check is silent") {
  DatagramBench bench(kPing, base::IpAddress::parse("127.0.0.9").value());
  bench.prober->start(bench.loop->now());
  CHECK(bench.hear() == "ping");
  CHECK(bench.client.endpoint()->address == base::IpAddress::parse("127.0.0.9").value());
  bench.prober->cancel();
  bench.say("pong 1");
  for (int turn = 0; turn < 10; ++turn) bench.loop->run_once();
  CHECK_FALSE(bench.result);
  CHECK_FALSE(bench.heard_more());
}

TEST_CASE("udp: a lack of descriptors on this node is SOCKERR, a source that it lacks L4CON") {
  DatagramBench bench(kPing);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto result = bench.probe(*bench.prober);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(result.code == CheckCode::kSocketError);

  DatagramBench foreign(kPing, base::IpAddress::parse("192.0.2.1").value());
  CHECK(foreign.probe(*foreign.prober).code == CheckCode::kL4Refused);
}
