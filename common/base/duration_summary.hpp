// How many times something took how long: count, sum and the longest. Where quantiles matter there
// is the Histogram.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/base/time.hpp"

namespace hapair::base {

struct DurationSummary {
  std::uint64_t count = 0;
  Duration sum{0};
  Duration max{0};

  void record(Duration value) {
    ++count;
    sum += value;
    max = std::max(max, value);
  }

  bool operator==(const DurationSummary&) const = default;
};

}  // namespace hapair::base
