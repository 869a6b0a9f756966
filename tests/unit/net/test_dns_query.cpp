// Questions to a nameserver on loopback that the test plays, on the same loop.
#include <doctest/doctest.h>

#include <sys/socket.h>

#include <functional>
#include <optional>

#include "common/event/clock.hpp"
#include "common/net/dns_query.hpp"
#include "common/net/socket.hpp"
#include "tests/unit/net/dns_wire.hpp"

using namespace hapair;
using namespace hapair::net::test;
using net::DnsType;

namespace {

constexpr std::string_view kAskedName = "web.internal";

/// Answers each datagram, and each message on a connection, as told.
class Nameserver {
 public:
  using Answer = std::function<std::vector<std::uint8_t>(std::uint16_t id, bool tcp)>;

  Nameserver(event::EventLoop& loop, Answer answer)
      : answer_(std::move(answer)),
        listener_(net::bind_tcp({base::IpAddress::v4(0x7f000001), 0}, {}).value()),
        endpoint_(net::local_endpoint(listener_.get()).value()),
        udp_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        udp_watch_(loop, event::Priority::kCheck,
                   event::Callback<event::FdEvents>::to<&Nameserver::on_datagram>(this)),
        accept_watch_(loop, event::Priority::kCheck,
                      event::Callback<event::FdEvents>::to<&Nameserver::on_connection>(this)),
        read_watch_(loop, event::Priority::kCheck,
                    event::Callback<event::FdEvents>::to<&Nameserver::on_message>(this)) {
    const net::SocketAddress address = net::SocketAddress::from(endpoint_);
    REQUIRE(::bind(udp_.get(), address.get(), address.length) == 0);
    REQUIRE(net::start_listening(listener_.get(), 4));
    REQUIRE(udp_watch_.start_reading(udp_.get()));
    REQUIRE(accept_watch_.start_reading(listener_.get()));
  }

  [[nodiscard]] base::Endpoint endpoint() const { return endpoint_; }
  unsigned datagrams = 0;
  unsigned messages = 0;

 private:
  static std::uint16_t id_of(const std::uint8_t* bytes) {
    return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
  }

  void on_datagram(event::FdEvents /*events*/) noexcept {
    std::uint8_t bytes[1500];
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    const ssize_t got =
        ::recvfrom(udp_.get(), bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (got < 12) return;
    ++datagrams;
    const auto reply = answer_(id_of(bytes), false);
    if (reply.empty()) return;
    ::sendto(udp_.get(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
  }

  void on_connection(event::FdEvents /*events*/) noexcept {
    auto accepted = net::accept_one(listener_.get());
    if (!accepted || !*accepted) return;
    connection_ = std::move((*accepted)->fd);
    (void)read_watch_.start_reading(connection_.get());
  }

  void on_message(event::FdEvents /*events*/) noexcept {
    std::uint8_t bytes[1500];
    const ssize_t got = ::recv(connection_.get(), bytes, sizeof bytes, 0);
    if (got == 0) read_watch_.stop();
    if (got < 14) return;
    ++messages;
    const auto reply = answer_(id_of(bytes + 2), true);
    base::ByteWriter framed;
    framed.u16(static_cast<std::uint16_t>(reply.size())).bytes(reply);
    ::send(connection_.get(), framed.view().data(), framed.view().size(), MSG_NOSIGNAL);
  }

  Answer answer_;
  net::UniqueFd listener_;
  base::Endpoint endpoint_;
  net::UniqueFd udp_;
  net::UniqueFd connection_;
  event::FdWatch udp_watch_;
  event::FdWatch accept_watch_;
  event::FdWatch read_watch_;
};

struct QueryBench final : net::DnsHandler {
  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  std::optional<base::Result<net::DnsAnswer>> heard;
  std::optional<net::DnsQuery> query;

  void on_dns_answer(base::Result<net::DnsAnswer> answer) noexcept override {
    heard = std::move(answer);
    query.reset();
  }

  base::Result<net::DnsAnswer> ask(std::vector<base::Endpoint> nameservers,
                                   std::string_view name = kAskedName) {
    query.emplace(*loop, net::DnsSettings{.nameservers = std::move(nameservers), .tries = 2},
                  std::string(name), DnsType::kA, *this);
    CHECK_FALSE(heard);  // never from within the call
    const base::Instant give_up = event::now() + std::chrono::seconds(20);
    while (!heard && event::now() < give_up) loop->run_once();
    REQUIRE(heard);
    return std::move(*heard);
  }
};

std::vector<std::uint8_t> good(std::uint16_t id) {
  return DnsResponse(kAskedName, DnsType::kA).address(kAskedName, "192.0.2.7", 9).bytes(id);
}

}  // namespace

TEST_CASE("a question is answered over UDP") {
  QueryBench bench;
  Nameserver server(*bench.loop, [](std::uint16_t id, bool) { return good(id); });
  const auto answer = bench.ask({server.endpoint()});
  REQUIRE(answer);
  CHECK(answer->addresses.at(0).to_string() == "192.0.2.7");
  CHECK(answer->ttl == std::chrono::seconds(9));
  CHECK(server.datagrams == 1);
  CHECK(server.messages == 0);
}

TEST_CASE("an answer that is cut off is asked for over TCP") {
  QueryBench bench;
  Nameserver server(*bench.loop, [](std::uint16_t id, bool tcp) {
    if (tcp) return good(id);
    return DnsResponse(kAskedName, DnsType::kA).flags(0x8380).bytes(id);
  });
  CHECK(bench.ask({server.endpoint()})->addresses.size() == 1);
  CHECK(server.messages == 1);
}

TEST_CASE("a nameserver that refuses or fails is passed over for the next one") {
  QueryBench bench;
  Nameserver refusing(*bench.loop, [](std::uint16_t id, bool) {
    return DnsResponse(kAskedName, DnsType::kA, 5).bytes(id);
  });
  Nameserver failing(*bench.loop, [](std::uint16_t id, bool) {
    return DnsResponse(kAskedName, DnsType::kA, 2).bytes(id);
  });
  Nameserver serving(*bench.loop, [](std::uint16_t id, bool) { return good(id); });
  CHECK(bench.ask({refusing.endpoint(), failing.endpoint(), serving.endpoint()}));
  CHECK(refusing.datagrams >= 1);
  CHECK(failing.datagrams >= 1);
}

TEST_CASE("that there is no such name is an answer, not a failure") {
  QueryBench bench;
  Nameserver server(*bench.loop, [](std::uint16_t id, bool) {
    return DnsResponse(kAskedName, DnsType::kA, 3).soa("internal", 60, 5).bytes(id);
  });
  CHECK(bench.ask({server.endpoint()})->kind == net::DnsAnswer::Kind::kNoName);
}

TEST_CASE("answers with another id or to another question do not count; the right one does") {
  QueryBench bench;
  Nameserver* self = nullptr;
  unsigned asked = 0;
  Nameserver server(*bench.loop, [&](std::uint16_t id, bool) {
    ++asked;
    // The first is a lie; c-ares asks again after a time-out, and hears the truth.
    if (asked == 1) {
      return DnsResponse(kAskedName, DnsType::kA)
          .address(kAskedName, "192.0.2.66", 9)
          .bytes(static_cast<std::uint16_t>(id + 1));
    }
    return good(id);
  });
  self = &server;
  net::DnsSettings settings{
      .nameservers = {self->endpoint()}, .timeout = std::chrono::milliseconds(10), .tries = 3};
  bench.query.emplace(*bench.loop, settings, std::string(kAskedName), DnsType::kA, bench);
  for (int turn = 0; turn < 20'000'000 && !bench.heard; ++turn) bench.loop->run_once();
  REQUIRE(bench.heard);
  REQUIRE(*bench.heard);
  CHECK((*bench.heard)->addresses.at(0).to_string() == "192.0.2.7");
  CHECK(asked == 2);
}

TEST_CASE("where nobody listens the failure says so") {
  QueryBench bench;
  base::Endpoint nobody;
  {
    const net::UniqueFd socket = net::bind_tcp({base::IpAddress::v4(0x7f000001), 0}, {}).value();
    nobody = net::local_endpoint(socket.get()).value();
  }
  const auto answer = bench.ask({nobody});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().message == "no nameserver can be reached");
}

TEST_CASE("a query that is destroyed is silent") {
  QueryBench bench;
  Nameserver server(*bench.loop, [](std::uint16_t id, bool) { return good(id); });
  bench.query.emplace(*bench.loop, net::DnsSettings{.nameservers = {server.endpoint()}},
                      std::string(kAskedName), DnsType::kA, bench);
  bench.query.reset();
  for (int turn = 0; turn < 100; ++turn) bench.loop->run_once();
  CHECK_FALSE(bench.heard);
}
