#include "libvrrp/io/netlink_messages.hpp"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>

namespace hapair::vrrp {

nlattr* attribute(nlmsghdr* header, std::size_t fixed, int type) {
  return nlmsg_find_attr(header, static_cast<int>(fixed), type);
}

std::optional<LinkAddress> parse_address(nlmsghdr* header) {
  if ((header->nlmsg_type != RTM_NEWADDR && header->nlmsg_type != RTM_DELADDR) ||
      !nlmsg_valid_hdr(header, sizeof(ifaddrmsg)))
    return {};
  ifaddrmsg fixed{};
  std::memcpy(&fixed, nlmsg_data(header), sizeof fixed);
  // IFA_ADDRESS is the far end on point-to-point links; IFA_LOCAL, where there is one, is ours.
  const nlattr* own = attribute(header, sizeof fixed, IFA_LOCAL);
  if (own == nullptr) own = attribute(header, sizeof fixed, IFA_ADDRESS);
  if (own == nullptr) return {};
  const auto address = base::IpAddress::from_bytes(
      {static_cast<const std::uint8_t*>(nla_data(own)), static_cast<std::size_t>(nla_len(own))});
  if (!address) return {};
  return LinkAddress{fixed.ifa_index, {*address, fixed.ifa_prefixlen}};
}

namespace {

/// Up, and able to pass packets: the cable is in, and whatever negotiates on it has finished.
bool has_carrier(nlmsghdr* header, unsigned flags) {
  if ((flags & IFF_UP) == 0 || (flags & IFF_LOWER_UP) == 0) return false;
  const nlattr* state = attribute(header, sizeof(ifinfomsg), IFLA_OPERSTATE);
  if (state == nullptr || nla_len(state) < 1) return true;
  const std::uint8_t value = nla_get_u8(const_cast<nlattr*>(state));
  return value == IF_OPER_UP || value == IF_OPER_UNKNOWN;
}

/// IFLA_AF_SPEC / AF_INET6 / IFLA_INET6_CONF, an array of s32 that begins with `forwarding`.
bool forwards_ipv6(nlmsghdr* header) {
  nlattr* families = attribute(header, sizeof(ifinfomsg), IFLA_AF_SPEC);
  if (families == nullptr) return false;
  nlattr* inet6 = nla_find(static_cast<nlattr*>(nla_data(families)), nla_len(families), AF_INET6);
  if (inet6 == nullptr) return false;
  nlattr* conf = nla_find(static_cast<nlattr*>(nla_data(inet6)), nla_len(inet6), IFLA_INET6_CONF);
  std::int32_t forwarding = 0;
  if (conf == nullptr || nla_len(conf) < static_cast<int>(sizeof forwarding)) return false;
  std::memcpy(&forwarding, nla_data(conf), sizeof forwarding);
  return forwarding != 0;
}

}  // namespace

std::optional<Link> parse_link(nlmsghdr* header) {
  if ((header->nlmsg_type != RTM_NEWLINK && header->nlmsg_type != RTM_DELLINK) ||
      !nlmsg_valid_hdr(header, sizeof(ifinfomsg)))
    return {};
  ifinfomsg fixed{};
  std::memcpy(&fixed, nlmsg_data(header), sizeof fixed);
  const nlattr* name = attribute(header, sizeof fixed, IFLA_IFNAME);
  if (name == nullptr) return {};
  Link link;
  link.index = static_cast<std::uint32_t>(fixed.ifi_index);
  link.name = nla_get_string(const_cast<nlattr*>(name));
  link.up = (fixed.ifi_flags & IFF_UP) != 0;
  link.carrier = has_carrier(header, fixed.ifi_flags);
  link.forwards_ipv6 = forwards_ipv6(header);
  const nlattr* mac = attribute(header, sizeof fixed, IFLA_ADDRESS);
  if (mac != nullptr && fixed.ifi_type == ARPHRD_ETHER &&
      nla_len(mac) == static_cast<int>(link.mac.size())) {
    std::memcpy(link.mac.data(), nla_data(mac), link.mac.size());
  }
  return link;
}

}  // namespace hapair::vrrp
