// Which vrrp_instances of the nodes' files are one virtual router: those with the same id on the
// same kind of network; two of the same name that differ in it are told of.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "apps/hapair/import/keepalived/stages.hpp"
#include "apps/hapair/import/keepalived/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

/// The family of the first address, as keepalived takes it.
base::Family family_of(const Statement& instance) {
  const Statement* const addresses = instance.last("virtual_ipaddress");
  if (addresses == nullptr || addresses->block.empty()) {
    return instance.last("native_ipv6") != nullptr ? base::Family::kIpv6 : base::Family::kIpv4;
  }
  return addresses->block.front().name().contains(':') ? base::Family::kIpv6 : base::Family::kIpv4;
}

class Gathering {
 public:
  explicit Gathering(Work& work) : work_(work) {}

  void run() {
    for (std::size_t node = 0; node < work_.nodes.size(); ++node) {
      for (const Statement* const block : work_.nodes[node].root.all("vrrp_instance")) {
        take(node, *block);
      }
    }
    for (VipInput& vip : work_.vips) vip.version = version_of(vip);
    part_ids();
    for (const VipInput& vip : work_.vips) tell_missing_nodes(vip);
  }

 private:
  void take(std::size_t node, const Statement& block) {
    const std::int64_t id = id_of(block);
    const base::Family family = family_of(block);
    const std::string name = config_name(block.word(1).empty() ? "VI" : block.word(1));
    VipInput* const found = twin_of(node, block, id, family, name);
    if (found == nullptr) {
      work_.vips.push_back(
          {.name = unique(name), .members = {{node, &block}}, .router_id = id, .family = family});
      return;
    }
    if (found->name != name) {
      work_.account().changed(block.at,
                              concat("it is one VIP with ", found->name, ", by its router id"));
    }
    found->members.push_back({node, &block});
  }

  /// By router id, family and interface; else by name.
  VipInput* twin_of(std::size_t node, const Statement& block, std::int64_t id, base::Family family,
                    const std::string& name) {
    const auto fits = [&](const VipInput& vip) {
      return vip.of_node(node) == nullptr && vip.router_id == id && id != 0 && vip.family == family;
    };
    // Several may fit: the same id on several networks. The name tells which.
    const auto named = std::ranges::find_if(
        work_.vips, [&](const VipInput& vip) { return fits(vip) && vip.name == name; });
    if (named != work_.vips.end()) return &*named;
    const auto other = std::ranges::find_if(work_.vips, [&](const VipInput& vip) {
      return vip.of_node(node) == nullptr && vip.name == name;
    });
    if (other != work_.vips.end()) {
      tell_other_id(node, *other, block, id);
      return &*other;
    }
    const auto same = std::ranges::find_if(work_.vips, fits);
    return same == work_.vips.end() ? nullptr : &*same;
  }

  void tell_other_id(std::size_t /*node*/, const VipInput& vip, const Statement& block,
                     std::int64_t id) {
    const Statement* const line = block.last("virtual_router_id");
    if (id == vip.router_id || line == nullptr) return;
    work_.account().wrong(
        line->at,
        concat("the nodes have different router ids for ", vip.name, " (", vip.router_id, " and ",
               id, "): neither would hear the other, and both be master"),
        concat("router id ", vip.router_id, " for all"));
  }

  std::int64_t id_of(const Statement& block) {
    const Statement* const line = block.last("virtual_router_id");
    if (line == nullptr) {
      work_.account().undecided(block.at, "the instance has no virtual_router_id",
                                "give it one, 1 to 255; the import takes a free one");
      return 0;
    }
    const auto id = whole_number(line->word(1), 1, 255);
    if (id) return *id;
    work_.account().undecided(
        line->at,
        concat("\"", base::printable(line->word(1)),
               "\" is no router id of 1 to 255, and keepalived leaves the instance out"),
        "give it one; the import takes a free one");
    return 0;
  }

  int version_of(const VipInput& vip) {
    const Statement* line = vip.first("version");
    if (line == nullptr) line = work_.global("vrrp_version");
    const bool v6 = vip.family == base::Family::kIpv6;
    if (line == nullptr) return v6 ? 3 : 2;
    const auto version = whole_number(line->word(1), 2, 3);
    if (!version) {
      work_.account().wrong(line->at, "VRRP has the versions 2 and 3", "keepalived's own choice");
    }
    if (v6) return 3;
    const int out = version.value_or(2) == 3 ? 3 : 2;
    for (const Member& member : vip.members) tell_version(member, out);
    return out;
  }

  void tell_version(const Member& member, int of_all) {
    const Statement* line = member.block->last("version");
    if (line == nullptr) line = work_.global(member.node, "vrrp_version");
    const int own = line != nullptr && line->word(1) == "3" ? 3 : 2;
    if (own == of_all) return;
    work_.account().wrong(line != nullptr ? line->at : member.block->at,
                          concat("the nodes differ in the version of VRRP (", own, " here, ",
                                 of_all, " in another file), and would not heed each other"),
                          concat(of_all, " for all"));
  }

  /// hapair wants an id of its own for each VIP, on whatever interface and in whatever family.
  void part_ids() {
    std::set<std::int64_t> taken;
    for (const VipInput& vip : work_.vips) taken.insert(vip.router_id);
    std::set<std::int64_t> seen;
    for (VipInput& vip : work_.vips) {
      if (vip.router_id != 0 && seen.insert(vip.router_id).second) continue;
      std::int64_t free = 1;
      while (taken.contains(free) && free < 255) ++free;
      if (vip.router_id != 0) tell_taken(vip, free);
      vip.router_id = free;
      taken.insert(free);
      seen.insert(free);
    }
  }

  void tell_taken(const VipInput& vip, std::int64_t free) {
    for (const Statement* const line : vip.each("virtual_router_id")) {
      work_.account().changed(
          line->at, concat("is ", free, ": another VIP has ", vip.router_id,
                           ", and hapair wants an id of its own for each, on all networks"));
    }
  }

  void tell_missing_nodes(const VipInput& vip) {
    if (vip.members.size() == work_.nodes.size()) return;
    for (std::size_t node = 0; node < work_.nodes.size(); ++node) {
      if (vip.of_node(node) != nullptr) continue;
      const Member& member = vip.members.front();
      work_.account().wrong(member.block->at,
                            concat("the file of another node (", file_of(node),
                                   ") has no such instance, so only "
                                   "one node can have this VIP"),
                            "hapair gives it to all nodes");
      return;
    }
  }

  [[nodiscard]] std::string file_of(std::size_t node) const {
    return work_.context.sources[work_.nodes[node].root.at.file].path;
  }

  /// The name, or with a number behind it.
  [[nodiscard]] std::string unique(const std::string& name) {
    constexpr std::size_t kRoom = 56;  // a name has 64 characters at most
    std::string out = name;
    int& number = numbers_.try_emplace(name, 1).first->second;
    while (!names_.insert(out).second) out = concat(name.substr(0, kRoom), "_", ++number);
    return out;
  }

  Work& work_;
  std::set<std::string> names_;
  std::map<std::string, int> numbers_;  ///< the last one behind a name
};

}  // namespace

void gather_vips(Work& work) { Gathering(work).run(); }

}  // namespace hapair::importing::keepalived
