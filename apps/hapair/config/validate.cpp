#include "apps/hapair/config/validate.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

void check_whole(const CrossCheck& check) {
  const Draft& draft = check.draft;
  if (draft.vips.empty() && draft.frontends.empty() && check.faults.empty()) {
    check.fault("", "there are neither vips nor frontends, so nothing to do; give one of them");
  }
  std::size_t addresses = 0;
  for (const VipDraft& vip : draft.vips) addresses += vip.addresses.size();
  if (addresses > kMaxVipAddresses) {
    check.fault("vips", concat("the VIPs have ", addresses, " addresses together; the limit is ",
                               kMaxVipAddresses));
  }
  std::size_t binds = 0;
  for (const FrontendDraft& frontend : draft.frontends) {
    for (const BindDraft& bind : frontend.binds) {
      const VipDraft* vip = bind.vip ? check.vip(*bind.vip) : nullptr;
      binds += vip != nullptr ? vip->addresses.size() : 1;
    }
  }
  if (binds > kMaxBinds) {
    check.fault("frontends", concat("the frontends listen on ", binds,
                                    " sockets together; the limit is ", kMaxBinds));
  }
}

void check_process(const CrossCheck& check) {
  constexpr std::uint64_t kLeastMemory = 32ULL * 1024 * 1024;
  const Process& process = check.draft.process;
  if (process.user == "root") {
    check.fault("process.user",
                "'root' is no user for the worker, which talks to the network; name another one, "
                "or leave the key out");
  }
  if (process.max_memory > 0 && process.max_memory < kLeastMemory) {
    check.fault("process.max_memory",
                "is below 32MiB, which the worker takes at rest; use 32MiB to 1TiB, or 0 for three "
                "quarters of what its control group may have");
  }
}

void check_priorities(const CrossCheck& check) {
  const auto& nodes = check.draft.nodes;
  const bool some =
      std::ranges::any_of(nodes, [](const auto& node) { return node.priority.has_value(); });
  std::map<std::uint8_t, std::string_view> taken;
  for (const NodeDraft& node : nodes) {
    const std::string path = concat("cluster.nodes.", node.name);
    if (some && !node.priority && !check.faults.names(path + ".priority")) {
      check.fault(path, "has no priority, but another node has; give every node one, or none");
    }
    if (!node.priority) continue;
    const auto [other, fresh] = taken.emplace(*node.priority, node.name);
    if (fresh) continue;
    check.notice(path + ".priority",
                 concat("node ", other->second, " has the same priority ", *node.priority,
                        "; the node with the higher address wins"));
  }
}

/// Hellos are signed, and travel between the nodes' `address`es.
void check_hello(const CrossCheck& check) {
  const Cluster& cluster = check.draft.cluster;
  if (!cluster.hello.wanted) return;
  if (cluster.secret_file.empty()) {
    if (!check.positions.given("cluster.hello")) return;
    check.fault("cluster.hello",
                "hellos are signed with a key from cluster.secret_file, which is missing; add it, "
                "or leave hello out");
    return;
  }
  const NodeDraft* first = nullptr;
  for (const NodeDraft& node : check.draft.nodes) {
    if (!node.address) continue;
    if (first == nullptr) first = &node;
    if (node.address->family() == first->address->family()) continue;
    check.fault(concat("cluster.nodes.", node.name, ".address"),
                concat(node.address->to_string(), " is of another family than the address of node ",
                       first->name,
                       ", so they can't say hello to each other; give the nodes addresses of one "
                       "family, or set cluster.hello to false"));
  }
}

/// All addresses that the file says a node has.
std::vector<base::IpAddress> all_addresses(const NodeDraft& node) {
  std::vector<base::IpAddress> addresses;
  const auto add = [&](const std::optional<base::IpAddress>& address) {
    if (address) addresses.push_back(*address);
  };
  add(node.address);
  add(node.address6);
  for (const NetworkDraft& network : node.networks) {
    add(network.attachment.address);
    add(network.attachment.address6);
  }
  return addresses;
}

/// Those besides `address`: each belongs to one node, once.
void check_further_addresses(const CrossCheck& check, const NodeDraft& node) {
  const std::string path = concat("cluster.nodes.", node.name);
  if (node.address6 && node.address && !node.address->is_v4()) {
    check.fault(
        path + ".address6",
        "the node's address is an IPv6 one already; leave this out, or give an IPv4 address "
        "there");
  }
  const auto all = all_addresses(node);
  const auto check_one = [&](const std::optional<base::IpAddress>& address,
                             const std::string& where) {
    if (!address) return;
    const NodeDraft* owner = check.addresses.node(*address);
    if (owner == &node && std::ranges::count(all, *address) == 1) return;
    check.fault(where, concat(address->to_string(), " is given to node ", owner->name,
                              " as well; each address belongs to one network of one node"));
  };
  check_one(node.address6, path + ".address6");
  for (const NetworkDraft& network : node.networks) {
    const std::string at = concat(path, ".networks.", network.name);
    check_one(network.attachment.address, at + ".address");
    check_one(network.attachment.address6, at + ".address6");
  }
}

}  // namespace

void CrossCheck::fault(const std::string& path, std::string message) const {
  if (!faults.names(path)) faults.add(positions.of(path), path, std::move(message));
}

void CrossCheck::notice(const std::string& path, std::string message) const {
  notices.add(positions.of(path), path, std::move(message));
}

const VipDraft* CrossCheck::vip(std::string_view name) const {
  const auto found = std::ranges::find_if(
      draft.vips, [&](const VipDraft& candidate) { return candidate.vip.name == name; });
  return found == draft.vips.end() ? nullptr : &*found;
}

const BackendDraft* CrossCheck::backend(std::string_view name) const {
  const auto found = std::ranges::find_if(draft.backends, [&](const BackendDraft& candidate) {
    return candidate.backend.name == name;
  });
  return found == draft.backends.end() ? nullptr : &*found;
}

const TargetDraft* CrossCheck::target(std::string_view name) const {
  const auto found = std::ranges::find_if(
      draft.targets, [&](const TargetDraft& candidate) { return candidate.target.name == name; });
  return found == draft.targets.end() ? nullptr : &*found;
}

std::string CrossCheck::unknown(std::string_view what, std::string_view name,
                                const std::vector<std::string_view>& candidates) const {
  std::string message = concat("there is no ", what, " \"", name, "\"; ");
  if (const auto meant = base::nearest_word(name, candidates)) {
    return message + concat("did you mean \"", *meant, "\"?");
  }
  if (candidates.empty()) {
    return message +
           concat("the file has no ", what, what.ends_with("ch") ? "es" : "s", " at all: add it");
  }
  message += concat("there ", candidates.size() == 1 ? "is " : "are ");
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    message += concat(i == 0 ? "" : ", ", "\"", candidates[i], "\"");
  }
  return message;
}

void check_network(const CrossCheck& check, const std::string& path, std::string_view network) {
  if (network.empty()) return;
  for (const NodeDraft& node : check.draft.nodes) {
    if (attachment_of(node, network)) continue;
    std::vector<std::string_view> names;
    for (const NetworkDraft& each : node.networks) names.push_back(each.name);
    check.fault(path,
                concat("for node ", node.name, " ", check.unknown("network", network, names)));
  }
}

void check_timeout(const CrossCheck& check, const std::string& path,
                   const std::optional<base::Duration>& timeout, base::Duration interval,
                   std::string_view what) {
  if (!timeout || *timeout <= interval) return;
  check.fault(path, concat(base::format_duration(*timeout), " is above the interval (",
                           base::format_duration(interval), "), so ", what,
                           " would overlap; use at most the interval"));
}

void check_backend_name(const CrossCheck& check, const std::string& path, std::string_view name) {
  // One that stands there and could not be read is at fault itself.
  if (name.empty() || check.backend(name) != nullptr ||
      check.positions.given(concat("backends.", name))) {
    return;
  }
  std::vector<std::string_view> names;
  for (const BackendDraft& each : check.draft.backends) names.push_back(each.backend.name);
  check.fault(path, check.unknown("backend", name, names));
}

void check_resolver_name(const CrossCheck& check, const std::string& path, std::string_view name) {
  if (name.empty() || check.positions.given(concat("resolvers.", name))) return;
  std::vector<std::string_view> names;
  for (const ResolverDraft& each : check.draft.resolvers) names.push_back(each.as.name);
  check.fault(path, check.unknown("resolver", name, names));
}

void check_twice(const CrossCheck& check, const std::vector<ListedText>& names) {
  std::map<std::string, std::string_view> taken;
  for (const ListedText& name : names) {
    const auto [other, fresh] = taken.emplace(base::ascii_lowered(name.text), name.path);
    if (fresh) continue;
    check.fault(name.path, concat("\"", name.text, "\" is already at ", other->second,
                                  "; remove one of the two"));
  }
}

void fault_alone(const CrossCheck& check, const std::string& path, std::string_view needed) {
  check.fault(path, concat("needs \"", needed, "\" beside it; add it, or remove this"));
}

void check_ca(const CrossCheck& check, const std::string& path, bool verify, std::string_view ca) {
  if (verify || ca.empty()) return;
  check.fault(path + ".ca",
              "says whom to trust, but verify is false, so nobody is asked; remove one of them");
}

std::string path_of(const FrontendDraft& frontend) {
  return frontend.is_admin ? "admin" : concat("frontends.", frontend.frontend.name);
}

std::string path_of(const BackendDraft& backend) {
  return concat("backends.", backend.backend.name);
}

std::string path_of(const BackendDraft& backend, const ServerDraft& server) {
  return concat(path_of(backend), ".servers.", server.name);
}

AddressBook::AddressBook(const Draft& draft) {
  for (const VipDraft& vip : draft.vips) {
    for (const VipAddressDraft& each : vip.addresses) {
      if (const auto address = address_of(each)) vips_.emplace(*address, &vip);
    }
  }
  for (const NodeDraft& node : draft.nodes) {
    for (const base::IpAddress& address : all_addresses(node)) nodes_.emplace(address, &node);
  }
}

const VipDraft* AddressBook::vip(const base::IpAddress& address) const {
  const auto found = vips_.find(address);
  return found == vips_.end() ? nullptr : found->second;
}

const NodeDraft* AddressBook::node(const base::IpAddress& address) const {
  const auto found = nodes_.find(address);
  return found == nodes_.end() ? nullptr : found->second;
}

std::vector<base::IpAddress> addresses_of(const Draft& draft, const BindDraft& bind,
                                          std::size_t node) {
  std::vector<base::IpAddress> addresses;
  if (bind.vip) {
    for (const VipDraft& vip : draft.vips) {
      if (vip.vip.name != *bind.vip) continue;
      for (const VipAddressDraft& each : vip.addresses) {
        if (const auto address = address_of(each)) addresses.push_back(*address);
      }
    }
  } else if (bind.address) {
    addresses.push_back(*bind.address == "*" ? base::IpAddress::any(base::Family::kIpv4)
                                             : base::IpAddress::parse(*bind.address).value());
  } else if (bind.node && draft.nodes[node].address) {
    addresses.push_back(*draft.nodes[node].address);
  }
  return addresses;
}

std::vector<Listener> listeners_on(const Draft& draft, std::size_t node) {
  std::vector<Listener> listeners;
  for (const FrontendDraft& frontend : draft.frontends) {
    for (const BindDraft& bind : frontend.binds) {
      if (!bind.port) continue;
      for (const base::IpAddress& address : addresses_of(draft, bind, node)) {
        listeners.push_back({{address, *bind.port}, &frontend, &bind});
      }
    }
  }
  return listeners;
}

void check_cluster(const CrossCheck& check) {
  std::map<base::IpAddress, std::string_view> taken;
  for (const NodeDraft& node : check.draft.nodes) {
    check_further_addresses(check, node);
    if (!node.address) continue;
    if (node.address->is_loopback() && check.draft.nodes.size() > 1) {
      check.fault(concat("cluster.nodes.", node.name, ".address"),
                  concat(node.address->to_string(),
                         " is a loopback address, which every host has for itself and no other "
                         "node reaches; use the address of the node on its network"));
    }
    const auto [other, fresh] = taken.emplace(*node.address, node.name);
    if (fresh) continue;
    check.fault(concat("cluster.nodes.", node.name, ".address"),
                concat(node.address->to_string(), " is also the address of node ", other->second,
                       "; give each node its own"));
  }
  check_priorities(check);
  check_hello(check);
}

void validate(const Reading& reading, FaultList& faults, FaultList& notices) {
  const CrossCheck check{reading.draft, reading.positions, faults, notices,
                         AddressBook(reading.draft)};
  check_cluster(check);
  check_process(check);
  check_log(check);
  check_vips(check);
  check_routes(check);
  check_targets(check);
  check_scripts(check);
  check_backends(check);
  check_balance(check);
  check_checks(check);
  check_traffic_health(check);
  check_http_checks(check);
  check_services(check);
  check_names(check);
  check_alerts(check);
  check_sources(check);
  check_frontends(check);
  check_tls(check);
  check_clients(check);
  check_requests(check);
  check_keeping(check);
  check_request_rules(check);
  check_connection_rules(check);
  check_maps(check);
  check_tables(check);
  check_auth(check);
  check_pages(check);
  check_whole(check);
}

}  // namespace hapair::config
