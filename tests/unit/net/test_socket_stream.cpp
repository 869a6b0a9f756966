#include <doctest/doctest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "common/net/pipe.hpp"
#include "common/net/socket_stream.hpp"

using namespace hapair;
using net::IoStatus;

namespace {

struct Handler final : net::StreamHandler {
  int calls = 0;
  void on_stream_ready() noexcept override { ++calls; }
};

struct Fixture {
  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  Handler handler;
  net::UniqueFd peer;
  std::unique_ptr<net::SocketStream> stream;
  std::array<std::uint8_t, 8> buffer{};

  Fixture() {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    peer.reset(ends[1]);
    stream = std::make_unique<net::SocketStream>(*loop, event::Priority::kTraffic,
                                                 net::UniqueFd(ends[0]));
    REQUIRE(stream->start(handler));
    loop->run_once();
  }
  void peer_sends(const std::string& text) {
    REQUIRE(write(peer.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    loop->run_once();
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a short read drains the stream without another system call") {
  peer_sends("abc");
  REQUIRE(stream->may_read());
  CHECK(stream->read(buffer).bytes == 3);
  CHECK_FALSE(stream->may_read());
  peer_sends("d");
  CHECK(stream->may_read());
}

TEST_CASE_FIXTURE(Fixture, "after a FIN a short read is followed by the end of the stream") {
  peer_sends("abc");
  peer.reset();
  loop->run_once();
  CHECK(stream->read(buffer).bytes == 3);
  REQUIRE(stream->may_read());
  CHECK(stream->read(buffer).status == IoStatus::kEof);
  CHECK_FALSE(stream->may_read());
}

TEST_CASE_FIXTURE(Fixture, "a full read leaves the stream readable") {
  peer_sends("12345678");
  CHECK(stream->read(buffer).bytes == 8);
  CHECK(stream->may_read());
  CHECK(stream->read(buffer).status == IoStatus::kWouldBlock);
  CHECK_FALSE(stream->may_read());
}

TEST_CASE_FIXTURE(Fixture, "a full pipe announces itself when the peer has read") {
  const std::string block(65536, 'x');
  const iovec part{const_cast<char*>(block.data()), block.size()};
  while (stream->write({&part, 1}).status == IoStatus::kOk) {
  }
  CHECK_FALSE(stream->may_write());
  const int before = handler.calls;
  std::string sink(1 << 20, '\0');
  while (read(peer.get(), sink.data(), sink.size()) > 0) {
  }
  loop->run_once();
  CHECK(handler.calls > before);
  CHECK(stream->may_write());
}

TEST_CASE_FIXTURE(Fixture, "writing to a closed peer is an error, not a signal") {
  peer.reset();
  loop->run_once();
  const iovec part{const_cast<char*>("x"), 1};
  const net::IoResult result = stream->write({&part, 1});
  CHECK(result.status == IoStatus::kError);
  CHECK(result.error == EPIPE);
}

TEST_CASE_FIXTURE(Fixture, "bytes go from a stream into a pipe and out of it to another one") {
  const auto pipe = net::Pipe::create();
  REQUIRE(pipe);
  CHECK(stream->can_pipe());
  CHECK(stream->read_into(*pipe, 100).status == IoStatus::kWouldBlock);
  peer_sends("abcdef");
  CHECK(stream->read_into(*pipe, 4).bytes == 4);
  CHECK(pipe->size() == 4);
  CHECK(stream->may_read());
  CHECK(stream->write_from(*pipe).bytes == 4);
  CHECK(pipe->empty());
  std::array<char, 8> got{};
  REQUIRE(read(peer.get(), got.data(), got.size()) == 4);
  CHECK(std::string(got.data(), 4) == "abcd");
  CHECK(stream->read_into(*pipe, 100).bytes == 2);
  peer.reset();
  CHECK(stream->write_from(*pipe).error == EPIPE);
  CHECK(pipe->size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "the end of a stream shows in a pipe as in a buffer") {
  const auto pipe = net::Pipe::create();
  peer.reset();
  loop->run_once();
  CHECK(stream->read_into(*pipe, 100).status == IoStatus::kEof);
  CHECK_FALSE(stream->may_read());
}

TEST_CASE_FIXTURE(Fixture, "what cannot be spliced says so and is read as ever") {
  net::SocketStream other(*loop, event::Priority::kTraffic,
                          net::UniqueFd(eventfd(1, EFD_NONBLOCK)));
  REQUIRE(other.start(handler));
  const auto pipe = net::Pipe::create();
  CHECK(other.can_pipe());
  CHECK(other.read_into(*pipe, 100).status == IoStatus::kWouldBlock);
  CHECK_FALSE(other.can_pipe());
}

TEST_CASE_FIXTURE(Fixture, "parts arrive in their order, short ones and long ones") {
  for (const std::size_t size : {std::size_t{3}, std::size_t{1021}, std::size_t{5000}}) {
    std::string first(size, 'a');
    std::string second(size + 1, 'b');
    const std::array<iovec, 2> parts{
        {{first.data(), first.size()}, {second.data(), second.size()}}};
    CHECK(stream->write(parts).bytes == 2 * size + 1);
    std::string got(2 * size + 1, '\0');
    REQUIRE(read(peer.get(), got.data(), got.size()) == static_cast<ssize_t>(got.size()));
    CHECK((got == first + second));
  }
}
