#include "libvrrp/core/checksum_choice.hpp"

#include <algorithm>

namespace hapair::vrrp {

ChecksumChoice::ChecksumChoice(const GroupSettings& settings) {
  if (settings.version != Version::kV3 || !settings.own_address.is_v4()) return;
  if (settings.unicast) peers_ = settings.peers;
  destinations_.resize(settings.unicast ? peers_.size() : 1);
}

std::optional<ChecksumOrder> ChecksumChoice::on_advert(const DecodedAdvert& decoded,
                                                       const base::IpAddress& from,
                                                       base::Instant now) {
  const auto index = destination_of(from);
  if (!index) return std::nullopt;
  Destination& to = destinations_[*index];
  const ChecksumForm form = decoded.checksum;
  if (to.form == form) {
    to.last_heard = now;
    to.others = 0;
    return std::nullopt;
  }
  if (to.form) {
    to.others = to.others != 0 && to.other == form ? to.others + 1 : 1;
    to.other = form;
    if (to.others < kSettleAdverts || now - to.last_heard < kSettle) return std::nullopt;
  }
  to = {.form = form, .last_heard = now, .other = form, .others = 0};
  return ChecksumOrder{.peer = *index, .form = form};
}

std::optional<std::size_t> ChecksumChoice::destination_of(const base::IpAddress& from) const {
  if (destinations_.empty()) return std::nullopt;
  if (peers_.empty()) return 0;
  const auto peer = std::ranges::find(peers_, from);
  if (peer == peers_.end()) return std::nullopt;
  return static_cast<std::size_t>(peer - peers_.begin());
}

}  // namespace hapair::vrrp
