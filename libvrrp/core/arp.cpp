#include "libvrrp/core/arp.hpp"

#include <algorithm>
#include <cassert>

#include "common/base/bytes.hpp"

namespace hapair::vrrp {
namespace {

constexpr std::uint16_t kEtherTypeArp = 0x0806;
constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
constexpr std::uint16_t kHardwareEthernet = 1;
constexpr std::uint16_t kOperationRequest = 1;

}  // namespace

std::string to_string(const MacAddress& mac) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : mac) {
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

ArpFrame gratuitous_arp(const MacAddress& mac, const base::IpAddress& address) {
  assert(address.is_v4());
  base::ByteWriter out;
  out.bytes(kBroadcastMac).bytes(mac).u16(kEtherTypeArp);
  out.u16(kHardwareEthernet).u16(kEtherTypeIpv4);
  out.u8(static_cast<std::uint8_t>(mac.size()));
  out.u8(static_cast<std::uint8_t>(address.bytes().size()));
  out.u16(kOperationRequest);
  out.bytes(mac).bytes(address.bytes());
  out.bytes(kBroadcastMac).bytes(address.bytes());

  ArpFrame frame;
  assert(out.view().size() == frame.size());
  std::ranges::copy(out.view(), frame.begin());
  return frame;
}

}  // namespace hapair::vrrp
