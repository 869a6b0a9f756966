// What keepalived's files tell that HAProxy's part needs: the nodes with their own addresses, and
// which addresses float. Keepalived is read first; without its files the facts are empty.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/sources.hpp"
#include "common/base/ip_address.hpp"

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

}  // namespace hapair::importing
