// Two links over real sockets on the loopback interface. Only order and generous bounds count.
#include "libvrrp/io/hello_link.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>

#include "common/base/text.hpp"
#include "common/net/socket.hpp"
#include "tests/unit/libvrrp/wire.hpp"

namespace hapair::vrrp {
namespace {

using namespace std::chrono_literals;
using test::ip;

constexpr base::Duration kPatience = 10s;

class Log final : public HelloListener {
 public:
  void on_peer_heard(std::size_t /*peer*/) noexcept override { ++heard; }
  void on_peer_silent(std::size_t /*peer*/) noexcept override { ++silent; }
  void on_hello_alarm(const HelloAlarm& alarm) noexcept override { alarms += alarm.message + "; "; }
  void on_hello() noexcept override { ++hellos; }
  void on_hello_unavailable(std::string_view why) noexcept override { trouble += why; }

  int heard = 0;
  int silent = 0;
  int hellos = 0;
  std::string alarms;
  std::string trouble;
};

/// A port of this address that is free now.
net::UniqueFd take_port(const base::IpAddress& address, base::Endpoint& taken) {
  const auto any = net::SocketAddress::from({address, 0});
  net::UniqueFd fd(::socket(any.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd || ::bind(fd.get(), any.get(), any.length) != 0) return {};
  taken = net::local_endpoint(fd.get()).value();
  return fd;
}

class Wire {
 public:
  explicit Wire(const std::string& first, const std::string& second) {
    for (const std::string& address : {first, second}) {
      base::Endpoint& endpoint = endpoints_.emplace_back();
      there = take_port(ip(address), endpoint) && there;
    }
    key_.fill(7);
  }

  HelloLinkSettings settings(std::size_t self) const {
    return {.exchange = {.node = name(self), .peers = {name(1 - self)}, .interval = 50ms},
            .own = endpoints_[self],
            .peers = {endpoints_[1 - self]},
            .key = key_};
  }

  static std::string name(std::size_t self) { return base::concat("lb", self + 1); }
  const base::Endpoint& endpoint(std::size_t self) const { return endpoints_[self]; }

  bool there = true;  ///< the host has such addresses

 private:
  std::vector<base::Endpoint> endpoints_;
  HmacKey key_{};
};

NodeReport report(std::string hash) {
  return {.version = "1", .config_hash = std::move(hash), .vips = {}, .backends = {{"app", 2}}};
}

template <class Done>
void run_until(event::EventLoop& loop, const Done& done) {
  const base::Instant end = loop.now() + kPatience;
  while (!done() && loop.now() < end) loop.run_once();
  CHECK(done());
}

}  // namespace

TEST_CASE("two nodes hear each other over either family, and one misses the other") {
  for (const auto& [first, second] : {std::pair{"127.0.0.1", "127.0.0.2"}, {"::1", "::1"}}) {
    CAPTURE(first);
    const Wire wire(first, second);
    if (!wire.there) continue;  // a host without IPv6
    const auto loop = event::EventLoop::create().value();
    Log log1;
    Log log2;
    HelloLink one(*loop, wire.settings(0), log1);
    auto two = std::make_unique<HelloLink>(*loop, wire.settings(1), log2);
    one.start(report("a"));
    two->start(report("b"));
    run_until(*loop, [&] { return log1.heard == 1 && log2.heard == 1; });
    const auto peers = one.exchange().peers();
    CHECK(peers.front().report == report("b"));
    CHECK(log1.alarms.find("lb2 runs the config b") != std::string::npos);
    two->refresh(report("a"));
    run_until(*loop, [&] { return log1.alarms.find("same config") != std::string::npos; });
    two.reset();
    run_until(*loop, [&] { return log1.silent == 1; });
    CHECK(one.counters().sent >= 3);
  }
}

TEST_CASE("whoever is no node is counted and not listened to; junk of a node changes nothing") {
  const Wire wire("127.0.0.1", "127.0.0.2");
  const auto loop = event::EventLoop::create().value();
  Log log;
  HelloLink one(*loop, wire.settings(0), log);
  one.start(report("a"));
  const auto shout = [&](const char* from) {
    base::Endpoint endpoint;
    const net::UniqueFd fd = take_port(ip(from), endpoint);
    const auto to = net::SocketAddress::from(wire.endpoint(0));
    const std::string junk(10000, 'x');
    for (int i = 0; i < 200; ++i) {
      CHECK(::sendto(fd.get(), junk.data(), junk.size() - static_cast<std::size_t>(50 * i), 0,
                     to.get(), to.length) > 0);
      if (i % 10 == 0) loop->run_once();
    }
  };
  shout("127.0.0.3");
  run_until(*loop, [&] { return one.counters().strangers >= 20; });
  CHECK(one.exchange().drops().not_ours == 0);
  shout("127.0.0.2");
  run_until(*loop, [&] { return one.exchange().drops().not_ours >= 20; });
  CHECK(log.heard == 0);
  CHECK(log.hellos == 0);
}

TEST_CASE("a flood gets a batch at a time, and the loop a rest from it") {
  const Wire wire("127.0.0.1", "127.0.0.2");
  const auto loop = event::EventLoop::create().value();
  Log log;
  HelloLink one(*loop, wire.settings(0), log);
  one.start(report("a"));
  base::Endpoint endpoint;
  const net::UniqueFd fd = take_port(ip("127.0.0.3"), endpoint);
  const auto to = net::SocketAddress::from(wire.endpoint(0));
  constexpr std::uint64_t kFlood = 100;
  for (std::uint64_t i = 0; i < kFlood; ++i) {
    REQUIRE(::sendto(fd.get(), "x", 1, 0, to.get(), to.length) == 1);
  }
  loop->run_once();
  CHECK(one.counters().strangers == HelloLink::kBatch);
  loop->run_once();
  run_until(*loop, [&] { return one.counters().strangers == kFlood; });
}

TEST_CASE("a port that is taken is told once and tried again") {
  const Wire wire("127.0.0.1", "127.0.0.2");
  const auto loop = event::EventLoop::create().value();
  const auto own = net::SocketAddress::from(wire.endpoint(0));
  net::UniqueFd taken(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  REQUIRE(::bind(taken.get(), own.get(), own.length) == 0);
  Log log;
  HelloLink one(*loop, wire.settings(0), log);
  one.start(report("a"));
  run_until(*loop, [&] { return one.counters().unsent >= 3; });
  CHECK(log.trouble ==
        base::concat("UDP ", wire.endpoint(0).to_string(), ": Address already in use"));
  taken.reset();
  run_until(*loop, [&] { return one.counters().sent >= 2; });
}

}  // namespace hapair::vrrp
