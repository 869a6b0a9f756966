// Where an election's decisions go: standing orders to the privileged side. Router gives them, the
// wiring implements them over the channel to the guardian, tests record them. `group` is the index
// of the VIP group in the configuration.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/time.hpp"
#include "libvrrp/core/packet.hpp"
#include "libvrrp/core/timing.hpp"

namespace hapair::vrrp {

class VipPort {
 public:
  /// Send an advert now, and then one every `interval` until told otherwise.
  virtual void advertise(std::size_t group, std::uint8_t priority, base::Duration interval) = 0;
  /// No more adverts. `resign`: one with priority 0 first, so that the peer need not wait.
  virtual void stop_advertising(std::size_t group, bool resign) = 0;
  /// Put the group's addresses on the interface.
  virtual void hold(std::size_t group) = 0;
  /// Take them off.
  virtual void release(std::size_t group) = 0;
  /// One gratuitous ARP for each address of the group.
  virtual void announce(std::size_t group) = 0;
  /// Adverts to one destination carry this checksum form from here on; without such an order the
  /// pseudo-header stands. `peer`: index of the peer by unicast, 0 by multicast.
  virtual void use_checksum(std::size_t group, std::size_t peer, ChecksumForm form) = 0;
  /// What is known of the group's adverts; read without asking anybody.
  [[nodiscard]] virtual SendingSpan sending(std::size_t group) const = 0;

 protected:
  ~VipPort() = default;
};

}  // namespace hapair::vrrp
