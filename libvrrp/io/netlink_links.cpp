#include "libvrrp/io/netlink_links.hpp"

#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace hapair::vrrp {
namespace {

Message link_message(int type, int flags, const ifinfomsg& header) {
  Message message(nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_ACK | flags));
  if (!message) return nullptr;
  ifinfomsg copy = header;
  if (nlmsg_append(message.get(), &copy, sizeof copy, NLMSG_ALIGNTO) < 0) return nullptr;
  return message;
}

bool put_kind(nl_msg* message) {
  nlattr* info = nla_nest_start(message, IFLA_LINKINFO);
  if (info == nullptr || nla_put_string(message, IFLA_INFO_KIND, "macvlan") < 0) return false;
  nlattr* data = nla_nest_start(message, IFLA_INFO_DATA);
  // Bridge: an advert of the other node, which comes from the same MAC address, still reaches the
  // link below, where it is received.
  if (data == nullptr || nla_put_u32(message, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE) < 0) {
    return false;
  }
  nla_nest_end(message, data);
  nla_nest_end(message, info);
  return true;
}

/// No IPv6 address of its own: it would be the same on all nodes.
bool put_no_ipv6_address(nl_msg* message) {
  nlattr* inet6 = nla_nest_start(message, AF_INET6);
  if (inet6 == nullptr ||
      nla_put_u8(message, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE) < 0) {
    return false;
  }
  nla_nest_end(message, inet6);
  return true;
}

/// ARP for its own addresses only, and never from them; replies leave by the link below, so the
/// way back need not lead here.
constexpr std::array<std::pair<int, std::uint32_t>, 4> kSettings = {
    {{IPV4_DEVCONF_ARP_IGNORE, 1},
     {IPV4_DEVCONF_ARP_ANNOUNCE, 2},
     {IPV4_DEVCONF_RP_FILTER, 2},
     {IPV4_DEVCONF_ACCEPT_LOCAL, 1}}};

bool put_settings(nl_msg* message) {
  nlattr* families = nla_nest_start(message, IFLA_AF_SPEC);
  nlattr* inet = families != nullptr ? nla_nest_start(message, AF_INET) : nullptr;
  nlattr* conf = inet != nullptr ? nla_nest_start(message, IFLA_INET_CONF) : nullptr;
  if (conf == nullptr) return false;
  for (const auto& [id, value] : kSettings) {
    if (nla_put_u32(message, id, value) < 0) return false;
  }
  nla_nest_end(message, conf);
  nla_nest_end(message, inet);
  if (!put_no_ipv6_address(message)) return false;
  nla_nest_end(message, families);
  return true;
}

}  // namespace

Message macvlan_message(const std::string& name, std::uint32_t parent, const MacAddress& mac) {
  Message message = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, {});
  if (!message) return nullptr;
  const bool built =
      nla_put_string(message.get(), IFLA_IFNAME, name.c_str()) >= 0 &&
      nla_put_u32(message.get(), IFLA_LINK, parent) >= 0 &&
      nla_put(message.get(), IFLA_ADDRESS, static_cast<int>(mac.size()), mac.data()) >= 0 &&
      put_kind(message.get());
  return built ? std::move(message) : nullptr;
}

Message macvlan_settings_message(std::uint32_t link) {
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(link);
  Message message = link_message(RTM_SETLINK, 0, header);
  if (!message || !put_settings(message.get())) return nullptr;
  return message;
}

Message link_up_message(std::uint32_t link) {
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(link);
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
  return link_message(RTM_SETLINK, 0, header);
}

Message remove_link_message(std::uint32_t link) {
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(link);
  return link_message(RTM_DELLINK, 0, header);
}

}  // namespace hapair::vrrp
