// Cross checks of the targets; see validate.hpp.
#include <algorithm>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

/// A node that has no address on the network could never be addressed.
void check_addressed(const CrossCheck& check, const Target& target, const std::string& path) {
  for (const NodeDraft& node : check.draft.nodes) {
    const auto at = attachment_of(node, target.network);
    if (!at || at->address || at->address6 || (target.network.empty() && !node.address)) continue;
    check.fault(path + ".addressed", concat("the file gives node ", node.name, " no address on ",
                                            target.network, "; give it one, or remove this"));
  }
}

void check_place(const CrossCheck& check, const Target& target, const std::string& path) {
  if (target.interface.empty()) {
    check_network(check, path + ".network", target.network);
    if (target.addressed) check_addressed(check, target, path);
    return;
  }
  if (!target.network.empty()) {
    check.fault(path + ".network", "has no meaning beside \"interface\"; remove one of the two");
  }
  if (target.addressed) {
    check.fault(path + ".addressed",
                "which addresses it should have is told by a network of the nodes; use "
                "\"network\" in place of \"interface\"");
  }
}

void check_gateway(const CrossCheck& check, const TargetDraft& draft, const std::string& path) {
  if (!draft.address) {
    if (!check.faults.names(path + ".address") && check.positions.given(path + ".type")) {
      check.fault(path, "a gateway needs its address; add the key \"address\"");
    }
    return;
  }
  const base::IpAddress& address = *draft.address;
  if (address.is_loopback() || check.addresses.vip(address) != nullptr) {
    check.fault(path + ".address", concat(address.to_string(),
                                          " is an address that this cluster has itself, so it "
                                          "says nothing of the network; name a router"));
  }
}

/// Which keys a type can't do without.
void check_needs(const CrossCheck& check, const TargetDraft& draft, const std::string& path) {
  const auto given = [&](std::string_view key) {
    return check.positions.given(join_path(path, key));
  };
  switch (draft.target.type) {
    case TargetType::kInterface:
      return;
    case TargetType::kGateway:
      return check_gateway(check, draft, path);
    case TargetType::kScript:
      if (!given("command")) check.fault(path, "a script needs its program; add \"command\"");
      return;
    case TargetType::kFile:
      if (!given("path")) check.fault(path, "a file needs its path; add \"path\"");
      return;
    case TargetType::kProcess:
      if (given("name") == given("pid_file")) {
        check.fault(path, "a process is known by its \"name\" or its \"pid_file\"; give one");
      } else if (given("pid_file") && given("at_least")) {
        check.fault(join_path(path, "at_least"),
                    "counts processes of a name, and a pid_file names one; remove it");
      }
      return;
  }
}

bool is_tracked(const CrossCheck& check, const Target& target) {
  const bool by_vip = std::ranges::any_of(check.draft.vips, [&](const VipDraft& vip) {
    return std::ranges::find(vip.track, target.name, &TrackDraft::target) != vip.track.end();
  });
  return by_vip || std::ranges::any_of(check.draft.backends, [&](const BackendDraft& backend) {
           return std::ranges::find(backend.servers, target.name, &ServerDraft::track) !=
                  backend.servers.end();
         });
}

}  // namespace

void check_targets(const CrossCheck& check) {
  for (const TargetDraft& draft : check.draft.targets) {
    const Target& target = draft.target;
    const std::string path = concat("targets.", target.name);
    check_place(check, target, path);
    check_timeout(check, path + ".timeout", draft.timeout, target.interval);
    check_needs(check, draft, path);
    if (!is_tracked(check, target)) check.notice(path, "no VIP and no server tracks this target");
  }
}

}  // namespace hapair::config
