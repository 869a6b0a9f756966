// What a node counts during a drill: the statistics' differences since its start.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "liblb/core/stats_snapshot.hpp"
#include "libvrrp/core/drill_note.hpp"

namespace hapair::worker {

class DrillCounts {
 public:
  /// Counts from here; `frontends`: those that serve a VIP of the drill. `reset`: connections that
  /// were reset up to now.
  void begin(std::vector<std::string> frontends, const lb::StatsSnapshot& stats, std::size_t reset);
  [[nodiscard]] vrrp::DrillTally since(const lb::StatsSnapshot& stats, std::size_t reset) const;

 private:
  [[nodiscard]] vrrp::DrillTally total(const lb::StatsSnapshot& stats, std::size_t reset) const;

  std::vector<std::string> frontends_;
  vrrp::DrillTally before_;
};

}  // namespace hapair::worker
