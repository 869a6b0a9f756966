// Statistics as one self-contained HTML page for people: no script, nothing loaded from elsewhere.
#pragma once

#include <string>

#include "liblb/core/stats_snapshot.hpp"

namespace hapair::lb {

/// `csv_uri` is where the page's link to the CSV form leads; empty: no link.
[[nodiscard]] std::string render_stats_page(const StatsSnapshot& snapshot,
                                            const std::string& csv_uri);

}  // namespace hapair::lb
