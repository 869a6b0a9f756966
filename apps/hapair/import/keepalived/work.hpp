// What the parts of keepalived's import work on: the nodes' files as trees, and the VIPs that are
// made of the instances in them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/import/context.hpp"
#include "apps/hapair/import/keepalived/statement.hpp"
#include "common/base/ip_address.hpp"

namespace hapair::importing::keepalived {

struct NodeInput {
  Statement root{};
  std::string config_id{};
  std::string name{};       ///< in `cluster.nodes`
  std::string interface{};  ///< of its first instance
  std::optional<base::IpAddress> address{};
  std::optional<base::IpAddress> address6{};
  bool has_file = true;  ///< false: known from the others' unicast_peer only

  [[nodiscard]] const Statement* globals() const { return root.last("global_defs"); }
};

/// One node's vrrp_instance.
struct Member {
  std::size_t node = 0;
  const Statement* block = nullptr;
};

struct VipInput {
  std::string name;
  std::vector<Member> members;  ///< one for each node that has it, in the nodes' order
  std::int64_t router_id = 0;
  int version = 2;
  base::Family family = base::Family::kIpv4;
  std::string network{};  ///< empty: the nodes' own interface

  /// The first member's statement of that name; nullptr: no member has it.
  [[nodiscard]] const Statement* first(std::string_view word) const;
  /// The same, and what it is for each of the members.
  [[nodiscard]] std::vector<const Statement*> each(std::string_view word) const;
  [[nodiscard]] const Statement* of_node(std::size_t node) const;
};

struct Work {
  Context& context;
  std::vector<NodeInput> nodes{};
  std::vector<VipInput> vips{};
  std::set<Place> settled{};             ///< blocks whose lines all have the fate of the first
  std::set<const Statement*> carried{};  ///< statements whose comments have found their place
  /// What scripts that are good add to a node's priority for a VIP, by VIP and node.
  std::map<std::pair<std::string, std::size_t>, std::int64_t> bonus{};
  bool wants_secret = false;  ///< something in the config needs a secret_file

  [[nodiscard]] Account& account() const { return context.account; }
  [[nodiscard]] JsonTree& config() const { return context.draft.config; }
  /// HAProxy's files are imported too, so hapair takes its place.
  [[nodiscard]] bool replaces_haproxy() const { return !context.options.haproxy.empty(); }
  /// The last statement of that name in a node's global_defs; nullptr: none.
  [[nodiscard]] const Statement* global(std::size_t node, std::string_view name) const;
  /// That of the first node that has one.
  [[nodiscard]] const Statement* global(std::string_view name) const;

  /// All lines of the block have the fate of its first line.
  void settle(const Statement& statement);
  /// Comments of the statement go to `tree`, once.
  void carry(JsonTree& tree, const Statement& statement);
  /// The same for all that is in its block, as far as it has found no place yet.
  void carry_all(JsonTree& tree, const Statement& statement);
};

}  // namespace hapair::importing::keepalived
