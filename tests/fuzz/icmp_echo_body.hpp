// Any packet a raw ICMP socket may yield, in both families: an answer without a read out of bounds,
// and "reply" for nothing but the exact echo. The first byte chooses family and sender.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "libcheck/core/icmp_echo.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_icmp_echo(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  const bool v4 = (bytes[0] & 1U) == 0;
  const bool from_target = (bytes[0] & 2U) == 0;
  const auto packet = bytes.subspan(1);
  const auto target = base::IpAddress::parse(v4 ? "192.0.2.1" : "2001:db8::1").value();
  const auto other = base::IpAddress::parse(v4 ? "192.0.2.2" : "2001:db8::2").value();
  const check::IcmpEcho echo{.target = target, .id = 0x1234, .sequence = 7, .token = 0x0102030405};

  const auto answer = check::judge_echo(echo, packet, from_target ? target : other);
  require(!check::to_string(answer).empty(), "every answer has a name");
  const auto request = check::echo_request(echo);
  require(request.size() == 16, "a request has one length");
  if (answer != check::EchoAnswer::kReply) return;
  require(from_target, "only the target replies");
  require(packet.size() >= request.size() &&
              std::ranges::equal(packet.last(12), std::span(request).last(12)),
          "a reply carries the request's id, sequence and token");
}

}  // namespace hapair::fuzz
