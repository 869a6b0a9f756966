// Sends the frames that announce addresses (gratuitous ARP, unsolicited neighbour advertisements)
// on any interface. Belongs to the guardian: an AF_PACKET socket in other hands could forge
// anything.
#pragma once

#include <cstdint>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::vrrp {

class FrameSender {
 public:
  /// Needs CAP_NET_RAW.
  [[nodiscard]] static base::Result<FrameSender> open();

  /// A whole Ethernet frame. Never waits.
  [[nodiscard]] base::Result<void> send(std::uint32_t link, base::Bytes frame);

 private:
  explicit FrameSender(net::UniqueFd fd) : fd_(std::move(fd)) {}

  net::UniqueFd fd_;
};

}  // namespace hapair::vrrp
