// Which received packets are adverts to be heeded by a group: RFC 9568, section 7.1, RFC 3768,
// section 7.1, and who may send at all. Bad input changes nothing but the counters.
#pragma once

#include <cstdint>
#include <expected>

#include "libvrrp/core/drop_reason.hpp"
#include "libvrrp/core/group_settings.hpp"
#include "libvrrp/core/ip_packet.hpp"
#include "libvrrp/core/packet.hpp"

namespace hapair::vrrp {

class ReceiveChecks {
 public:
  explicit ReceiveChecks(const GroupSettings& settings) : settings_(settings) {}

  /// The advert, or why it is dropped; counts either way. Expects a datagram with our VRID.
  [[nodiscard]] std::expected<DecodedAdvert, DropReason> accept(const Datagram& datagram);

  [[nodiscard]] std::uint64_t accepted() const { return accepted_; }
  [[nodiscard]] const DropCounters& dropped() const { return dropped_; }

 private:
  [[nodiscard]] std::expected<void, DropReason> check_addressing(const Datagram& datagram) const;
  [[nodiscard]] std::expected<void, DropReason> check_advert(const Advert& advert) const;

  GroupSettings settings_;
  std::uint64_t accepted_ = 0;
  DropCounters dropped_;
};

}  // namespace hapair::vrrp
