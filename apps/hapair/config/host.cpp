#include "apps/hapair/config/host.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

struct FreeInterfaces {
  void operator()(ifaddrs* list) const { freeifaddrs(list); }
};

std::optional<base::IpAddress> address_of(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(address);
    return base::IpAddress::v4(ntohl(in->sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(address);
    return base::IpAddress::from_bytes(base::Bytes(in6->sin6_addr.s6_addr)).value();
  }
  return std::nullopt;
}

HostInterface& interface_called(std::vector<HostInterface>& interfaces, std::string_view name) {
  const auto found = std::ranges::find(interfaces, name, &HostInterface::name);
  if (found != interfaces.end()) return *found;
  interfaces.push_back({std::string(name), {}});
  return interfaces.back();
}

bool has_address(const Host& host, const base::IpAddress& address) {
  return std::ranges::any_of(host.interfaces, [&](const HostInterface& interface) {
    return std::ranges::find(interface.addresses, address) != interface.addresses.end();
  });
}

/// "lb1 (192.0.2.1), lb2 (192.0.2.2)"
std::string listed(const std::vector<NodeDraft>& nodes) {
  std::string out;
  for (const NodeDraft& node : nodes) {
    out += concat(out.empty() ? "" : ", ", node.name, " (",
                  node.address ? node.address->to_string() : "no address", ")");
  }
  return out;
}

}  // namespace

base::Result<Host> read_host() {
  Host host;
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return base::os_fail("gethostname");
  host.name = name.data();
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return base::os_fail("getifaddrs");
  const std::unique_ptr<ifaddrs, FreeInterfaces> list(raw);
  for (const ifaddrs* entry = list.get(); entry != nullptr; entry = entry->ifa_next) {
    HostInterface& interface = interface_called(host.interfaces, entry->ifa_name);
    if (const auto address = address_of(entry->ifa_addr)) interface.addresses.push_back(*address);
  }
  return host;
}

std::map<std::string, base::IpAddress, std::less<>> link_locals_of(const Host& host) {
  std::map<std::string, base::IpAddress, std::less<>> found;
  for (const HostInterface& interface : host.interfaces) {
    const auto address = std::ranges::find_if(interface.addresses, &base::IpAddress::is_link_local);
    if (address != interface.addresses.end()) found.emplace(interface.name, *address);
  }
  return found;
}

base::Result<std::size_t> identify_node(const std::vector<NodeDraft>& nodes,
                                        std::string_view wanted, const Host& host) {
  const auto index_where = [&](const auto& matches) -> std::optional<std::size_t> {
    const auto found = std::ranges::find_if(nodes, matches);
    if (found == nodes.end()) return std::nullopt;
    return static_cast<std::size_t>(found - nodes.begin());
  };
  if (!wanted.empty()) {
    if (const auto named = index_where([&](const auto& node) { return node.name == wanted; })) {
      return *named;
    }
    return base::fail(concat("there is no node \"", base::printable(wanted, 64),
                             "\"; --node takes one of ", listed(nodes)));
  }
  const auto is_here = [&](const NodeDraft& node) {
    return node.address && has_address(host, *node.address);
  };
  if (std::ranges::count_if(nodes, is_here) > 1) {
    return base::fail(concat("this host has the addresses of several nodes: ", listed(nodes),
                             "; say which one it is with --node NAME"));
  }
  if (const auto here = index_where(is_here)) return *here;
  const std::string_view host_name = host.name;
  const std::string_view short_name = host_name.substr(0, host_name.find('.'));
  if (const auto called = index_where([&](const NodeDraft& node) {
        return base::equals_ignoring_case(node.name, host_name) ||
               base::equals_ignoring_case(node.name, short_name);
      })) {
    return *called;
  }
  return base::fail(concat("this host is none of the nodes ", listed(nodes),
                           ": none of their addresses is on one of its interfaces, and its name \"",
                           base::printable(host_name, 64),
                           "\" is none of theirs; correct an address, or say --node NAME"));
}

}  // namespace hapair::config
