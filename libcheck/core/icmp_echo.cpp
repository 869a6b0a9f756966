#include "libcheck/core/icmp_echo.hpp"

#include <optional>

#include "common/base/checksum.hpp"

namespace hapair::check {
namespace {

constexpr std::uint8_t kRequestV4 = 8;
constexpr std::uint8_t kReplyV4 = 0;
constexpr std::uint8_t kRequestV6 = 128;
constexpr std::uint8_t kReplyV6 = 129;
constexpr std::size_t kChecksumOffset = 2;
constexpr std::size_t kMessageLength = 16;  ///< header of eight bytes, then the token
constexpr std::size_t kMinIpHeader = 20;
constexpr std::size_t kIpProtocolOffset = 9;
constexpr std::uint8_t kProtocolIcmp = 1;

/// The ICMP message within an IPv4 packet.
std::optional<base::Bytes> without_ip_header(base::Bytes packet) {
  if (packet.size() < kMinIpHeader || packet[0] >> 4 != 4) return std::nullopt;
  const std::size_t header = std::size_t{4} * (packet[0] & 0x0fU);
  if (header < kMinIpHeader || header > packet.size()) return std::nullopt;
  if (packet[kIpProtocolOffset] != kProtocolIcmp) return std::nullopt;
  return packet.subspan(header);
}

}  // namespace

std::string_view to_string(EchoAnswer answer) {
  switch (answer) {
    case EchoAnswer::kReply:
      return "reply";
    case EchoAnswer::kMalformed:
      return "malformed";
    case EchoAnswer::kOtherType:
      return "other type";
    case EchoAnswer::kOtherSender:
      return "other sender";
    case EchoAnswer::kOtherEcho:
      return "other echo";
  }
  return "malformed";
}

std::vector<std::uint8_t> echo_request(const IcmpEcho& echo) {
  base::ByteWriter out;
  out.u8(echo.target.is_v4() ? kRequestV4 : kRequestV6).u8(0).u16(0);
  out.u16(echo.id).u16(echo.sequence).u64(echo.token);
  if (echo.target.is_v4()) {
    out.patch_u16(kChecksumOffset, base::InternetChecksum().add(out.view()).finish());
  }
  return out.take();
}

EchoAnswer judge_echo(const IcmpEcho& echo, base::Bytes packet, const base::IpAddress& sender) {
  const bool v4 = echo.target.is_v4();
  const auto message = v4 ? without_ip_header(packet) : std::optional(packet);
  if (!message) return EchoAnswer::kMalformed;
  base::ByteReader in(*message);
  const std::uint8_t type = in.u8();
  const std::uint8_t code = in.u8();
  in.skip(2);
  const std::uint16_t id = in.u16();
  const std::uint16_t sequence = in.u16();
  if (!in.ok()) return EchoAnswer::kMalformed;
  if (v4 && base::InternetChecksum().add(*message).finish() != 0) return EchoAnswer::kMalformed;
  if (type != (v4 ? kReplyV4 : kReplyV6) || code != 0) return EchoAnswer::kOtherType;
  if (sender != echo.target) return EchoAnswer::kOtherSender;
  const bool ours = message->size() == kMessageLength && id == echo.id &&
                    sequence == echo.sequence && in.u64() == echo.token;
  return ours ? EchoAnswer::kReply : EchoAnswer::kOtherEcho;
}

}  // namespace hapair::check
