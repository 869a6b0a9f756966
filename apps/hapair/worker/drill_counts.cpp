#include "apps/hapair/worker/drill_counts.hpp"

#include <algorithm>
#include <utility>

namespace hapair::worker {

void DrillCounts::begin(std::vector<std::string> frontends, const lb::StatsSnapshot& stats,
                        std::size_t reset) {
  frontends_ = std::move(frontends);
  before_ = total(stats, reset);
}

vrrp::DrillTally DrillCounts::since(const lb::StatsSnapshot& stats, std::size_t reset) const {
  const vrrp::DrillTally now = total(stats, reset);
  return {.requests = now.requests - before_.requests,
          .failed = now.failed - before_.failed,
          .reset = now.reset - before_.reset};
}

vrrp::DrillTally DrillCounts::total(const lb::StatsSnapshot& stats, std::size_t reset) const {
  vrrp::DrillTally tally{.requests = 0, .failed = 0, .reset = reset};
  for (const lb::StatsRow& row : stats.rows) {
    if (row.type == lb::StatsRowType::kFrontend) {
      tally.failed += row.eint.value_or(0);
      const bool counts = std::ranges::find(frontends_, row.pxname) != frontends_.end();
      // A connection is the request of mode tcp.
      if (counts) tally.requests += row.req_tot ? *row.req_tot : row.stot.value_or(0);
    } else if (row.type == lb::StatsRowType::kBackend) {
      tally.failed += row.econ.value_or(0) + row.eresp.value_or(0) + row.eint.value_or(0);
    }
  }
  return tally;
}

}  // namespace hapair::worker
