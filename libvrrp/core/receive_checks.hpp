// Which received packets are adverts to be heeded by a group: RFC 9568, section 7.1, RFC 3768,
// section 7.1, and who may send at all. Bad input changes nothing but the counters.
#pragma once

#include <cstdint>
#include <expected>
#include <vector>

#include "libvrrp/core/auth_trailer.hpp"
#include "libvrrp/core/drop_reason.hpp"
#include "libvrrp/core/group_settings.hpp"
#include "libvrrp/core/ip_packet.hpp"
#include "libvrrp/core/packet.hpp"

namespace hapair::vrrp {

class ReceiveChecks {
 public:
  /// Senders whose numbers are remembered; only who has the key gets one.
  static constexpr std::size_t kMaxSenders = 16;

  /// `authenticator` has the group's key and outlives the checks; null where signatures are off.
  explicit ReceiveChecks(const GroupSettings& settings,
                         const Authenticator* authenticator = nullptr)
      : settings_(settings), authenticator_(authenticator) {}

  /// Other settings of the same virtual router. With the same key the senders' numbers go on.
  void use(const GroupSettings& settings);

  /// The advert, or why it is dropped; counts either way. Expects a datagram with our VRID.
  [[nodiscard]] std::expected<DecodedAdvert, DropReason> accept(const Datagram& datagram);

  [[nodiscard]] std::uint64_t accepted() const { return accepted_; }
  [[nodiscard]] const DropCounters& dropped() const { return dropped_; }

 private:
  [[nodiscard]] std::expected<void, DropReason> check_addressing(const Datagram& datagram) const;
  [[nodiscard]] std::expected<void, DropReason> check_advert(const Advert& advert) const;
  [[nodiscard]] std::expected<void, DropReason> check_signature(const Datagram& datagram,
                                                                const SplitAdvert& split) const;
  void remember(const base::IpAddress& sender, std::uint64_t sequence);

  struct Sender {
    base::IpAddress address;
    std::uint64_t sequence = 0;  ///< the highest of a rightly signed advert
  };

  GroupSettings settings_;
  const Authenticator* authenticator_;
  std::vector<Sender> senders_;  ///< the one heard longest ago first
  std::uint64_t accepted_ = 0;
  DropCounters dropped_;
};

}  // namespace hapair::vrrp
