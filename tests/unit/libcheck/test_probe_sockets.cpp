#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "common/net/socket.hpp"
#include "libcheck/io/probe_sockets.hpp"

using namespace hapair;
using check::ProbeSockets;
using check::SocketKind;
using Stream = std::unique_ptr<net::SocketStream>;

namespace {

const SocketKind kAnySource{};

struct Handler final : net::StreamHandler {
  int calls = 0;
  void on_stream_ready() noexcept override { ++calls; }
};

/// Listens, and keeps what it accepts.
struct Listener {
  net::UniqueFd fd = net::bind_tcp({base::IpAddress::v4(0x7f000001), 0}, {}).value();
  base::Endpoint endpoint = net::local_endpoint(fd.get()).value();

  explicit Listener(int backlog = 256) { REQUIRE(net::start_listening(fd.get(), backlog)); }

  net::Accepted accept() {
    auto accepted = net::accept_one(fd.get()).value();
    REQUIRE(accepted);
    return std::move(*accepted);
  }
};

struct SocketBench {
  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  Handler handler;
  ProbeSockets sockets{*loop};

  Stream connect(const base::Endpoint& to, const SocketKind& kind = kAnySource) {
    auto stream = sockets.connect(kind, to).value();
    REQUIRE(stream->start(handler));
    return stream;
  }
  /// One that stands.
  Stream connected(const base::Endpoint& to, const SocketKind& kind = kAnySource) {
    Stream stream = connect(to, kind);
    turn();
    REQUIRE(stream->may_write());
    return stream;
  }
  void turn() {
    for (int i = 0; i < 3; ++i) loop->run_once();
  }
  /// Leaves one socket ready for the next connection.
  void leave_one_ready(const SocketKind& kind = kAnySource) {
    const Listener listener;
    sockets.end(kind, connected(listener.endpoint, kind));
    turn();
    REQUIRE(sockets.kept() == 1);
  }
};

}  // namespace

TEST_CASE_FIXTURE(SocketBench,
                  "the end of a check resets its connection, and its socket makes the next") {
  Listener listener;
  Stream first = connected(listener.endpoint);
  const net::Accepted there = listener.accept();
  sockets.end(kAnySource, std::move(first));
  std::uint8_t byte = 0;
  CHECK(::recv(there.fd.get(), &byte, 1, 0) == -1);
  CHECK(errno == ECONNRESET);
  turn();
  CHECK(sockets.kept() == 1);

  Stream second = connected(listener.endpoint);
  CHECK(sockets.kept() == 0);
  const net::Accepted again = listener.accept();
  const std::array<iovec, 1> part{{{&byte, 1}}};
  CHECK(second->write(part).bytes == 1);
  CHECK(::recv(again.fd.get(), &byte, 1, 0) == 1);
  CHECK_FALSE(second->peer_finished());
  REQUIRE(::send(again.fd.get(), &byte, 1, MSG_NOSIGNAL) == 1);
  turn();
  std::array<std::uint8_t, 8> room{};
  CHECK(second->read(room).bytes == 1);
}

TEST_CASE_FIXTURE(SocketBench,
                  "a socket rests until the kernel's word of its last end has come by") {
  Listener listener;
  sockets.end(kAnySource, connected(listener.endpoint));
  const Stream other = connect(listener.endpoint);
  CHECK(sockets.kept() == 1);  // it was not used
}

TEST_CASE_FIXTURE(SocketBench,
                  "a connection that nobody answers does not stand, on a used socket neither") {
  leave_one_ready();
  const Listener deaf(0);
  std::vector<net::UniqueFd> queued;
  for (int i = 0; i < 2; ++i) queued.push_back(net::connect_tcp(deaf.endpoint).value());
  const Stream stream = connect(deaf.endpoint);
  CHECK(sockets.kept() == 0);
  const int before = handler.calls;
  turn();
  CHECK(handler.calls == before);
  CHECK_FALSE(stream->may_read());
  CHECK_FALSE(stream->may_write());
}

TEST_CASE_FIXTURE(SocketBench, "a refusal is told on a used socket as on a fresh one") {
  leave_one_ready();
  const net::UniqueFd bound = net::bind_tcp({base::IpAddress::v4(0x7f000001), 0}, {}).value();
  const Stream stream = connect(net::local_endpoint(bound.get()).value());
  CHECK(sockets.kept() == 0);
  turn();
  CHECK(stream->may_read());
  CHECK(stream->failure() == ECONNREFUSED);
}

TEST_CASE_FIXTURE(SocketBench,
                  "a socket serves its own kind only, and keeps the source it is bound to") {
  const SocketKind bound{.source = base::IpAddress::parse("127.0.0.9").value()};
  Listener listener;
  leave_one_ready();
  const Stream other = connected(listener.endpoint, bound);
  CHECK(sockets.kept() == 1);
  CHECK(listener.accept().peer.address == *bound.source);

  SocketBench second;
  second.leave_one_ready(bound);
  const Stream again = second.connected(listener.endpoint, bound);
  CHECK(second.sockets.kept() == 0);
  CHECK(listener.accept().peer.address == *bound.source);
}

TEST_CASE_FIXTURE(SocketBench, "no more sockets are kept than the limit") {
  const Listener listener;
  std::vector<Stream> streams;
  for (std::size_t i = 0; i < ProbeSockets::kMaxKept + 5; ++i) {
    streams.push_back(connected(listener.endpoint));
  }
  for (Stream& stream : streams) sockets.end(kAnySource, std::move(stream));
  CHECK(sockets.kept() == ProbeSockets::kMaxKept);
  for (int i = 0; i < 10; ++i) turn();
  CHECK(sockets.kept() == ProbeSockets::kMaxKept);
}
