#include "libvrrp/core/timing.hpp"

#include <algorithm>
#include <chrono>

namespace hapair::vrrp {
namespace {

using std::chrono::seconds;

constexpr int kDownAdverts = 3;
constexpr int kBelievableFactor = 10;
constexpr base::Duration kAlwaysBelievable = seconds(3);

}  // namespace

base::Duration skew_time(Version version, std::uint8_t priority, base::Duration master_interval) {
  const base::Duration unit = version == Version::kV2 ? seconds(1) : master_interval;
  return unit * (256 - priority) / 256;
}

base::Duration master_down_interval(Version version, std::uint8_t priority,
                                    base::Duration master_interval) {
  return kDownAdverts * master_interval + skew_time(version, priority, master_interval);
}

base::Duration believable_interval(base::Duration claimed, base::Duration own) {
  if (claimed == base::Duration::zero()) return own;
  const base::Duration slowest = std::max(own * kBelievableFactor, kAlwaysBelievable);
  return std::clamp(claimed, own / kBelievableFactor, slowest);
}

}  // namespace hapair::vrrp
