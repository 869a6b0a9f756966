// Numbers under numbers that never change their meaning: how what is counted goes from one process
// to another of another version. Who doesn't know a number skips it, and one that is missing is
// left as it is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/base/time.hpp"

namespace hapair::base {

using Figures = std::vector<std::pair<std::uint16_t, std::uint64_t>>;

/// Overwrites `into` where there is such a figure.
inline void take_figure(const Figures& figures, std::uint16_t id, std::uint64_t& into) {
  const auto found = std::ranges::find(figures, id, &Figures::value_type::first);
  if (found != figures.end()) into = found->second;
}

/// Of a duration or a point in time, in ns; negative ones count as none.
inline void take_figure(const Figures& figures, std::uint16_t id, base::Duration& into) {
  std::uint64_t ns = 0;
  take_figure(figures, id, ns);
  if (ns != 0 && ns <= static_cast<std::uint64_t>(INT64_MAX)) {
    into = Duration(static_cast<std::int64_t>(ns));
  }
}

[[nodiscard]] inline std::uint64_t figure_of(base::Duration duration) {
  return duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
}

}  // namespace hapair::base
