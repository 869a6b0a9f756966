// When to send gratuitous ARP: a burst on becoming master, a second one a little later (for the
// switch that was still learning), then a refresh now and then (for the host that missed both).
// Pure: the driver asks what is due and when to come back.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "common/base/time.hpp"
#include "libvrrp/core/group_settings.hpp"

namespace hapair::vrrp {

class AnnounceSchedule {
 public:
  /// However often another master is heard, bursts stay this far apart.
  static constexpr base::Duration kMinGap = std::chrono::seconds(1);

  explicit AnnounceSchedule(const AnnounceSettings& settings) : settings_(settings) {}

  /// From the next burst or refresh on.
  void use(const AnnounceSettings& settings) { settings_ = settings; }

  /// Begins the schedule, or begins it again; returns how many announcements to send now.
  [[nodiscard]] std::size_t start(base::Instant now);
  void stop();

  /// At or after next(): how many announcements to send now.
  [[nodiscard]] std::size_t on_deadline(base::Instant now);
  /// When to call on_deadline(); nullopt when nothing is left to do.
  [[nodiscard]] std::optional<base::Instant> next() const { return next_; }

 private:
  std::size_t begin(base::Instant now);
  void plan_refresh(base::Instant now);

  AnnounceSettings settings_;
  std::optional<base::Instant> next_;
  std::optional<base::Instant> last_burst_;
  bool restart_due_ = false;  ///< start() came too soon after a burst
  bool second_burst_due_ = false;
};

}  // namespace hapair::vrrp
