#include "libvrrp/io/netlink_filters.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include <array>
#include <span>

namespace hapair::vrrp {
namespace {

constexpr std::uint32_t kTypeAt = 12;            // of the Ethernet frame
constexpr std::uint32_t kProtocolAt = 14 + 9;    // behind it, of IPv4
constexpr std::uint32_t kNextHeaderAt = 14 + 6;  // of IPv6
constexpr std::uint32_t kIcmpTypeAt = 14 + 40;   // behind an IPv6 header without extensions
constexpr std::uint32_t kVrrp = 112;
constexpr std::uint32_t kSolicitation = 135;  // RFC 4861, section 4
constexpr std::uint32_t kAdvertisement = 136;
constexpr std::uint32_t kRouterAdvertisement = 134;
constexpr std::uint32_t kRedirect = 137;

/// ARP, VRRP and neighbour discovery; nothing else. The kernel would also tell multicast routers
/// which groups it is in, again and again, when the addresses have gone and from a backup too, and
/// so would other programs tell of themselves: each such frame leads the switch, and with it the
/// clients, away from the master.
constexpr std::array<sock_filter, 14> kOut = {{
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kTypeAt),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 10, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 2),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kProtocolAt),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kVrrp, 7, 8),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 7),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kNextHeaderAt),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kVrrp, 4, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 4),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kIcmpTypeAt),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSolicitation, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kAdvertisement, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, TC_ACT_OK),
    BPF_STMT(BPF_RET | BPF_K, TC_ACT_SHOT),
}};

/// All but what would have the kernel give the link addresses and routes of its own: router
/// advertisements and redirects.
constexpr std::array<sock_filter, 9> kIn = {{
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kTypeAt),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 5),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kNextHeaderAt),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 3),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kIcmpTypeAt),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kRouterAdvertisement, 2, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kRedirect, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, TC_ACT_OK),
    BPF_STMT(BPF_RET | BPF_K, TC_ACT_SHOT),
}};

Message tc_message(int type, const tcmsg& header, const char* kind) {
  Message message(nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL));
  if (!message) return nullptr;
  tcmsg copy = header;
  if (nlmsg_append(message.get(), &copy, sizeof copy, NLMSG_ALIGNTO) < 0 ||
      nla_put_string(message.get(), TCA_KIND, kind) < 0) {
    return nullptr;
  }
  return message;
}

bool put_program(nl_msg* message, std::span<const sock_filter> program) {
  nlattr* options = nla_nest_start(message, TCA_OPTIONS);
  if (options == nullptr ||
      nla_put_u16(message, TCA_BPF_OPS_LEN, static_cast<std::uint16_t>(program.size())) < 0 ||
      nla_put(message, TCA_BPF_OPS, static_cast<int>(program.size_bytes()), program.data()) < 0 ||
      nla_put_u32(message, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT) < 0) {
    return false;
  }
  nla_nest_end(message, options);
  return true;
}

}  // namespace

Message filter_place_message(std::uint32_t link) {
  tcmsg header{};
  header.tcm_ifindex = static_cast<int>(link);
  header.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0U);
  header.tcm_parent = TC_H_CLSACT;
  return tc_message(RTM_NEWQDISC, header, "clsact");
}

Message filter_message(std::uint32_t link, Direction direction) {
  const bool out = direction == Direction::kOut;
  tcmsg header{};
  header.tcm_ifindex = static_cast<int>(link);
  header.tcm_parent =
      TC_H_MAKE(TC_H_CLSACT, out ? TC_H_MIN_EGRESS : static_cast<std::uint32_t>(TC_H_MIN_INGRESS));
  header.tcm_info = TC_H_MAKE(1U << 16U, htons(ETH_P_ALL));
  Message message = tc_message(RTM_NEWTFILTER, header, "bpf");
  const std::span<const sock_filter> program =
      out ? std::span<const sock_filter>(kOut) : std::span<const sock_filter>(kIn);
  if (!message || !put_program(message.get(), program)) return nullptr;
  return message;
}

}  // namespace hapair::vrrp
