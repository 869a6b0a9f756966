// What of the statistics counts for a drill.
#include <doctest/doctest.h>

#include "apps/hapair/worker/drill_counts.hpp"

using namespace hapair;

namespace {

lb::StatsRow row(lb::StatsRowType type, std::string name) {
  lb::StatsRow row;
  row.type = type;
  row.pxname = std::move(name);
  return row;
}

}  // namespace

TEST_CASE("requests of the frontends of its VIPs, failures of the whole node, since its start") {
  lb::StatsSnapshot stats;
  stats.rows = {row(lb::StatsRowType::kFrontend, "web"), row(lb::StatsRowType::kFrontend, "other"),
                row(lb::StatsRowType::kFrontend, "tcp"), row(lb::StatsRowType::kBackend, "app"),
                row(lb::StatsRowType::kServer, "app")};
  stats.rows[0].req_tot = 10;
  stats.rows[0].stot = 3;
  stats.rows[1].req_tot = 100;
  stats.rows[2].stot = 4;
  worker::DrillCounts counts;
  counts.begin({"web", "tcp"}, stats, 2);
  CHECK(counts.since(stats, 2) == vrrp::DrillTally{});
  stats.rows[0].req_tot = 15;
  stats.rows[1].req_tot = 200;
  stats.rows[1].eint = 1;
  stats.rows[2].stot = 6;
  stats.rows[3].econ = 1;
  stats.rows[3].eresp = 2;
  stats.rows[3].eint = 4;
  stats.rows[4].econ = 50;  // its backend has it too
  CHECK(counts.since(stats, 5) == vrrp::DrillTally{.requests = 7, .failed = 8, .reset = 3});
}
