// Cross checks of the VIPs; see validate.hpp.
#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <utility>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;
using namespace std::chrono_literals;

constexpr std::size_t kVerdictBands = 3;           // as libvrrp/core/priority.hpp has it
constexpr std::string_view kClearText =
    "the password travels in clear text in every advert; it guards against mistakes, not against "
    "attackers";
constexpr base::Duration kMaxInterval3 = 40950ms;  // 12 bits of centiseconds, RFC 9568, 5.2.7

std::string path_of(const VipDraft& vip) { return concat("vips.", vip.vip.name); }

void check_router_ids(const CrossCheck& check) {
  std::map<std::uint8_t, std::string_view> taken;
  for (const VipDraft& vip : check.draft.vips) {
    if (vip.vip.router_id == 0) continue;  // missing or faulty
    const auto [other, fresh] = taken.emplace(vip.vip.router_id, vip.vip.name);
    if (fresh) continue;
    check.fault(path_of(vip) + ".router_id",
                concat(vip.vip.router_id, " is also the router_id of ", other->second,
                       "; each VIP on an interface needs its own, 1 to 255"));
  }
}

void check_addresses(const CrossCheck& check) {
  std::map<base::IpAddress, std::string_view> taken;
  for (const VipDraft& vip : check.draft.vips) {
    for (const VipAddressDraft& each : vip.addresses) {
      const auto address = address_of(each);
      if (!address) continue;
      if (const NodeDraft* node = check.addresses.node(*address)) {
        check.fault(each.path,
                    concat(address->to_string(), " is node ", node->name,
                           "'s own address; a VIP moves between the nodes: use an address "
                           "that no host has"));
      }
      if (!address->is_v4() && !each.as.label.empty()) {
        check.fault(each.path + ".label", "IPv6 addresses have no labels; remove it");
      }
      const auto [other, fresh] = taken.emplace(*address, vip.vip.name);
      if (fresh) continue;
      check.fault(each.path, concat(address->to_string(), " is already an address of ",
                                    other->second, "; remove it from one of the two"));
    }
  }
}

bool advertises(const VipAddressDraft& each, base::Family family) {
  const auto address = address_of(each);
  return each.as.advertise && address && address->family() == family;
}

/// Adverts need an address in them, and one to leave from on every node.
void check_family(const CrossCheck& check, const VipDraft& vip) {
  const std::string path = path_of(vip);
  check_network(check, path + ".network", vip.vip.network);
  for (const VipAddressDraft& each : vip.addresses) {
    check_network(check, each.path + ".network", each.as.network);
  }
  const bool faulty = std::ranges::any_of(
      vip.addresses, [](const VipAddressDraft& each) { return !address_of(each); });
  if (vip.addresses.empty() || faulty) return;
  const auto family = family_of(vip);
  if (!family || std::ranges::none_of(vip.addresses, [&](const VipAddressDraft& each) {
        return advertises(each, *family);
      })) {
    check.fault(path + (vip.family ? ".family" : ".addresses"),
                "no address would stand in the adverts, and an advert needs one; give an address "
                "of their family without \"advertise\": false");
    return;
  }
  const bool v4 = family == base::Family::kIpv4;
  if (!v4 && vip.vip.version == 2) {
    check.fault(path + ".version",
                "VRRP version 2 knows IPv4 only; use version 3, or \"family\": \"ipv4\" with an "
                "IPv4 address");
  }
  if (!v4 && vip.vip.transport == Transport::kMulticast) return;
  for (const NodeDraft& node : check.draft.nodes) {
    const auto at = attachment_of(node, vip.vip.network);
    if (!at || !node.address || at->of(*family)) continue;
    const std::string where =
        vip.vip.network.empty() ? std::string() : concat(" on ", vip.vip.network);
    check.fault(
        path, concat("adverts over ", v4 ? "IPv4" : "IPv6", " have no address to leave from: node ",
                     node.name, " has none", where, "; give it an ", v4 ? "address" : "address6"));
  }
}

void check_virtual_mac(const CrossCheck& check, const VipDraft& vip) {
  if (!vip.vip.virtual_mac) return;
  const bool any = std::ranges::any_of(vip.addresses, [&](const VipAddressDraft& each) {
    const auto address = address_of(each);
    const bool home = each.as.network.empty() || each.as.network == vip.vip.network;
    return !address || (home && !address->is_link_local());
  });
  if (any) return;
  check.fault(
      path_of(vip) + ".virtual_mac",
      "only addresses on the VIP's own network, other than link-local ones, get the virtual MAC "
      "address, and there is none; give it one, or remove this");
}

void check_interval(const CrossCheck& check, const VipDraft& vip) {
  if (!vip.advert_interval) return;
  const base::Duration interval = *vip.advert_interval;
  const std::string path = path_of(vip) + ".advert_interval";
  const std::string given = base::format_duration(interval);
  if (vip.vip.version == 2 && interval % 1s != base::Duration(0)) {
    check.fault(path, concat(given,
                             " is no whole number of seconds, and VRRP version 2 knows no "
                             "smaller unit; use 1s to 255s, or version 3"));
  } else if (vip.vip.version == 3 && interval > kMaxInterval3) {
    check.fault(path, concat(given,
                             " is above 40950ms, the longest that VRRP version 3 can say; "
                             "use 10ms to 40950ms"));
  } else if (vip.vip.version == 3 && interval % 10ms != base::Duration(0)) {
    check.fault(path, concat(given,
                             " is no multiple of 10ms, the unit of VRRP version 3; use 10ms "
                             "to 40950ms in steps of 10ms"));
  }
}

void check_auth(const CrossCheck& check, const VipDraft& vip) {
  const std::string path = path_of(vip) + ".auth";
  const bool secret = check.positions.given("cluster.secret_file");
  const Auth auth = auth_of(vip, secret);
  if (auth == Auth::kHmac && vip.vip.version == 2) {
    check.fault(path, "VRRP version 2 has no room for a signature; use \"pass\", or version 3");
  } else if (auth == Auth::kHmac && !secret) {
    check.fault(path, "a signature needs a key, which derives from cluster.secret_file; add one");
  }
  if (auth != Auth::kPassword) return;
  if (vip.vip.version == 3) {
    check.fault(path,
                "VRRP version 3 has no passwords (RFC 9568, section 9); use \"hmac\", which signs "
                "each advert, or version 2");
  } else if (vip.password && !vip.password_file.empty()) {
    check.fault(path + ".password_file", "the password is given twice; leave one of the two out");
  } else if (!vip.password_file.empty()) {
    check.notice(path + ".password_file", std::string(kClearText));
  } else if (!vip.password && !check.faults.names(path + ".password") &&
             !check.faults.names(path + ".password_file") && !secret) {
    check.fault(path,
                "there is neither a password nor a cluster.secret_file to derive it from; add one");
  } else if (vip.password) {
    check.notice(path + ".password", std::string(kClearText));
  }
}

void check_priorities(const CrossCheck& check, const VipDraft& vip) {
  std::vector<std::string_view> nodes;
  for (const NodeDraft& node : check.draft.nodes) nodes.push_back(node.name);
  std::map<std::int64_t, std::string_view> taken;
  for (const auto& [name, priority] : vip.priorities) {
    const std::string path = concat(path_of(vip), ".priorities.", name);
    if (std::ranges::find(nodes, name) == nodes.end()) {
      check.fault(path, check.unknown("node", name, nodes));
      continue;
    }
    const auto [other, fresh] = taken.emplace(priority, name);
    if (fresh) continue;
    check.notice(path, concat("node ", other->second, " has the same priority ", priority,
                              "; the node with the higher address wins"));
  }
}

void check_backend_track(const CrossCheck& check, const TrackDraft& track) {
  const BackendDraft* backend = check.backend(track.backend);
  if (backend == nullptr) {
    check_backend_name(check, track.path + ".backend", track.backend);
    return;
  }
  const auto follows = [](const ServerDraft& server) { return !server.track.empty(); };
  if (!backend->check && !std::ranges::all_of(backend->servers, follows)) {
    check.fault(track.path + ".backend",
                concat("the backend \"", track.backend,
                       "\" has no check, so its servers always count as up; give it a check"));
  }
  if (!backend->servers.empty() && track.track.min_up > backend->servers.size()) {
    check.fault(
        track.path + ".min_up",
        concat(track.track.min_up, " servers can never be up: the backend \"", track.backend,
               "\" has ", backend->servers.size(), "; use 1 to ", backend->servers.size()));
  }
}

void check_target_track(const CrossCheck& check, const TrackDraft& track) {
  if (check.target(track.target) == nullptr) {
    std::vector<std::string_view> names;
    for (const TargetDraft& each : check.draft.targets) names.push_back(each.target.name);
    check.fault(track.path + ".target", check.unknown("target", track.target, names));
  }
  if (check.positions.given(track.path + ".min_up")) {
    check.fault(track.path + ".min_up", "counts the servers of a backend; remove it");
  }
}

void check_track(const CrossCheck& check, const VipDraft& vip) {
  for (const TrackDraft& track : vip.track) {
    if (!track.backend.empty()) check_backend_track(check, track);
    if (!track.target.empty()) check_target_track(check, track);
    if (track.track.fault && check.positions.given(track.path + ".penalty")) {
      check.fault(track.path + ".penalty",
                  "has no meaning where fault is true; remove one of the two");
    }
  }
}

/// The lowest that a node may have so that all verdicts have room below it.
std::size_t least_priority(const CrossCheck& check) {
  return kVerdictBands * check.draft.nodes.size() + 1;
}

/// Of all nodes, for the VIP; there is at least one node.
std::uint8_t lowest_priority(const CrossCheck& check, const VipDraft& vip) {
  std::uint8_t lowest = priority_of(check.draft, vip, 0);
  for (std::size_t node = 1; node < check.draft.nodes.size(); ++node) {
    lowest = std::min(lowest, priority_of(check.draft, vip, node));
  }
  return lowest;
}

/// What says "backends short" and worse needs priorities below those of all nodes.
void check_verdicts(const CrossCheck& check, const VipDraft& vip) {
  const auto by_verdict = std::ranges::find_if(vip.track, [&check](const TrackDraft& track) {
    const TargetDraft* target = check.target(track.target);
    const bool has_verdict =
        track.target.empty() || (target != nullptr && target->target.type == TargetType::kGateway);
    return has_verdict && !track.track.penalty && !track.track.fault;
  });
  const std::size_t nodes = check.draft.nodes.size();
  if (by_verdict == vip.track.end() || nodes == 0) return;
  const std::uint8_t lowest = lowest_priority(check, vip);
  if (lowest >= least_priority(check)) return;
  check.fault(
      by_verdict->path,
      concat("a node's priority of ", lowest, " leaves no room below it for the verdicts of ",
             nodes, " nodes; raise all nodes' priorities to at least ", least_priority(check),
             ", or give each track a penalty or fault"));
}

/// A frontend on the VIP sends to this backend, and no track says what its servers count for.
bool is_compared(const CrossCheck& check, const VipDraft& vip, std::string_view backend) {
  const bool ruled = std::ranges::any_of(vip.track, [backend](const TrackDraft& track) {
    return track.backend == backend && (track.track.penalty || track.track.fault);
  });
  return !ruled && std::ranges::any_of(check.draft.frontends, [&](const FrontendDraft& frontend) {
    return frontend.default_backend == backend &&
           std::ranges::find(frontend.binds, vip.vip.name, &BindDraft::vip) != frontend.binds.end();
  });
}

/// "Backends elsewhere", which comes of hellos, needs the same room, but the rest works without.
void check_elsewhere(const CrossCheck& check, const VipDraft& vip) {
  const Cluster& cluster = check.draft.cluster;
  const bool hellos = cluster.hello.wanted && !cluster.secret_file.empty();
  if (!hellos || check.draft.nodes.size() < 2) return;
  const std::uint8_t lowest = lowest_priority(check, vip);
  const auto backend = std::ranges::find_if(check.draft.backends, [&](const BackendDraft& each) {
    return is_compared(check, vip, each.backend.name);
  });
  if (lowest >= least_priority(check) || backend == check.draft.backends.end()) return;
  check.notice(vip.priorities.empty() ? path_of(vip) : path_of(vip) + ".priorities",
               concat("a node's priority of ", lowest,
                      " leaves no room below it for verdicts: when another node reaches more "
                      "servers of the backend \"",
                      backend->backend.name,
                      "\" than the master, the VIP stays where it is; raise all nodes' "
                      "priorities to at least ",
                      least_priority(check), ", or leave them out"));
}

/// The nodes in order of preference for a VIP.
std::vector<std::size_t> preference(const CrossCheck& check, const VipDraft& vip) {
  std::vector<std::size_t> nodes(check.draft.nodes.size());
  std::iota(nodes.begin(), nodes.end(), std::size_t{0});
  std::ranges::sort(nodes, {}, [&](std::size_t node) {
    return std::pair(-priority_of(check.draft, vip, node), node);
  });
  return nodes;
}

/// Members that prefer different nodes would never be on one.
void check_same_preference(const CrossCheck& check, const SyncGroupDraft& group) {
  const VipDraft* first = group.members.empty() ? nullptr : check.vip(group.members[0].text);
  if (first == nullptr) return;
  for (const ListedText& member : group.members) {
    const VipDraft* vip = check.vip(member.text);
    if (vip == nullptr || preference(check, *vip) == preference(check, *first)) continue;
    check.fault(member.path,
                concat("\"", member.text, "\" prefers other nodes than \"", first->vip.name,
                       "\", so the two could not be on one node together; give the "
                       "members of a sync group the same order of priorities"));
  }
}

void check_sync_groups(const CrossCheck& check) {
  std::vector<std::string_view> names;
  for (const VipDraft& vip : check.draft.vips) names.push_back(vip.vip.name);
  std::map<std::string_view, std::string_view> taken;
  for (const SyncGroupDraft& group : check.draft.sync_groups) {
    check_same_preference(check, group);
    for (const ListedText& member : group.members) {
      if (check.vip(member.text) == nullptr) {
        check.fault(member.path, check.unknown("VIP", member.text, names));
        continue;
      }
      const auto [other, fresh] = taken.emplace(member.text, group.name);
      if (fresh) continue;
      check.fault(member.path, concat("the VIP \"", member.text, "\" is in ", other->second,
                                      " already; name it once"));
    }
  }
}

}  // namespace

void check_vips(const CrossCheck& check) {
  check_router_ids(check);
  check_addresses(check);
  check_sync_groups(check);
  for (const VipDraft& vip : check.draft.vips) {
    const std::string path = path_of(vip);
    check_family(check, vip);
    check_virtual_mac(check, vip);
    check_interval(check, vip);
    check_auth(check, vip);
    check_priorities(check, vip);
    check_track(check, vip);
    check_verdicts(check, vip);
    check_elsewhere(check, vip);
    if (vip.vip.transport == Transport::kUnicast && check.draft.nodes.size() == 1) {
      check.fault(path + ".transport",
                  "a cluster of one node has nobody to send to; add the other nodes, or use "
                  "\"multicast\"");
    }
  }
}

}  // namespace hapair::config
