#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/net/seqpacket.hpp"

using namespace hapair;
using net::SeqpacketChannel;

TEST_CASE("messages keep their bounds and carry descriptors") {
  auto [left, right] = SeqpacketChannel::pair().value();
  const net::UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  REQUIRE(left.send(base::as_bytes("one")));
  REQUIRE(left.send(base::as_bytes("two"), {null.get(), null.get()}));
  net::Packet packet;
  CHECK(right.receive(packet).value() == SeqpacketChannel::Received::kPacket);
  CHECK(base::as_text(packet.bytes) == "one");
  CHECK(packet.fds.empty());
  CHECK(right.receive(packet).value() == SeqpacketChannel::Received::kPacket);
  CHECK(base::as_text(packet.bytes) == "two");
  REQUIRE(packet.fds.size() == 2);
  CHECK(write(packet.fds[1].get(), "x", 1) == 1);
  CHECK(right.receive(packet).value() == SeqpacketChannel::Received::kNothing);
}

TEST_CASE("the other side's end is seen, after what it had sent") {
  auto [left, right] = SeqpacketChannel::pair().value();
  REQUIRE(left.send(base::as_bytes("last words")));
  left.close();
  net::Packet packet;
  CHECK(right.receive(packet).value() == SeqpacketChannel::Received::kPacket);
  CHECK(right.receive(packet).value() == SeqpacketChannel::Received::kClosed);
}

TEST_CASE("a message above the limits is refused by the sender") {
  auto [left, right] = SeqpacketChannel::pair().value();
  CHECK_FALSE(left.send({}));
  CHECK_FALSE(left.send(std::vector<std::uint8_t>(SeqpacketChannel::kMaxBytes + 1)));
  CHECK_FALSE(left.send(base::as_bytes("x"), std::vector<int>(SeqpacketChannel::kMaxFds + 1, 0)));
  CHECK(left.send(std::vector<std::uint8_t>(SeqpacketChannel::kMaxBytes)));
}
