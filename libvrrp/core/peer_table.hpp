// The routers heard in one VIP group: what status shows and nothing decides on.
#pragma once

#include <cstdint>
#include <vector>

#include "libvrrp/core/packet.hpp"

namespace hapair::vrrp {

struct PeerHeard {
  base::IpAddress address;
  std::uint8_t priority = 0;  ///< 0 after it has resigned
  base::Duration interval{};
  ChecksumForm checksum = ChecksumForm::kPlain;
  bool is_signed = false;
  base::Instant last_heard{};
  base::Instant began{};     ///< its first advert, or the first one after a farewell or a silence
  base::Instant farewell{};  ///< its last advert with priority 0; the clock's start: none yet
  std::uint64_t adverts = 0;
};

class PeerTable {
 public:
  /// Whoever can send may invent sources: beyond this many the longest silent one is forgotten.
  static constexpr std::size_t kMaxPeers = 16;

  void heard(const DecodedAdvert& decoded, const base::IpAddress& from, base::Instant now);

  /// The one that advertises itself as master: the last one heard, unless it has resigned or fallen
  /// silent. Null: nobody does.
  [[nodiscard]] const PeerHeard* master(base::Instant now) const;

  /// In the order in which they were first heard.
  [[nodiscard]] const std::vector<PeerHeard>& peers() const { return peers_; }

 private:
  PeerHeard& entry_for(const base::IpAddress& from);

  std::vector<PeerHeard> peers_;
};

}  // namespace hapair::vrrp
