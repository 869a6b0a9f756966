#include "libvrrp/core/drill_checks.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace hapair::vrrp {
namespace {

const HelloVip* stand_of(const HelloPeer& peer, std::string_view vip) {
  const auto found = std::ranges::find(peer.report.vips, vip, &HelloVip::name);
  return found == peer.report.vips.end() ? nullptr : &*found;
}

}  // namespace

std::optional<std::size_t> partner_for(const std::vector<HelloPeer>& peers, std::string_view vip) {
  std::optional<std::size_t> next;
  int highest = -1;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const HelloVip* stand = peers[i].present ? stand_of(peers[i], vip) : nullptr;
    if (stand == nullptr || stand->verdict == Verdict::kUnfit) continue;
    if (stand->priority <= highest) continue;
    highest = stand->priority;
    next = i;
  }
  return next;
}

std::vector<std::string> objections_to(const HelloPeer& peer, const NodeReport& own,
                                       const std::vector<std::string>& vips) {
  std::vector<std::string> against;
  const auto object = [&](const auto&... words) { against.push_back(base::concat(words...)); };
  if (!peer.present) {
    object(peer.name, " says no hello: see whether it runs");
    return against;
  }
  if (peer.report.config_hash != own.config_hash) {
    object(peer.name, " runs another config than this node: use the same file on all nodes");
  }
  for (const std::string& vip : vips) {
    const HelloVip* stand = stand_of(peer, vip);
    if (stand == nullptr) {
      object(peer.name, " says nothing of ", vip);
    } else if (stand->verdict != Verdict::kServes) {
      object(peer.name, " is no good master of ", vip, ": ", to_string(stand->verdict));
    } else if (stand->role != State::kBackup) {
      object(peer.name, " is not a backup of ", vip, " but ", to_string(stand->role));
    }
  }
  for (const HelloBackend& mine : own.backends) {
    const auto theirs = std::ranges::find(peer.report.backends, mine.name, &HelloBackend::name);
    if (theirs == peer.report.backends.end() || theirs->usable >= mine.usable) continue;
    object(peer.name, " reaches ", theirs->usable, " servers of backend ", mine.name,
           ", this node ", mine.usable);
  }
  return against;
}

}  // namespace hapair::vrrp
