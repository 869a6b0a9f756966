// With a real raw socket on loopback where this process may open one, else only what needs none.
#include <doctest/doctest.h>

#include <string_view>

#include "common/net/icmp_socket.hpp"
#include "libcheck/io/echo_prober.hpp"
#include "probe_bench.hpp"
#include "tests/unit/ip.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using check::CheckCode;

namespace {

struct EchoBench final : check::ProbeBench {
  check::EchoProber prober(std::string_view target) { return {*loop, ip(target), 2s, 7, *this}; }
};

}  // namespace

TEST_CASE("without a socket yet a check says nothing; without a way it fails for that reason") {
  EchoBench bench;
  auto prober = bench.prober("192.0.2.1");
  CHECK(bench.probe(prober).code == CheckCode::kSocketError);
  prober.fail_with("there is no ppp0");
  const auto result = bench.probe(prober);
  CHECK(result.code == CheckCode::kL3Failed);
  CHECK(result.info == "there is no ppp0");
}

TEST_CASE("a cancelled check is silent and can be started again") {
  EchoBench bench;
  auto prober = bench.prober("192.0.2.1");
  prober.start(bench.loop->now());
  prober.cancel();
  for (int turn = 0; turn < 10; ++turn) bench.loop->run_once();
  CHECK_FALSE(bench.result);
  CHECK(bench.probe(prober).code == CheckCode::kSocketError);
}

TEST_CASE("loopback answers, again and again; a route that is missing is told of at once") {
  for (const auto* target : {"127.0.0.1", "::1"}) {
    EchoBench bench;
    auto socket = net::open_echo_socket({.family = ip(target).family(), .source = ip(target)});
    if (!socket) {
      MESSAGE("not tested, no raw sockets here: " << socket.error().message);
      return;
    }
    auto prober = bench.prober(target);
    prober.use(std::move(*socket));
    const auto first = bench.probe(prober);
    if (ip(target).is_v4() || first.code != CheckCode::kL3Failed) {  // a host without IPv6
      CHECK(first.code == CheckCode::kL3Ok);
      CHECK(bench.probe(prober).code == CheckCode::kL3Ok);
    }
    auto lost = bench.prober(ip(target).is_v4() ? "255.255.255.255" : "ff02::1");
    lost.use(net::open_echo_socket({.family = ip(target).family()}).value());
    CHECK(check::outcome(bench.probe(lost, 2s).code) == check::Outcome::kFailed);
  }
}
