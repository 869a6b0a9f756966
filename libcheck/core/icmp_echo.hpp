// One ICMP echo: the request's bytes, and whether a packet that came is its answer. A raw socket
// hears every echo reply of the host, so an answer must fit in id, sequence, payload and sender.
// Pure: whoever owns the socket sends and receives.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"

namespace hapair::check {

struct IcmpEcho {
  base::IpAddress target;
  std::uint16_t id = 0;        ///< the sender's, the same for all of its echoes
  std::uint16_t sequence = 0;  ///< one for each echo
  std::uint64_t token = 0;     ///< the payload: nobody who has not seen the request can answer it
};

enum class EchoAnswer : std::uint8_t {
  kReply,
  kMalformed,    ///< too short, a bad header or a wrong checksum
  kOtherType,    ///< ICMP, but no echo reply
  kOtherSender,  ///< an echo reply, but not from the target
  kOtherEcho,    ///< of the target, but to another request (or a late one)
};

/// "reply", "malformed", "other type", "other sender", "other echo".
[[nodiscard]] std::string_view to_string(EchoAnswer answer);

/// The ICMP message, without an IP header. For IPv6 the checksum is left 0: the kernel writes it.
[[nodiscard]] std::vector<std::uint8_t> echo_request(const IcmpEcho& echo);

/// Judges what a raw socket of the target's family yielded: for IPv4 a packet with its IP header,
/// for IPv6 the message alone, whose checksum the kernel has verified. Total: any bytes will do.
[[nodiscard]] EchoAnswer judge_echo(const IcmpEcho& echo, base::Bytes packet,
                                    const base::IpAddress& sender);

}  // namespace hapair::check
