#include "libvrrp/core/peer_table.hpp"

#include <algorithm>

namespace hapair::vrrp {

void PeerTable::heard(const DecodedAdvert& decoded, const base::IpAddress& from,
                      base::Instant now) {
  PeerHeard& peer = entry_for(from);
  peer.priority = decoded.advert.priority;
  peer.interval = decoded.advert.interval;
  peer.checksum = decoded.checksum;
  peer.is_signed = decoded.is_signed;
  peer.last_heard = now;
  ++peer.adverts;
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
