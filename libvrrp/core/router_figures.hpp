// What a router has counted since its process started; for status and metrics only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/base/duration_summary.hpp"
#include "libvrrp/core/election.hpp"

namespace hapair::vrrp {

inline constexpr std::size_t kStates = 4;

struct RouterFigures {
  std::uint64_t adverts = 0;    ///< heard and heeded
  std::uint64_t farewells = 0;  ///< of these, with priority 0
  /// By the state before and the state after.
  std::array<std::array<std::uint64_t, kStates>, kStates> transitions{};
  /// On becoming master: since the last advert of any other router, where there was one.
  base::DurationSummary silence;
};

}  // namespace hapair::vrrp
