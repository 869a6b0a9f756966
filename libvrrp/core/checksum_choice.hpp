// Which checksum form the adverts of a group carry over IPv4 in version 3, where two RFCs and old
// keepalived disagree (ChecksumForm): the one in which the receiver sends its own, since that is
// the one it is known to take. By unicast each peer gets its own; a multicast advert has one form
// for all, so among peers that disagree only those of that form understand it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "libvrrp/core/group_settings.hpp"
#include "libvrrp/core/packet.hpp"

namespace hapair::vrrp {

/// Adverts to one destination carry this form from here on.
struct ChecksumOrder {
  std::size_t peer = 0;  ///< index into GroupSettings::peers; 0 for the multicast group
  ChecksumForm form = ChecksumForm::kPseudoHeader;
  bool operator==(const ChecksumOrder&) const = default;
};

class ChecksumChoice {
 public:
  /// The first form heard is taken at once. Another one replaces it only when the form in use has
  /// not been heard for so long, and after so many adverts in a row of the other: peers that
  /// disagree and are heard in turn never make it flap.
  static constexpr base::Duration kSettle = std::chrono::seconds(3);
  static constexpr std::uint32_t kSettleAdverts = 3;

  explicit ChecksumChoice(const GroupSettings& settings);

  /// An accepted advert; nullopt: nothing changes.
  [[nodiscard]] std::optional<ChecksumOrder> on_advert(const DecodedAdvert& decoded,
                                                       const base::IpAddress& from,
                                                       base::Instant now);

 private:
  struct Destination {
    std::optional<ChecksumForm> form;  ///< in use; nullopt: nobody has been heard
    base::Instant last_heard{};        ///< the form in use
    ChecksumForm other = ChecksumForm::kPseudoHeader;
    std::uint32_t others = 0;  ///< adverts in a row of the other form
  };

  [[nodiscard]] std::optional<std::size_t> destination_of(const base::IpAddress& from) const;

  std::vector<base::IpAddress> peers_;     ///< empty by multicast
  std::vector<Destination> destinations_;  ///< empty where there is but one form
};

}  // namespace hapair::vrrp
