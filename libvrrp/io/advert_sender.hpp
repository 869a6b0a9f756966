// Sends adverts that are already encoded, from a raw socket with the address, TTL and TOS that
// RFC 9568, section 5.1, asks for. Belongs to the guardian; the supervisor uses it to resign.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::vrrp {

/// Where the source address of adverts is.
enum class SourceAt : std::uint8_t {
  kInterface,  ///< over IPv6 it must be on the interface; over IPv4 on any of this host's
  kElsewhere,  ///< on another interface, which is not looked into
};

class AdvertSender {
 public:
  /// A socket bound to one interface and source address of this host; over IPv6 to the group the
  /// link-local one (RFC 9568, section 5.1.2.1). Needs CAP_NET_RAW.
  [[nodiscard]] static base::Result<AdvertSender> open(std::uint32_t link, const std::string& name,
                                                       const base::IpAddress& source,
                                                       SourceAt where = SourceAt::kInterface);

  /// Never waits. `destination`: the multicast group or a peer.
  [[nodiscard]] base::Result<void> send(base::Bytes packet, const base::IpAddress& destination);

 private:
  explicit AdvertSender(net::UniqueFd fd) : fd_(std::move(fd)) {}

  net::UniqueFd fd_;
};

/// A raw socket that receives the adverts of one family arriving on one interface, with kernel
/// timestamps, member of the multicast group. Opened by the guardian, read by the worker's
/// AdvertReceiver.
[[nodiscard]] base::Result<net::UniqueFd> open_advert_receiver(std::uint32_t link,
                                                               const std::string& name,
                                                               base::Family family);

}  // namespace hapair::vrrp
