// Statistics as comma-separated values in HAProxy's column order, for the collectors that read
// those.
#pragma once

#include <string>

#include "liblb/core/stats_snapshot.hpp"

namespace hapair::lb {

inline constexpr const char* kStatsCsvContentType = "text/plain; charset=utf-8";

/// A line "# pxname,svname,...," and one line a row; a comma ends each line, as collectors expect.
[[nodiscard]] std::string render_stats_csv(const StatsSnapshot& snapshot);

}  // namespace hapair::lb
