#include "libvrrp/core/neighbour_advert.hpp"

#include <algorithm>
#include <cassert>

#include "common/base/bytes.hpp"
#include "common/base/checksum.hpp"

namespace hapair::vrrp {
namespace {

constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
constexpr MacAddress kAllNodesMac = {0x33, 0x33, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, 16> kAllNodes = {0xff, 0x02, 0, 0, 0, 0, 0, 0,
                                                    0,    0,    0, 0, 0, 0, 0, 1};
constexpr std::uint32_t kVersionAndClass = 0x60000000;
constexpr std::uint8_t kIcmp6 = 58;
constexpr std::uint8_t kHopLimit = 255;  // RFC 4861, section 7.1.2: else it is discarded
constexpr std::uint8_t kNeighbourAdvertisement = 136;
constexpr std::uint32_t kRouterFlag = 0x80000000;
constexpr std::uint32_t kOverrideFlag = 0x20000000;
constexpr std::uint8_t kTargetLinkLayerAddress = 2;
constexpr std::uint8_t kOptionLength = 1;  // in units of 8 bytes
constexpr std::size_t kChecksumOffset = 2;

std::vector<std::uint8_t> icmp_message(const MacAddress& mac, const base::IpAddress& address,
                                       bool router) {
  base::ByteWriter out;
  out.u8(kNeighbourAdvertisement).u8(0).u16(0);
  out.u32(kOverrideFlag | (router ? kRouterFlag : 0));
  out.bytes(address.bytes());
  out.u8(kTargetLinkLayerAddress).u8(kOptionLength).bytes(mac);
  base::InternetChecksum sum;
  sum.add(address.bytes()).add(kAllNodes).add_u16(kIcmp6);
  sum.add_u16(static_cast<std::uint16_t>(out.view().size()));
  out.patch_u16(kChecksumOffset, sum.add(out.view()).finish());
  return out.take();
}

}  // namespace

NeighbourAdvertFrame unsolicited_neighbour_advert(const MacAddress& mac,
                                                  const base::IpAddress& address, bool router) {
  assert(!address.is_v4());
  const std::vector<std::uint8_t> message = icmp_message(mac, address, router);
  base::ByteWriter out;
  out.bytes(kAllNodesMac).bytes(mac).u16(kEtherTypeIpv6);
  out.u32(kVersionAndClass).u16(static_cast<std::uint16_t>(message.size()));
  out.u8(kIcmp6).u8(kHopLimit).bytes(address.bytes()).bytes(kAllNodes);
  out.bytes(message);

  NeighbourAdvertFrame frame;
  assert(out.view().size() == frame.size());
  std::ranges::copy(out.view(), frame.begin());
  return frame;
}

}  // namespace hapair::vrrp
