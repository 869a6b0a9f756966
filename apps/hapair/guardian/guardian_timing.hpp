// How exactly the guardian keeps its times, by its own measure: what it publishes in the shared
// page for the status. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "common/base/histogram.hpp"
#include "common/base/time.hpp"

namespace hapair::guardian {

/// What this host allows it.
struct ExactTimes {
  bool real_time = false;      ///< scheduled in the real-time class
  bool memory_locked = false;  ///< never swapped out

  bool operator==(const ExactTimes&) const = default;
};

/// How late adverts left that were due; those that an order sends at once have no such time.
struct AdvertLateness {
  base::Duration p50{};
  base::Duration p99{};
  base::Duration p999{};
  base::Duration max{};
  std::uint64_t adverts = 0;  ///< so many were measured

  bool operator==(const AdvertLateness&) const = default;
};

class AdvertTimes {
 public:
  /// The figures are worked out anew so often.
  static constexpr base::Duration kEvery = std::chrono::seconds(1);

  void sent(base::Duration late) { lateness_.record(late); }

  /// The figures of all adverts so far, where it is time and there are new ones.
  [[nodiscard]] std::optional<AdvertLateness> news(base::Instant now) {
    if (lateness_.count() == told_ || (told_ > 0 && now - told_at_ < kEvery)) return std::nullopt;
    told_ = lateness_.count();
    told_at_ = now;
    return AdvertLateness{.p50 = lateness_.quantile(0.5),
                          .p99 = lateness_.quantile(0.99),
                          .p999 = lateness_.quantile(0.999),
                          .max = lateness_.max(),
                          .adverts = told_};
  }

 private:
  base::Histogram lateness_;
  std::uint64_t told_ = 0;
  base::Instant told_at_{};
};

}  // namespace hapair::guardian
