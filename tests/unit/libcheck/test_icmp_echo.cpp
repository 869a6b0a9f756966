#include <doctest/doctest.h>

#include <vector>

#include "common/base/checksum.hpp"
#include "libcheck/core/icmp_echo.hpp"
#include "tests/fuzz/icmp_echo_body.hpp"
#include "tests/fuzz/replay.hpp"

using namespace hapair;
using check::EchoAnswer;
using check::IcmpEcho;
using Packet = std::vector<std::uint8_t>;

namespace {

constexpr std::uint64_t kToken = 0x1122334455667788;

IcmpEcho echo_to(std::string_view target) {
  return {.target = base::IpAddress::parse(target).value(),
          .id = 0x4242,
          .sequence = 3,
          .token = kToken};
}

/// What an honest target makes of the request: the type turned, the checksum made anew.
Packet reply_to(const IcmpEcho& echo) {
  Packet message = check::echo_request(echo);
  message[0] = echo.target.is_v4() ? 0 : 129;
  message[2] = message[3] = 0;
  if (!echo.target.is_v4()) return message;
  const auto sum = base::InternetChecksum().add(message).finish();
  message[2] = static_cast<std::uint8_t>(sum >> 8);
  message[3] = static_cast<std::uint8_t>(sum);
  Packet packet(20);
  packet[0] = 0x45;
  packet[9] = 1;
  packet.insert(packet.end(), message.begin(), message.end());
  return packet;
}

}  // namespace

TEST_CASE("an echo request has the bytes of RFC 792, and of RFC 4443 without the checksum") {
  CHECK(check::echo_request(echo_to("192.0.2.1")) ==
        Packet{8, 0, 0xa4, 0x65, 0x42, 0x42, 0, 3, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88});
  CHECK(check::echo_request(echo_to("fe80::1")) ==
        Packet{128, 0, 0, 0, 0x42, 0x42, 0, 3, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88});
}

TEST_CASE("the target's answer to this very request is a reply, and no other") {
  for (const auto* target : {"192.0.2.1", "2001:db8::1"}) {
    CAPTURE(target);
    const IcmpEcho echo = echo_to(target);
    const Packet reply = reply_to(echo);
    CHECK(check::judge_echo(echo, reply, echo.target) == EchoAnswer::kReply);

    const auto stranger = echo_to(echo.target.is_v4() ? "192.0.2.2" : "2001:db8::2").target;
    CHECK(check::judge_echo(echo, reply, stranger) == EchoAnswer::kOtherSender);
    IcmpEcho next = echo;
    ++next.sequence;
    CHECK(check::judge_echo(next, reply, echo.target) == EchoAnswer::kOtherEcho);
    IcmpEcho other_id = echo;
    ++other_id.id;
    CHECK(check::judge_echo(other_id, reply, echo.target) == EchoAnswer::kOtherEcho);
    IcmpEcho guessed = echo;
    ++guessed.token;
    CHECK(check::judge_echo(guessed, reply, echo.target) == EchoAnswer::kOtherEcho);
  }
}

TEST_CASE("our own request, heard on the loopback, is no reply") {
  const IcmpEcho echo = echo_to("2001:db8::1");
  CHECK(check::judge_echo(echo, check::echo_request(echo), echo.target) == EchoAnswer::kOtherType);
}

TEST_CASE("a reply that is cut or damaged anywhere in the message is refused") {
  const IcmpEcho echo = echo_to("192.0.2.1");
  const Packet reply = reply_to(echo);
  for (std::size_t length = 0; length < reply.size(); ++length) {
    CAPTURE(length);
    CHECK(check::judge_echo(echo, base::Bytes(reply).first(length), echo.target) !=
          EchoAnswer::kReply);
  }
  for (std::size_t at = 20; at < reply.size(); ++at) {
    CAPTURE(at);
    Packet damaged = reply;
    damaged[at] ^= 0x10;
    CHECK(check::judge_echo(echo, damaged, echo.target) == EchoAnswer::kMalformed);
  }
}

TEST_CASE("each answer has a name") {
  CHECK(check::to_string(EchoAnswer::kReply) == "reply");
  CHECK(check::to_string(EchoAnswer::kMalformed) == "malformed");
  CHECK(check::to_string(EchoAnswer::kOtherType) == "other type");
  CHECK(check::to_string(EchoAnswer::kOtherSender) == "other sender");
  CHECK(check::to_string(EchoAnswer::kOtherEcho) == "other echo");
}

TEST_CASE("the corpus of ICMP echoes replays") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/icmp_echo", fuzz::fuzz_icmp_echo) >= 20);
}
