// What keepalived's files tell that HAProxy's part needs: the nodes with their own addresses, and
// which addresses float. Keepalived is read first; without its files the facts are empty.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/import/sources.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/text.hpp"

namespace hapair::importing {

struct NodeFact {
  std::string name;                        ///< in `cluster.nodes`
  std::vector<base::IpAddress> addresses;  ///< its own, as far as the files tell
};

struct VipFact {
  std::string name;  ///< in `vips`
  std::vector<base::IpAddress> addresses;
  Place at;  ///< where the first address stands
};

struct ClusterFacts {
  std::vector<NodeFact> nodes;
  std::vector<VipFact> vips;
  /// Where a port of a VIP, by its name, is bound first.
  std::map<std::pair<std::string, std::int64_t>, Place> binds;

  /// The VIP that has this address; nullptr: none.
  [[nodiscard]] const VipFact* vip_with(const base::IpAddress& address) const {
    const auto found = std::ranges::find_if(vips, [&](const VipFact& each) {
      return std::ranges::find(each.addresses, address) != each.addresses.end();
    });
    return found == vips.end() ? nullptr : &*found;
  }
  /// The node whose own address this is; nullptr: none.
  [[nodiscard]] const NodeFact* node_with(const base::IpAddress& address) const {
    const auto found = std::ranges::find_if(nodes, [&](const NodeFact& each) {
      return std::ranges::find(each.addresses, address) != each.addresses.end();
    });
    return found == nodes.end() ? nullptr : &*found;
  }
};

/// What is said of a bind of a VIP where a file asks for some of its addresses only; empty: for
/// all.
[[nodiscard]] inline std::string wider_bind(const VipFact& vip,
                                            const std::vector<base::IpAddress>& asked) {
  std::vector<std::string> more;
  for (const base::IpAddress& each : vip.addresses) {
    if (std::ranges::find(asked, each) == asked.end()) more.push_back(each.to_string());
  }
  if (more.empty()) return {};
  return base::concat("listens on all addresses of the VIP ", vip.name, ", so also on ",
                      base::join(more, ", "),
                      "; what must be apart needs a VIP of its own, with a `router_id` of its own");
}

/// A port of a VIP where a frontend is to listen, by one of the addresses that its file names.
struct AskedBind {
  Place at;
  const VipFact* vip;
  std::int64_t port;
  base::IpAddress address;
};

/// One that another frontend has, as a report tells of it.
struct TakenBind {
  Place at;
  std::string what;
  std::string decide;
};

/// Those of a frontend's binds that another one has already; what is free is the frontend's now.
[[nodiscard]] inline std::vector<TakenBind> take_binds(ClusterFacts& cluster,
                                                       const Sources& sources,
                                                       const std::vector<AskedBind>& asked) {
  std::vector<TakenBind> taken;
  std::set<std::pair<std::string, std::int64_t>> own;
  for (const AskedBind& each : asked) {
    const std::pair<std::string, std::int64_t> key(each.vip->name, each.port);
    const auto [first, is_new] = cluster.binds.emplace(key, each.at);
    if (!own.insert(key).second || is_new) continue;
    taken.push_back(
        {.at = each.at,
         .what = base::concat("port ", each.port, " of the VIP ", each.vip->name, " is bound in ",
                              sources.name(first->second),
                              " already, and a bind is all addresses of its VIP"),
         .decide = base::concat(
             "give ", each.address.to_string(),
             " a VIP of its own in `vips` (with another `router_id`; `sync_groups` keep it "
             "with the other one) and write that one here, or choose by `host` in `rules`")});
  }
  return taken;
}

}  // namespace hapair::importing
