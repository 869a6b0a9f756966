// Any message in answer to a DNS question: read to an end, "up" only for a message that carries our
// id, and judged alike over UDP and TCP. The first byte chooses the question.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "libcheck/core/dns_query.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

/// The message over TCP, with its length before it, and then the end.
inline check::Finding fuzz_dns_over_tcp(const check::DnsCheck& question, std::uint16_t id,
                                        std::span<const std::uint8_t> message) {
  check::Conversation conversation(check::make_dialogue(question, id));
  require(!conversation.open().send.empty(), "the question is asked");
  require(!conversation.on_timeout().info.empty(), "silence has a reason");
  base::ByteWriter framed;
  framed.u16(static_cast<std::uint16_t>(message.size())).bytes(message);
  const auto& wire = framed.view();
  const auto reply = conversation.take(wire);
  return reply.finding ? *reply.finding : conversation.on_eof();
}

inline void fuzz_dns_answer(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  constexpr std::uint16_t kId = 0x4142;  // "AB"
  check::DnsCheck question{.name = "www.example", .type = check::DnsType::kA};
  if ((bytes[0] & 1U) != 0) question.type = check::DnsType::kAaaa;
  if ((bytes[0] & 2U) != 0) question = {};
  if ((bytes[0] & 4U) != 0) question.expect = base::IpAddress::v4(0xc0000207);
  using enum check::DnsType;
  constexpr std::array kOther{kNs, kCname, kSoa, kPtr, kMx, kTxt, kSrv};
  if ((bytes[0] & 8U) != 0) question.type = kOther[bytes[0] % kOther.size()];
  const auto message = bytes.subspan(1);
  const bool askable = check::check_dns_name(base::as_text(message)).has_value();
  require(!askable || message.size() <= 254, "a name that can be asked for is short");

  const auto finding = check::judge_dns(question, kId, message);
  const auto inquiry = check::make_inquiry(question, kId);
  require(inquiry->judge(message).has_value() == finding.has_value(), "UDP sees the same");
  require(!inquiry->on_silence().info.empty(), "silence has a reason");
  const auto over_tcp = fuzz_dns_over_tcp(question, kId, message);
  constexpr std::size_t kMaxAlike = 4096;  // much longer ones are refused over TCP
  require(message.size() > kMaxAlike ||
              over_tcp.code == (finding ? finding->code : check::CheckCode::kL7BadResponse),
          "TCP sees the same");
  if (!finding) return;
  require(message.size() >= 12 && message[0] == 0x41 && message[1] == 0x42, "it is ours");
  require(!finding->info.empty(), "a finding has a reason");
  const bool up = check::outcome(finding->code) == check::Outcome::kPassed;
  require(!up || (message[3] & 0x0f) == 0, "an error is not up");
}

}  // namespace hapair::fuzz
