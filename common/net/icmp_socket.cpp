#include "common/net/icmp_socket.hpp"

#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/base/text.hpp"
#include "common/net/socket.hpp"

namespace hapair::net {
namespace {

/// A few echoes; what a flood of them pushes out is lost, and asked for again.
constexpr int kReceiveBytes = 16 * 1024;

bool hear_echo_replies_only(int fd, base::Family family) {
  if (family == base::Family::kIpv4) {
    icmp_filter filter{};
    filter.data = ~(1U << ICMP_ECHOREPLY);
    return set_option(fd, SOL_RAW, ICMP_FILTER, filter);
  }
  icmp6_filter filter{};
  ICMP6_FILTER_SETBLOCKALL(&filter);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
  return set_option(fd, IPPROTO_ICMPV6, ICMP6_FILTER, filter);
}

bool bind_to_source(int fd, const base::IpAddress& source) {
  const int on = 1;
  if (source.is_v4() ? !set_option(fd, IPPROTO_IP, IP_FREEBIND, on)
                     : !set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, on)) {
    return false;
  }
  const SocketAddress local = SocketAddress::from({source, 0});
  return ::bind(fd, local.get(), local.length) == 0;
}

}  // namespace

base::Result<UniqueFd> open_echo_socket(const EchoSocketOptions& options) {
  const bool v4 = options.family == base::Family::kIpv4;
  const int protocol = v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  constexpr int kType = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC;
  UniqueFd fd(::socket(v4 ? AF_INET : AF_INET6, kType, protocol));
  if (!fd) return base::os_fail("ICMP socket");
  const std::string& name = options.interface;
  if (!hear_echo_replies_only(fd.get(), options.family) ||
      !set_option(fd.get(), SOL_SOCKET, SO_RCVBUF, kReceiveBytes)) {
    return base::os_fail("ICMP socket");
  }
  if (!name.empty() && ::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                                    static_cast<socklen_t>(name.size())) != 0) {
    return base::os_fail(base::concat("ICMP socket on ", name));
  }
  if (options.source && !bind_to_source(fd.get(), *options.source)) {
    return base::os_fail(base::concat("ICMP socket of ", options.source->to_string()));
  }
  return fd;
}

}  // namespace hapair::net
