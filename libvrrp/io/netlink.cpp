#include "libvrrp/io/netlink.hpp"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/text.hpp"
#include "libvrrp/io/netlink_filters.hpp"
#include "libvrrp/io/netlink_links.hpp"
#include "libvrrp/io/netlink_messages.hpp"
#include "libvrrp/io/netlink_routing.hpp"

namespace hapair::vrrp {
namespace {

// The kernel answers within the sending call; this only guards against waiting for ever.
constexpr int kReplyTimeoutMs = 1000;
constexpr std::size_t kReceiveBytes = 64 * 1024;
// So many answers fit in the socket's buffer (each takes about 1 KiB of it) before we read any.
constexpr std::size_t kBatch = 64;
constexpr int kSocketBufferBytes = 200 * 1024;

Message new_message(int type, int flags) { return Message(nlmsg_alloc_simple(type, flags)); }

base::Result<void> nl_fail(std::string_view what, int nl_code) {
  return base::fail(base::concat(what, ": ", nl_geterror(nl_code)));
}

int native_family(base::Family family) {
  return family == base::Family::kIpv4 ? AF_INET : AF_INET6;
}

/// RTM_NEWADDR or RTM_DELADDR. nullptr when memory runs out.
Message address_message(const AddressChange& change) {
  const bool put = change.kind == AddressChange::Kind::kPut;
  const base::Prefix& prefix = change.address.prefix;
  Message message =
      put ? new_message(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE)
          : new_message(RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK);
  if (!message) return nullptr;
  ifaddrmsg header{};
  header.ifa_family = static_cast<unsigned char>(native_family(prefix.address.family()));
  header.ifa_prefixlen = prefix.length;
  header.ifa_index = change.address.link;
  header.ifa_scope = change.scope;
  const base::Bytes bytes = prefix.address.bytes();
  const int length = static_cast<int>(bytes.size());
  if (nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
      nla_put(message.get(), IFA_LOCAL, length, bytes.data()) < 0 ||
      nla_put(message.get(), IFA_ADDRESS, length, bytes.data()) < 0) {
    return nullptr;
  }
  if (!put) return message;
  // A prefix makes no route: that would have the VIP as the source of connections of our own.
  const std::uint32_t flags =
      prefix.address.is_v4() ? IFA_F_NOPREFIXROUTE : IFA_F_NODAD | IFA_F_NOPREFIXROUTE;
  if (nla_put_u32(message.get(), IFA_FLAGS, flags) < 0) return nullptr;
  if (!change.label.empty() && nla_put_string(message.get(), IFA_LABEL, change.label.c_str()) < 0) {
    return nullptr;
  }
  ifa_cacheinfo lifetime{};
  lifetime.ifa_valid = static_cast<std::uint32_t>(change.lease.count());
  // Deprecated from the start, an IPv6 address is never chosen as the source of a connection of our
  // own, which would die with the VIP. IPv4 chooses by route, and a VIP makes none.
  lifetime.ifa_prefered = prefix.address.is_v4() ? lifetime.ifa_valid : 0;
  if (nla_put(message.get(), IFA_CACHEINFO, sizeof lifetime, &lifetime) < 0) return nullptr;
  return message;
}

/// The IPv4 settings of a link: IFLA_AF_SPEC / AF_INET / IFLA_INET_CONF, an array of u32 by
/// IPV4_DEVCONF_*, which counts from 1.
std::optional<ArpSettings> parse_arp_settings(nlmsghdr* header) {
  if (header->nlmsg_type != RTM_NEWLINK || !nlmsg_valid_hdr(header, sizeof(ifinfomsg))) return {};
  nlattr* families = attribute(header, sizeof(ifinfomsg), IFLA_AF_SPEC);
  if (families == nullptr) return {};
  nlattr* inet = nla_find(static_cast<nlattr*>(nla_data(families)), nla_len(families), AF_INET);
  if (inet == nullptr) return {};
  nlattr* conf = nla_find(static_cast<nlattr*>(nla_data(inet)), nla_len(inet), IFLA_INET_CONF);
  if (conf == nullptr) return {};
  const auto value = [conf](std::size_t id) {
    std::uint32_t number = 0;
    const std::size_t offset = (id - 1) * sizeof number;
    if (offset + sizeof number <= static_cast<std::size_t>(nla_len(conf))) {
      std::memcpy(&number, static_cast<const std::uint8_t*>(nla_data(conf)) + offset,
                  sizeof number);
    }
    return number;
  };
  return ArpSettings{value(IPV4_DEVCONF_ARP_IGNORE), value(IPV4_DEVCONF_ARP_ANNOUNCE)};
}

/// The errno of an NLMSG_ERROR; 0 for a plain acknowledgement.
int ack_errno(nlmsghdr* header) {
  nlmsgerr error{};
  if (!nlmsg_valid_hdr(header, sizeof error.error)) return EBADMSG;
  std::memcpy(&error.error, nlmsg_data(header), sizeof error.error);
  return -error.error;
}

}  // namespace

void NetlinkSocketDeleter::operator()(nl_sock* socket) const { nl_socket_free(socket); }

base::Result<Netlink> Netlink::open() {
  NetlinkSocket socket(nl_socket_alloc());
  if (!socket) return base::fail("netlink: out of memory");
  if (const int code = nl_connect(socket.get(), NETLINK_ROUTE); code < 0) {
    return std::unexpected(nl_fail("netlink", code).error());
  }
  if (const int code = nl_socket_set_buffer_size(socket.get(), kSocketBufferBytes, 0); code < 0) {
    return std::unexpected(nl_fail("netlink", code).error());
  }
  return Netlink(std::move(socket));
}

std::uint32_t Netlink::append(std::vector<std::uint8_t>& batch, nl_msg* message) {
  nlmsghdr* header = nlmsg_hdr(message);
  header->nlmsg_seq = sequence_++;
  header->nlmsg_pid = nl_socket_get_local_port(socket_.get());
  const auto* raw = reinterpret_cast<const std::uint8_t*>(header);
  batch.insert(batch.end(), raw, raw + header->nlmsg_len);
  batch.resize(NLMSG_ALIGN(batch.size()));
  return header->nlmsg_seq;
}

base::Result<void> Netlink::send(const std::vector<std::uint8_t>& batch) {
  const int code = nl_sendto(socket_.get(), const_cast<std::uint8_t*>(batch.data()), batch.size());
  if (code < 0) return nl_fail("netlink: send", code);
  return {};
}

template <class Visit>
base::Result<void> Netlink::receive(Visit&& visit) {
  std::vector<std::uint8_t> buffer(kReceiveBytes);
  const int fd = nl_socket_get_fd(socket_.get());
  while (true) {
    pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wait, 1, kReplyTimeoutMs);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return base::fail("netlink: the kernel does not answer");
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      return base::os_fail("netlink: receive");
    }
    int left = static_cast<int>(got);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(header, left);
         header = nlmsg_next(header, &left)) {
      if (visit(header)) return {};
    }
  }
}

template <class Visit>
base::Result<void> Netlink::dump(int type, int family, Visit&& visit) {
  Message message = new_message(type, NLM_F_REQUEST | NLM_F_DUMP);
  rtgenmsg fixed{};
  fixed.rtgen_family = static_cast<unsigned char>(family);
  if (!message || nlmsg_append(message.get(), &fixed, sizeof fixed, NLMSG_ALIGNTO) < 0) {
    return base::fail("netlink: out of memory");
  }
  return dump(message.get(), visit);
}

template <class Visit>
base::Result<void> Netlink::dump(nl_msg* request, Visit&& visit) {
  std::vector<std::uint8_t> batch;
  const std::uint32_t sequence = append(batch, request);
  if (auto sent = send(batch); !sent) return sent;
  int failure = 0;
  auto received = receive([&](nlmsghdr* header) {
    if (header->nlmsg_seq != sequence) return false;
    if (header->nlmsg_type == NLMSG_DONE) return true;
    if (header->nlmsg_type == NLMSG_ERROR) {
      failure = ack_errno(header);
      return true;
    }
    visit(header);
    return false;
  });
  if (received && failure != 0) return base::os_fail("netlink: dump", failure);
  return received;
}

base::Result<std::vector<Link>> Netlink::links() {
  std::vector<Link> found;
  auto done = dump(RTM_GETLINK, AF_UNSPEC, [&](nlmsghdr* header) {
    if (auto link = parse_link(header)) found.push_back(std::move(*link));
  });
  if (!done) return std::unexpected(done.error());
  return found;
}

base::Result<std::vector<LinkAddress>> Netlink::addresses() {
  std::vector<LinkAddress> found;
  auto done = dump(RTM_GETADDR, AF_UNSPEC, [&](nlmsghdr* header) {
    if (auto address = parse_address(header)) found.push_back(*address);
  });
  if (!done) return std::unexpected(done.error());
  return found;
}

base::Result<std::vector<int>> Netlink::apply(std::span<const AddressChange> changes) {
  return apply_all(changes.size(), [&](std::size_t i) { return address_message(changes[i]); });
}

base::Result<std::vector<int>> Netlink::put(std::span<const Routing> routing) {
  return apply_all(routing.size(), [&](std::size_t i) { return put_message(routing[i]); });
}

base::Result<std::vector<int>> Netlink::take_off(std::span<const Routing> routing) {
  return apply_all(routing.size(), [&](std::size_t i) { return take_off_message(routing[i]); });
}

/// On a socket of its own: there the kernel takes what a request names as a choice, and need not
/// tell of a million routes of others.
template <class Visit>
base::Result<void> Netlink::each_routing(base::Family family, std::uint8_t protocol,
                                         Visit&& visit) {
  auto own = open();
  if (!own) return std::unexpected(own.error());
  const int on = 1;
  (void)::setsockopt(nl_socket_get_fd(own->socket_.get()), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on,
                     sizeof on);
  for (const Message& request : {routes_request(family, protocol), rules_request(family)}) {
    if (!request) return base::fail("netlink: out of memory");
    auto done = own->dump(request.get(), [&](nlmsghdr* header) {
      const auto heard = parse_routing(header);
      if (heard && (protocol == 0 || heard->protocol == protocol)) visit(*heard);
    });
    if (!done) return done;
  }
  return {};
}

base::Result<std::vector<Routing>> Netlink::own_routing() {
  std::vector<Routing> found;
  for (const base::Family family : {base::Family::kIpv4, base::Family::kIpv6}) {
    auto done = each_routing(family, kRouteProtocol,
                             [&](const HeardRouting& heard) { found.push_back(heard.routing); });
    if (!done) return std::unexpected(done.error());
  }
  return found;
}

base::Result<std::optional<PresentRouting>> Netlink::in_place_of(const Routing& routing) {
  std::optional<PresentRouting> found;
  auto done = each_routing(family_of(routing), 0, [&](const HeardRouting& heard) {
    if (same_place(heard.routing, routing)) found = {heard.routing, heard.protocol};
  });
  if (!done) return std::unexpected(done.error());
  return found;
}

template <class MessageOf>
base::Result<std::vector<int>> Netlink::apply_all(std::size_t count, const MessageOf& message_of) {
  std::vector<int> outcome(count, 0);
  for (std::size_t done = 0; done < count; done += kBatch) {
    const std::size_t some = std::min(kBatch, count - done);
    auto applied = apply_batch(done, std::span(outcome).subspan(done, some), message_of);
    if (!applied) return std::unexpected(applied.error());
  }
  return outcome;
}

template <class MessageOf>
base::Result<void> Netlink::apply_batch(std::size_t begin, std::span<int> outcome,
                                        const MessageOf& message_of) {
  std::vector<std::uint8_t> batch;
  const std::uint32_t first = sequence_;
  for (std::size_t i = 0; i < outcome.size(); ++i) {
    const Message message = message_of(begin + i);
    if (!message) return base::fail("netlink: out of memory");
    append(batch, message.get());
  }
  if (auto sent = send(batch); !sent) return sent;
  std::size_t waiting = outcome.size();
  return receive([&](nlmsghdr* header) {
    // Unsigned: an answer to something older lies far outside of the range.
    const std::uint32_t index = header->nlmsg_seq - first;
    if (header->nlmsg_type != NLMSG_ERROR || index >= outcome.size()) return false;
    outcome[index] = ack_errno(header);
    return --waiting == 0;
  });
}

base::Result<ArpSettings> Netlink::arp_settings(std::uint32_t link) {
  Message message = new_message(RTM_GETLINK, NLM_F_REQUEST);
  ifinfomsg fixed{};
  fixed.ifi_index = static_cast<int>(link);
  if (!message || nlmsg_append(message.get(), &fixed, sizeof fixed, NLMSG_ALIGNTO) < 0) {
    return base::fail("netlink: out of memory");
  }
  std::vector<std::uint8_t> batch;
  const std::uint32_t sequence = append(batch, message.get());
  if (auto sent = send(batch); !sent) return std::unexpected(sent.error());
  std::optional<ArpSettings> found;
  int failure = 0;
  auto received = receive([&](nlmsghdr* header) {
    if (header->nlmsg_seq != sequence) return false;
    if (header->nlmsg_type == NLMSG_ERROR) failure = ack_errno(header);
    found = parse_arp_settings(header);
    return true;
  });
  if (!received) return std::unexpected(received.error());
  if (failure != 0) return base::os_fail("netlink: read the ARP settings", failure);
  if (!found) return base::fail("netlink: the link has no IPv4 settings");
  return *found;
}

base::Result<void> Netlink::set_arp_settings(std::uint32_t link, const ArpSettings& value) {
  Message message = new_message(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK);
  ifinfomsg fixed{};
  fixed.ifi_index = static_cast<int>(link);
  const auto build = [&] {
    if (nlmsg_append(message.get(), &fixed, sizeof fixed, NLMSG_ALIGNTO) < 0) return false;
    nlattr* families = nla_nest_start(message.get(), IFLA_AF_SPEC);
    nlattr* inet = families ? nla_nest_start(message.get(), AF_INET) : nullptr;
    nlattr* conf = inet ? nla_nest_start(message.get(), IFLA_INET_CONF) : nullptr;
    if (!conf || nla_put_u32(message.get(), IPV4_DEVCONF_ARP_IGNORE, value.ignore) < 0 ||
        nla_put_u32(message.get(), IPV4_DEVCONF_ARP_ANNOUNCE, value.announce) < 0) {
      return false;
    }
    nla_nest_end(message.get(), conf);
    nla_nest_end(message.get(), inet);
    nla_nest_end(message.get(), families);
    return true;
  };
  if (!message || !build()) return base::fail("netlink: out of memory");
  return acknowledged(message.get(), "netlink: set the ARP settings");
}

base::Result<void> Netlink::acknowledged(nl_msg* request, std::string_view what) {
  std::vector<std::uint8_t> batch;
  const std::uint32_t sequence = append(batch, request);
  if (auto sent = send(batch); !sent) return sent;
  int failure = 0;
  auto received = receive([&](nlmsghdr* header) {
    if (header->nlmsg_seq != sequence || header->nlmsg_type != NLMSG_ERROR) return false;
    failure = ack_errno(header);
    return true;
  });
  if (received && failure != 0) return base::os_fail(what, failure);
  return received;
}

base::Result<Link> Netlink::make_macvlan(const std::string& name, std::uint32_t parent,
                                         const MacAddress& mac) {
  const Message message = macvlan_message(name, parent, mac);
  if (!message) return base::fail("netlink: out of memory");
  if (auto made = acknowledged(message.get(), base::concat("make ", name)); !made) {
    return std::unexpected(made.error());
  }
  const auto all = links();
  if (!all) return std::unexpected(all.error());
  const auto found = std::ranges::find(*all, name, &Link::name);
  if (found == all->end()) return base::fail(base::concat(name, " is gone again"));
  return *found;
}

base::Result<void> Netlink::guard_macvlan(std::uint32_t link) {
  for (const Message& message : {filter_place_message(link), filter_message(link, Direction::kOut),
                                 filter_message(link, Direction::kIn)}) {
    if (!message) return base::fail("netlink: out of memory");
    if (auto done = acknowledged(message.get(), "guard a macvlan"); !done) return done;
  }
  return {};
}

base::Result<void> Netlink::start_macvlan(std::uint32_t link) {
  // In two steps: in one, the kernel would take it up before it knows the settings.
  for (const Message& message : {macvlan_settings_message(link), link_up_message(link)}) {
    if (!message) return base::fail("netlink: out of memory");
    if (auto done = acknowledged(message.get(), "set up a macvlan"); !done) return done;
  }
  return {};
}

base::Result<void> Netlink::remove_link(std::uint32_t link) {
  const Message message = remove_link_message(link);
  if (!message) return base::fail("netlink: out of memory");
  return acknowledged(message.get(), "remove a link");
}

}  // namespace hapair::vrrp
