#include "libvrrp/io/netlink_monitor.hpp"

#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "common/base/text.hpp"
#include "libvrrp/io/netlink_messages.hpp"
#include "libvrrp/io/netlink_routing.hpp"

namespace hapair::vrrp {
namespace {

/// Room for the events of our own renewals of a thousand addresses, which come too.
constexpr int kSocketBufferBytes = 2 * 1024 * 1024;
constexpr std::size_t kNewsBytes = 32 * 1024;

void hand_over(nlmsghdr* header, NetlinkEventSink& sink) {
  if (const auto address = parse_address(header)) {
    if (header->nlmsg_type == RTM_NEWADDR) {
      sink.on_netlink_event(AddressAdded{*address});
    } else {
      sink.on_netlink_event(AddressRemoved{*address});
    }
  } else if (const auto link = parse_link(header)) {
    if (header->nlmsg_type == RTM_NEWLINK) {
      sink.on_netlink_event(LinkChanged{*link});
    } else {
      sink.on_netlink_event(LinkRemoved{*link});
    }
  } else if (header->nlmsg_type == RTM_DELROUTE || header->nlmsg_type == RTM_DELRULE) {
    const auto heard = parse_routing(header);
    if (heard && heard->protocol == kRouteProtocol) {
      sink.on_netlink_event(RoutingRemoved{heard->routing});
    }
  }
}

}  // namespace

base::Result<NetlinkMonitor> NetlinkMonitor::open(bool routing) {
  NetlinkSocket socket(nl_socket_alloc());
  if (!socket) return base::fail("netlink monitor: out of memory");
  nl_socket_disable_seq_check(socket.get());
  int code = nl_connect(socket.get(), NETLINK_ROUTE);
  for (const int group : {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR}) {
    if (code >= 0) code = nl_socket_add_memberships(socket.get(), group, 0);
  }
  if (routing) {
    for (const int group :
         {RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE}) {
      if (code >= 0) code = nl_socket_add_memberships(socket.get(), group, 0);
    }
  }
  if (code >= 0) code = nl_socket_set_nonblocking(socket.get());
  if (code < 0) return base::fail(base::concat("netlink monitor: ", nl_geterror(code)));
  // As large as it may be; less only means that events may be lost under a storm of them.
  const int size = kSocketBufferBytes;
  (void)::setsockopt(nl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVBUFFORCE, &size,
                     sizeof size);
  return NetlinkMonitor(std::move(socket));
}

int NetlinkMonitor::fd() const { return nl_socket_get_fd(socket_.get()); }

void NetlinkMonitor::read(NetlinkEventSink& sink) {
  alignas(nlmsghdr) std::array<std::uint8_t, kNewsBytes> buffer;
  for (int turn = 0; turn < kBatch; ++turn) {
    const ssize_t got = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == ENOBUFS) {
      sink.on_netlink_event(EventsLost{});
      continue;
    }
    if (got <= 0) return;
    int left = static_cast<int>(got);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(header, left);
         header = nlmsg_next(header, &left)) {
      hand_over(header, sink);
    }
  }
}

}  // namespace hapair::vrrp
