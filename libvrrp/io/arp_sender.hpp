// Sends gratuitous ARP frames (libvrrp/core/arp.hpp) on any interface. Belongs to the guardian: an
// AF_PACKET socket in other hands could forge anything.
#pragma once

#include <cstdint>

#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"
#include "libvrrp/core/arp.hpp"

namespace hapair::vrrp {

class ArpSender {
 public:
  /// Needs CAP_NET_RAW.
  [[nodiscard]] static base::Result<ArpSender> open();

  /// Never waits.
  [[nodiscard]] base::Result<void> send(std::uint32_t link, const ArpFrame& frame);

 private:
  explicit ArpSender(net::UniqueFd fd) : fd_(std::move(fd)) {}

  net::UniqueFd fd_;
};

}  // namespace hapair::vrrp
