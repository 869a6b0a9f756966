#include "libvrrp/core/peer_table.hpp"

#include <algorithm>

#include "libvrrp/core/group_settings.hpp"

namespace hapair::vrrp {
namespace {

/// Intervals after which adverts count as beginning anew.
constexpr int kSilence = 3;
/// And after which a master has gone: the silence and a skew of almost one more.
constexpr int kGone = 4;

}  // namespace

void PeerTable::heard(const DecodedAdvert& decoded, const base::IpAddress& from,
                      base::Instant now) {
  PeerHeard& peer = entry_for(from);
  const bool leaves = decoded.advert.priority == kResignPriority;
  const bool begins = peer.adverts == 0 || peer.priority == kResignPriority ||
                      now - peer.last_heard > kSilence * peer.interval;
  if (begins && !leaves) peer.began = now;
  if (leaves) peer.farewell = now;
  peer.priority = decoded.advert.priority;
  peer.interval = decoded.advert.interval;
  peer.checksum = decoded.checksum;
  peer.is_signed = decoded.is_signed;
  peer.last_heard = now;
  ++peer.adverts;
}

const PeerHeard* PeerTable::master(base::Instant now) const {
  const PeerHeard* last = nullptr;
  for (const PeerHeard& peer : peers_) {
    const bool serves =
        peer.priority != kResignPriority && now - peer.last_heard <= kGone * peer.interval;
    if (serves && (last == nullptr || peer.last_heard > last->last_heard)) last = &peer;
  }
  return last;
}

PeerHeard& PeerTable::entry_for(const base::IpAddress& from) {
  const auto known = std::ranges::find(peers_, from, &PeerHeard::address);
  if (known != peers_.end()) return *known;
  if (peers_.size() == kMaxPeers) {
    peers_.erase(std::ranges::min_element(peers_, {}, &PeerHeard::last_heard));
  }
  peers_.push_back({.address = from});
  return peers_.back();
}

}  // namespace hapair::vrrp
