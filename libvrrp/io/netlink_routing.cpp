#include "libvrrp/io/netlink_routing.hpp"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <cstring>

#include "libvrrp/io/netlink_messages.hpp"

namespace hapair::vrrp {
namespace {

constexpr std::uint32_t kTablesInHeader = 256;

unsigned char native_family(const base::IpAddress& address) {
  return static_cast<unsigned char>(address.is_v4() ? AF_INET : AF_INET6);
}

/// Larger tables stand in an attribute only.
unsigned char table_in_header(std::uint32_t table) {
  return table < kTablesInHeader ? static_cast<unsigned char>(table)
                                 : std::uint8_t{RT_TABLE_UNSPEC};
}

bool put_address(nl_msg* message, int type, const base::IpAddress& address) {
  const base::Bytes bytes = address.bytes();
  return nla_put(message, type, static_cast<int>(bytes.size()), bytes.data()) >= 0;
}

bool put_number(nl_msg* message, int type, std::uint32_t number) {
  return nla_put_u32(message, type, number) >= 0;
}

Message route_message(const Route& route, bool put) {
  const int flags = put ? NLM_F_CREATE | NLM_F_EXCL : 0;
  Message message(
      nlmsg_alloc_simple(put ? RTM_NEWROUTE : RTM_DELROUTE, NLM_F_REQUEST | NLM_F_ACK | flags));
  if (!message) return nullptr;
  rtmsg header{};
  header.rtm_family = native_family(route.to.address);
  header.rtm_dst_len = route.to.length;
  header.rtm_table = table_in_header(route.table);
  header.rtm_protocol = kRouteProtocol;
  header.rtm_type = RTN_UNICAST;
  header.rtm_scope = !put ? RT_SCOPE_NOWHERE : route.via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  nl_msg* raw = message.get();
  const bool built = nlmsg_append(raw, &header, sizeof header, NLMSG_ALIGNTO) >= 0 &&
                     (route.to.length == 0 || put_address(raw, RTA_DST, route.to.address)) &&
                     (!route.via || put_address(raw, RTA_GATEWAY, *route.via)) &&
                     put_number(raw, RTA_OIF, route.link) &&
                     (!put || !route.source || put_address(raw, RTA_PREFSRC, *route.source)) &&
                     put_number(raw, RTA_TABLE, route.table) &&
                     put_number(raw, RTA_PRIORITY, route.metric);
  return built ? std::move(message) : nullptr;
}

Message rule_message(const Rule& rule, bool put) {
  const int flags = put ? NLM_F_CREATE | NLM_F_EXCL : 0;
  Message message(
      nlmsg_alloc_simple(put ? RTM_NEWRULE : RTM_DELRULE, NLM_F_REQUEST | NLM_F_ACK | flags));
  if (!message) return nullptr;
  fib_rule_hdr header{};
  header.family = native_family(rule.from ? rule.from->address : rule.to->address);
  header.src_len = rule.from ? rule.from->length : 0;
  header.dst_len = rule.to ? rule.to->length : 0;
  header.table = table_in_header(rule.table);
  header.action = FR_ACT_TO_TBL;
  nl_msg* raw = message.get();
  const auto put_prefix = [raw](int type, const std::optional<base::Prefix>& prefix) {
    return !prefix || prefix->length == 0 || put_address(raw, type, prefix->address);
  };
  const bool built = nlmsg_append(raw, &header, sizeof header, NLMSG_ALIGNTO) >= 0 &&
                     put_prefix(FRA_SRC, rule.from) && put_prefix(FRA_DST, rule.to) &&
                     put_number(raw, FRA_TABLE, rule.table) &&
                     put_number(raw, FRA_PRIORITY, rule.priority) &&
                     nla_put_u8(raw, FRA_PROTOCOL, kRouteProtocol) >= 0;
  return built ? std::move(message) : nullptr;
}

Message request(int type, const void* header, std::size_t size) {
  Message message(nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_DUMP));
  if (!message || nlmsg_append(message.get(), const_cast<void*>(header), size, NLMSG_ALIGNTO) < 0) {
    return nullptr;
  }
  return message;
}

std::uint32_t number_of(nlmsghdr* header, std::size_t fixed, int type, std::uint32_t otherwise) {
  nlattr* found = attribute(header, fixed, type);
  return found != nullptr && nla_len(found) == sizeof otherwise ? nla_get_u32(found) : otherwise;
}

std::optional<base::IpAddress> address_of(nlmsghdr* header, std::size_t fixed, int type) {
  const nlattr* found = attribute(header, fixed, type);
  if (found == nullptr) return {};
  const auto address =
      base::IpAddress::from_bytes({static_cast<const std::uint8_t*>(nla_data(found)),
                                   static_cast<std::size_t>(nla_len(found))});
  if (!address) return {};
  return *address;
}

std::optional<HeardRouting> parse_route(nlmsghdr* header) {
  rtmsg fixed{};
  if (!nlmsg_valid_hdr(header, sizeof fixed)) return {};
  std::memcpy(&fixed, nlmsg_data(header), sizeof fixed);
  const bool v4 = fixed.rtm_family == AF_INET;
  if ((!v4 && fixed.rtm_family != AF_INET6) || fixed.rtm_type != RTN_UNICAST ||
      (fixed.rtm_flags & RTM_F_CLONED) != 0) {
    return {};
  }
  const base::IpAddress any = base::IpAddress::any(v4 ? base::Family::kIpv4 : base::Family::kIpv6);
  const base::IpAddress to = address_of(header, sizeof fixed, RTA_DST).value_or(any);
  return HeardRouting{
      .routing = Route{.to = {to, fixed.rtm_dst_len},
                       .via = address_of(header, sizeof fixed, RTA_GATEWAY),
                       .link = number_of(header, sizeof fixed, RTA_OIF, 0),
                       .source = address_of(header, sizeof fixed, RTA_PREFSRC),
                       .table = number_of(header, sizeof fixed, RTA_TABLE, fixed.rtm_table),
                       .metric = number_of(header, sizeof fixed, RTA_PRIORITY, 0)},
      .protocol = fixed.rtm_protocol};
}

std::optional<HeardRouting> parse_rule(nlmsghdr* header) {
  fib_rule_hdr fixed{};
  if (!nlmsg_valid_hdr(header, sizeof fixed)) return {};
  std::memcpy(&fixed, nlmsg_data(header), sizeof fixed);
  if (fixed.action != FR_ACT_TO_TBL) return {};
  const auto prefix_of = [&](int type, std::uint8_t length) -> std::optional<base::Prefix> {
    const auto address = address_of(header, sizeof fixed, type);
    if (!address) return {};
    return base::Prefix{*address, length};
  };
  const nlattr* protocol = attribute(header, sizeof fixed, FRA_PROTOCOL);
  return HeardRouting{
      .routing = Rule{.from = prefix_of(FRA_SRC, fixed.src_len),
                      .to = prefix_of(FRA_DST, fixed.dst_len),
                      .table = number_of(header, sizeof fixed, FRA_TABLE, fixed.table),
                      .priority = number_of(header, sizeof fixed, FRA_PRIORITY, 0)},
      .protocol = protocol != nullptr && nla_len(protocol) == 1
                      ? nla_get_u8(const_cast<nlattr*>(protocol))
                      : std::uint8_t{0}};
}

Message message_of(const Routing& routing, bool put) {
  if (const auto* route = std::get_if<Route>(&routing)) return route_message(*route, put);
  return rule_message(std::get<Rule>(routing), put);
}

}  // namespace

Message put_message(const Routing& routing) { return message_of(routing, true); }

Message take_off_message(const Routing& routing) { return message_of(routing, false); }

Message routes_request(base::Family family, std::uint8_t protocol) {
  rtmsg header{};
  header.rtm_family = native_family(base::IpAddress::any(family));
  header.rtm_protocol = protocol;
  return request(RTM_GETROUTE, &header, sizeof header);
}

Message rules_request(base::Family family) {
  fib_rule_hdr header{};
  header.family = native_family(base::IpAddress::any(family));
  return request(RTM_GETRULE, &header, sizeof header);
}

std::optional<HeardRouting> parse_routing(nlmsghdr* header) {
  switch (header->nlmsg_type) {
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      return parse_route(header);
    case RTM_NEWRULE:
    case RTM_DELRULE:
      return parse_rule(header);
    default:
      return {};
  }
}

}  // namespace hapair::vrrp
