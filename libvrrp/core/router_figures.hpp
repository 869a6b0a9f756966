// What a router has counted, for status and metrics only; one process hands it to the next.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/base/duration_summary.hpp"
#include "libvrrp/core/effects.hpp"

namespace hapair::vrrp {

inline constexpr std::size_t kStates = 4;

struct RouterFigures {
  std::uint64_t adverts = 0;    ///< heard and heeded
  std::uint64_t farewells = 0;  ///< of these, with priority 0
  /// By the state before and the state after.
  std::array<std::array<std::uint64_t, kStates>, kStates> transitions{};
  /// On becoming master: since the last advert of any other router, where there was one in the
  /// spell as backup before.
  base::DurationSummary silence;

  bool operator==(const RouterFigures&) const = default;
};

}  // namespace hapair::vrrp
