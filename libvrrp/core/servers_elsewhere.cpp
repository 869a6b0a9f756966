#include "libvrrp/core/servers_elsewhere.hpp"

namespace hapair::vrrp {

bool ServersElsewhere::on_counts(Here counts, std::optional<std::size_t> elsewhere,
                                 base::Instant now) {
  const std::size_t here = counts.usable + counts.unknown;
  const bool enough = here >= needed_;
  if (counts.usable >= needed_) had_enough_ = true;
  if (holds_) {
    const bool nowhere_more = here > 0 && elsewhere && *elsewhere <= here;
    holds_ = !enough && !nowhere_more;
    return !holds_;
  }
  if (enough || !elsewhere || *elsewhere <= here) {
    since_.reset();
    return false;
  }
  if (!since_) since_ = now;
  return on_deadline(now);
}

bool ServersElsewhere::on_deadline(base::Instant now) {
  if (!since_ || (had_enough_ && now - *since_ < patience_)) return false;
  since_.reset();
  holds_ = true;
  return true;
}

std::optional<base::Instant> ServersElsewhere::deadline() const {
  if (!since_) return std::nullopt;
  return *since_ + patience_;
}

}  // namespace hapair::vrrp
