#include "libvrrp/core/ip_packet.hpp"

#include "libvrrp/core/packet.hpp"

namespace hapair::vrrp {
namespace {

constexpr std::size_t kMinHeaderLength = 20;
/// The more-fragments flag and the offset; the don't-fragment flag is left out.
constexpr std::uint16_t kFragmentMask = 0x3fff;

}  // namespace

std::expected<Datagram, DropReason> parse_ipv4(base::Bytes packet) {
  base::ByteReader in(packet);
  const unsigned version_length = in.u8();
  in.skip(1);  // TOS
  const std::size_t total_length = in.u16();
  in.skip(2);  // identification
  const std::uint16_t fragment = in.u16();
  Datagram datagram;
  datagram.ttl = in.u8();
  const std::uint8_t protocol = in.u8();
  in.skip(2);  // header checksum
  const base::Bytes source = in.take(4);
  const base::Bytes destination = in.take(4);
  const std::size_t header_length = std::size_t{version_length & 0xf} * 4;
  if (!in.ok() || version_length >> 4 != 4 || header_length < kMinHeaderLength ||
      total_length < header_length || total_length > packet.size() ||
      (fragment & kFragmentMask) != 0 || protocol != kIpProtocol) {
    return std::unexpected(DropReason::kIpHeader);
  }
  datagram.source = *base::IpAddress::from_bytes(source);
  datagram.destination = *base::IpAddress::from_bytes(destination);
  datagram.payload = packet.subspan(header_length, total_length - header_length);
  return datagram;
}

}  // namespace hapair::vrrp
