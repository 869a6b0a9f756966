// The nodes: their names, addresses and interfaces, as far as keepalived's files tell them.
#include <algorithm>

#include "apps/hapair/import/keepalived/stages.hpp"
#include "apps/hapair/import/keepalived/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;
using base::IpAddress;

std::optional<IpAddress> address_in(std::string_view text) {
  const auto address = IpAddress::parse(text);
  if (!address || address->is_any() || address->is_multicast() || address->is_link_local()) {
    return std::nullopt;
  }
  return *address;
}

/// An address for documentation (RFC 5737), in a block of its own for each network.
std::string placeholder(std::size_t node, std::size_t network) {
  static constexpr std::string_view kBlocks[]{"192.0.2.", "198.51.100.", "203.0.113."};
  return concat(kBlocks[network % 3], 1 + node + 16 * (network / 3));
}

class Nodes {
 public:
  explicit Nodes(Work& work) : work_(work) {}

  void run() {
    name_networks();
    find_addresses();
    add_peers();
    name_nodes();
    write();
    tell_facts();
  }

 private:
  // --- interfaces and networks ---

  static std::string interface_of(const Statement& block) {
    const Statement* const line = block.last("interface");
    return line == nullptr ? std::string() : std::string(line->word(1));
  }

  /// The interface of a node's first instance is its own; others are networks, which have the name
  /// of the first node's interface there.
  void name_networks() {
    const Statement* const fallback = work_.global("default_interface");
    for (std::size_t node = 0; node < work_.nodes.size(); ++node) {
      for (const VipInput& vip : work_.vips) {
        const Statement* const block = vip.of_node(node);
        if (block == nullptr) continue;
        check_interface(*block, fallback);
        std::string& own = work_.nodes[node].interface;
        if (own.empty()) own = interface_of(*block);
      }
      if (work_.nodes[node].interface.empty() && fallback != nullptr) {
        work_.nodes[node].interface = std::string(fallback->word(1));
      }
    }
    for (VipInput& vip : work_.vips) {
      const Member& member = vip.members.front();
      const std::string interface = interface_of(*member.block);
      if (!interface.empty() && interface != work_.nodes[member.node].interface) {
        vip.network = config_name(interface);
        if (std::ranges::find(networks_, vip.network) == networks_.end()) {
          networks_.push_back(vip.network);
        }
      }
    }
  }

  void check_interface(const Statement& block, const Statement* fallback) {
    if (!interface_of(block).empty() || fallback != nullptr) return;
    work_.account().undecided(block.at, "the instance has no interface", "name one");
  }

  [[nodiscard]] std::string interface_on(std::size_t node, std::string_view network) const {
    for (const VipInput& vip : work_.vips) {
      const Statement* const block = vip.of_node(node);
      if (vip.network == network && block != nullptr) return interface_of(*block);
    }
    return std::string(network);
  }

  // --- addresses ---

  void find_addresses() {
    for (std::size_t node = 0; node < work_.nodes.size(); ++node) {
      for (const VipInput& vip : work_.vips) {
        const Statement* const block = vip.of_node(node);
        if (block == nullptr) continue;
        for (const std::string_view key : {"unicast_src_ip", "mcast_src_ip"}) {
          const Statement* const line = block->last(key);
          if (line == nullptr) continue;
          const auto address = address_in(line->word(1));
          if (!address) {
            work_.account().wrong(line->at, "this is no address of a host", "it is passed over");
          } else {
            note_address(node, vip.network, *address);
          }
        }
      }
    }
    infer_from_peers();
    for (std::size_t node = 0; node < work_.nodes.size(); ++node) take_given(node);
    for (std::size_t node = 0; node < work_.nodes.size(); ++node) take_router_id(node);
  }

  void note_address(std::size_t node, const std::string& network, const IpAddress& address) {
    if (!network.empty()) {
      network_addresses_.push_back({node, network, address});
      return;
    }
    auto& own = address.is_v4() ? work_.nodes[node].address : work_.nodes[node].address6;
    if (!own) own = address;
  }

  struct Peer {
    std::size_t node;  ///< whose file names it
    std::string network;
    IpAddress address;
    Place at;
    bool alone;  ///< it is the only one in its list
  };

  [[nodiscard]] std::vector<Peer> peers() const {
    std::vector<Peer> out;
    for (const VipInput& vip : work_.vips) {
      for (const Member& member : vip.members) {
        const Statement* const list = member.block->last("unicast_peer");
        if (list == nullptr) continue;
        for (const Statement& line : list->block) {
          if (const auto address = address_in(line.name())) {
            out.push_back({member.node, vip.network, *address, line.at, list->block.size() == 1});
          }
        }
      }
    }
    return out;
  }

  [[nodiscard]] bool is_known(const IpAddress& address) const {
    return std::ranges::any_of(work_.nodes,
                               [&](const NodeInput& node) {
                                 return node.address == address || node.address6 == address;
                               }) ||
           std::ranges::any_of(network_addresses_,
                               [&](const NetworkAddress& each) { return each.address == address; });
  }

  /// Of two nodes, the one's peer is the other's address.
  void infer_from_peers() {
    if (work_.nodes.size() != 2) return;
    for (const Peer& peer : peers()) {
      const std::size_t other = 1 - peer.node;
      if (is_known(peer.address) || !peer.alone) continue;
      const bool has = std::ranges::any_of(network_addresses_, [&](const NetworkAddress& each) {
        return each.node == other && each.network == peer.network;
      });
      const NodeInput& node = work_.nodes[other];
      const bool own = peer.network.empty() && (peer.address.is_v4() ? node.address.has_value()
                                                                     : node.address6.has_value());
      if (has || own) {
        work_.account().wrong(
            peer.at,
            concat("no node has this address: the other one sends from another, and each would "
                   "take the other's adverts for a stranger's, or never get them"),
            "hapair's adverts go to the nodes' own addresses");
      } else {
        note_address(other, peer.network, peer.address);
      }
    }
  }

  void take_given(std::size_t node) {
    const auto& given = work_.context.options.addresses;
    if (node >= given.size()) return;
    if (const auto address = address_in(given[node])) {
      (address->is_v4() ? work_.nodes[node].address : work_.nodes[node].address6) = *address;
    }
  }

  /// Many write the node's address as its router id.
  void take_router_id(std::size_t node) {
    if (work_.nodes[node].address) return;
    const Statement* const line = work_.global(node, "router_id");
    if (line == nullptr) return;
    const auto address = address_in(line->word(1));
    if (!address || !address->is_v4() || is_known(*address) || is_vip(*address)) return;
    work_.nodes[node].address = *address;
    work_.account().changed(line->at,
                            "it is taken for the node's own address, `cluster.nodes`; see that it "
                            "is");
  }

  [[nodiscard]] bool is_vip(const IpAddress& address) const {
    return std::ranges::any_of(work_.vips, [&](const VipInput& vip) {
      const Statement* const list = vip.first("virtual_ipaddress");
      return list != nullptr && std::ranges::any_of(list->block, [&](const Statement& line) {
               const auto prefix = base::Prefix::parse(line.name());
               return prefix && prefix->address == address;
             });
    });
  }

  /// Peers without a file of their own are nodes all the same.
  void add_peers() {
    const std::vector<Peer> all = peers();
    const std::size_t given = work_.nodes.size();
    for (const Peer& peer : all) {
      const bool others = given == 1 || !peer.alone;  // of two nodes, each is the other's peer
      if (!others || is_known(peer.address) || !peer.network.empty()) continue;
      NodeInput node;
      node.has_file = false;
      node.interface = work_.nodes[peer.node].interface;
      (peer.address.is_v4() ? node.address : node.address6) = peer.address;
      work_.nodes.push_back(std::move(node));
      work_.context.draft.decisions.push_back(
          concat("the file of the node ", peer.address.to_string(),
                 " is not given: its interface and priority are guesses; give its file with "
                 "--keepalived, or set them in `cluster.nodes`"));
    }
  }

  // --- names ---

  void name_nodes() {
    std::vector<std::string> names;
    for (std::size_t node = 0; node < work_.nodes.size(); ++node) names.push_back(name_in(node));
    bool good = true;
    for (std::size_t i = 0; i < names.size(); ++i) {
      good = good && !names[i].empty() && std::ranges::count(names, names[i]) == 1;
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      work_.nodes[i].name = good ? names[i] : concat("lb", i + 1);
    }
  }

  /// The config id, or a router id that is a name; empty: neither.
  [[nodiscard]] std::string name_in(std::size_t node) const {
    if (!work_.nodes[node].config_id.empty()) return config_name(work_.nodes[node].config_id);
    const Statement* const line = work_.global(node, "router_id");
    if (line == nullptr || IpAddress::parse(line->word(1))) return {};
    const std::string name = config_name(line->word(1));
    return name == "x" ? std::string() : name;
  }

  // --- into the draft ---

  void write() {
    JsonTree& cluster = work_.config()["cluster"];
    cluster["name"] = "imported";
    JsonTree& nodes = cluster["nodes"];
    for (std::size_t i = 0; i < work_.nodes.size(); ++i) write_node(nodes, i);
    if (work_.nodes.size() == 1) {
      work_.context.draft.decisions.push_back(
          "only one node's keepalived.conf is given: add the other node to `cluster.nodes`, or "
          "give its file with a second --keepalived");
    }
  }

  void write_node(JsonTree& nodes, std::size_t index) {
    const NodeInput& node = work_.nodes[index];
    JsonTree& out = nodes[node.name];
    // Adverts over IPv4 need an IPv4 address; a cluster of IPv6 alone does without.
    const bool only6 = !node.address && node.address6 && !has_v4_vip();
    if (only6) {
      out["address"] = node.address6->to_string();
    } else if (node.address) {
      out["address"] = node.address->to_string();
    } else {
      out["address"] = decide_address(out, index, "", 0);
    }
    if (node.address6 && !only6) out["address6"] = node.address6->to_string();
    out["interface"] = node.interface.empty() ? std::string("eth0") : node.interface;
    for (std::size_t i = 0; i < networks_.size(); ++i) {
      JsonTree& network = out["networks"][networks_[i]];
      network["interface"] = interface_on(index, networks_[i]);
      write_network_addresses(network, index, i);
    }
  }

  [[nodiscard]] bool has_v4_vip() const {
    return std::ranges::any_of(
        work_.vips, [](const VipInput& vip) { return vip.family == base::Family::kIpv4; });
  }

  void write_network_addresses(JsonTree& out, std::size_t node, std::size_t network) {
    bool v4 = false;
    for (const NetworkAddress& each : network_addresses_) {
      if (each.node != node || each.network != networks_[network]) continue;
      const std::string_view key = each.address.is_v4() ? "address" : "address6";
      if (!out.contains(key)) out[key] = each.address.to_string();
      v4 = v4 || each.address.is_v4();
    }
    const bool needed = std::ranges::any_of(work_.vips, [&](const VipInput& vip) {
      return vip.network == networks_[network] && vip.family == base::Family::kIpv4;
    });
    if (needed && !v4) out["address"] = decide_address(out, node, networks_[network], network + 1);
  }

  std::string decide_address(JsonTree& out, std::size_t node, const std::string& network,
                             std::size_t block) {
    const NodeInput& input = work_.nodes[node];
    const std::string where =
        network.empty()
            ? concat("the interface ", input.interface.empty() ? "eth0" : input.interface)
            : concat("the network ", network);
    const std::string address = placeholder(node, block);
    out.comment(
        concat("DECIDE: ", address, " is a placeholder for the node's own address on ", where));
    work_.context.draft.decisions.push_back(
        concat("the own address of node ", input.name, " on ", where,
               ", which keepalived takes from the interface: replace ", address,
               network.empty() ? " in `cluster.nodes`, or give --address for each node"
                               : " in `cluster.nodes`"));
    return address;
  }

  void tell_facts() {
    for (const NodeInput& node : work_.nodes) {
      NodeFact fact{.name = node.name, .addresses = {}};
      if (node.address) fact.addresses.push_back(*node.address);
      if (node.address6) fact.addresses.push_back(*node.address6);
      const auto index = static_cast<std::size_t>(&node - work_.nodes.data());
      for (const NetworkAddress& each : network_addresses_) {
        if (each.node == index) fact.addresses.push_back(each.address);
      }
      work_.context.cluster.nodes.push_back(std::move(fact));
    }
  }

  struct NetworkAddress {
    std::size_t node;
    std::string network;
    IpAddress address;
  };

  Work& work_;
  std::vector<std::string> networks_;
  std::vector<NetworkAddress> network_addresses_;
};

}  // namespace

void write_cluster(Work& work) { Nodes(work).run(); }

}  // namespace hapair::importing::keepalived
