#include "apps/hapair/guardian/regrant.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "common/net/listening.hpp"

namespace hapair::guardian {
namespace {

bool is_same_router(const Grants& running, const GroupGrant& before, const Grants& next,
                    const GroupGrant& after) {
  return before.router_id == after.router_id && before.source.family() == after.source.family() &&
         running.interfaces[before.interface] == next.interfaces[after.interface];
}

/// A link-local address is one only on its interface.
bool is_same_place(const Grants& running, const BindGrant& before, const Grants& next,
                   const BindGrant& after) {
  if (before.unix_path != after.unix_path) return false;
  if (!after.unix_path.empty()) return true;
  if (before.endpoint != after.endpoint) return false;
  return !after.endpoint.address.is_link_local() ||
         running.interfaces[before.interface] == next.interfaces[after.interface];
}

std::vector<Receiver> receivers_of(const Grants& grants) {
  std::vector<Receiver> receivers;
  for (const GroupGrant& group : grants.groups) {
    const auto known = std::ranges::find_if(receivers, [&](const Receiver& each) {
      return each.interface == group.interface && each.family == group.source.family();
    });
    if (known == receivers.end()) receivers.push_back({group.interface, group.source.family()});
  }
  return receivers;
}

void compare_routers(const Grants& running, const GroupGrant& before, const Grants& next,
                     const GroupGrant& after, std::vector<std::string>& out) {
  const auto refuse = [&](std::string_view what) {
    out.push_back(base::concat("vips.", after.name, ": ", what,
                               " can't change while it runs: restart hapair on this node"));
  };
  if (before.version != after.version) refuse("the version of VRRP");
  if (before.virtual_mac != after.virtual_mac) refuse("virtual_mac");
  if (before.source != after.source) refuse("the address that its adverts leave from");
  if (running.interfaces[before.interface] != next.interfaces[after.interface]) {
    refuse("its interface");
  }
}

void compare_binds(const Grants& running, const Grants& next, std::vector<std::string>& out) {
  for (const std::uint16_t bind : binds_to_open(running, next)) {
    const BindGrant& after = next.binds[bind];
    if (!after.unix_path.empty()) continue;
    for (const BindGrant& before : running.binds) {
      const bool apart = !net::is_in_the_way(before.endpoint, after.endpoint);
      if (apart || !before.unix_path.empty()) continue;
      const std::string was = before.endpoint.to_string();
      out.push_back(base::concat(after.endpoint.to_string(),
                                 ": a bind here can't take the place of ", was,
                                 " while it runs: take the bind at ", was,
                                 " out by a reload first, or restart hapair on this node"));
    }
  }
}

}  // namespace

std::vector<std::optional<std::size_t>> places_before(const Grants& running, const Grants& next) {
  std::vector<std::optional<std::size_t>> places;
  for (const GroupGrant& after : next.groups) {
    const auto found = std::ranges::find_if(running.groups, [&](const GroupGrant& before) {
      return is_same_router(running, before, next, after);
    });
    if (found == running.groups.end()) {
      places.emplace_back();
    } else {
      places.emplace_back(static_cast<std::size_t>(found - running.groups.begin()));
    }
  }
  return places;
}

std::vector<std::uint16_t> binds_to_open(const Grants& running, const Grants& next) {
  std::vector<std::uint16_t> binds;
  for (std::size_t i = 0; i < next.binds.size(); ++i) {
    const bool there = std::ranges::any_of(running.binds, [&](const BindGrant& before) {
      return is_same_place(running, before, next, next.binds[i]);
    });
    if (!there) binds.push_back(static_cast<std::uint16_t>(i));
  }
  return binds;
}

std::vector<std::string> unix_sockets_gone(const Grants& running, const Grants& next) {
  std::vector<std::string> gone;
  for (const BindGrant& bind : running.binds) {
    if (bind.unix_path.empty()) continue;
    if (std::ranges::find(next.binds, bind.unix_path, &BindGrant::unix_path) == next.binds.end()) {
      gone.push_back(bind.unix_path);
    }
  }
  return gone;
}

std::vector<Receiver> receivers_to_open(const Grants& running, const Grants& next) {
  const std::vector<Receiver> before = receivers_of(running);
  std::vector<Receiver> after = receivers_of(next);
  std::erase_if(after, [&](const Receiver& each) {
    return std::ranges::any_of(before, [&](const Receiver& other) {
      return other.family == each.family &&
             running.interfaces[other.interface] == next.interfaces[each.interface];
    });
  });
  return after;
}

bool scripts_change(const Grants& running, const Grants& next) {
  return running.scripts != next.scripts || running.notifies != next.notifies;
}

std::vector<std::string> unchangeable(const Grants& running, const Grants& next) {
  std::vector<std::string> out;
  const auto refuse = [&out](bool changes, std::string_view what) {
    if (!changes) return;
    out.push_back(base::concat(what, " can't change while it runs: restart hapair on this node"));
  };
  refuse(running.node != next.node, "cluster.nodes: the name of this node");
  refuse(running.uid != next.uid || running.gid != next.gid, "process.user or process.group");
  refuse(running.control != next.control, "process.group, which may read the control socket,");
  refuse(running.journal != next.journal, "journal");
  for (const GroupGrant& after : next.groups) {
    for (const GroupGrant& before : running.groups) {
      if (before.name == after.name || is_same_router(running, before, next, after)) {
        compare_routers(running, before, next, after, out);
      }
      if (before.name != after.name || before.router_id == after.router_id) continue;
      out.push_back(base::concat("vips.", after.name, ": router_id ", before.router_id, " becomes ",
                                 after.router_id,
                                 ", another virtual router, and a peer would still be master of "
                                 "the one before: restart hapair on all nodes"));
    }
  }
  compare_binds(running, next, out);
  std::ranges::sort(out);
  const auto twice = std::ranges::unique(out);
  out.erase(twice.begin(), twice.end());
  return out;
}

}  // namespace hapair::guardian
