// What the kernel knows of a neighbour (ARP, neighbour discovery), and having it asked anew.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "libvrrp/core/arp.hpp"
#include "libvrrp/io/netlink_socket.hpp"

namespace hapair::vrrp {

/// The kernel's neighbour states (RFC 4861, section 7.3.2), as far as they differ to us.
enum class NeighbourState : std::uint8_t {
  kNone,       ///< there is no entry
  kAsked,      ///< asked, and no answer yet
  kReachable,  ///< it has answered
  kOld,        ///< it answered some time ago
  kFailed,     ///< it does not answer
  kStatic,     ///< set by hand: nobody is ever asked
};

class Neighbours {
 public:
  [[nodiscard]] static base::Result<Neighbours> open();

  /// `link`: the interface's index.
  [[nodiscard]] base::Result<NeighbourState> state(std::uint32_t link,
                                                   const base::IpAddress& address);
  /// The hardware address that packets to it go to, valid or old; nullopt: none is known.
  [[nodiscard]] base::Result<std::optional<MacAddress>> hardware(std::uint32_t link,
                                                                 const base::IpAddress& address);
  /// Forgets what is known of it, and has the kernel ask for it.
  [[nodiscard]] base::Result<void> ask_anew(std::uint32_t link, const base::IpAddress& address);
  /// Has the kernel ask whether it is (still) there; its state is kAsked until it answers.
  [[nodiscard]] base::Result<void> ask(std::uint32_t link, const base::IpAddress& address);

 private:
  explicit Neighbours(NetlinkSocket socket) : socket_(std::move(socket)) {}

  NetlinkSocket socket_;
};

}  // namespace hapair::vrrp
