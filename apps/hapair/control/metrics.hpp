// The document of GET /metrics: everything that is counted, in Prometheus' text format (version
// 0.0.4), with the base units of its conventions: seconds and bytes. docs/api.md lists the
// families.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/control/status_model.hpp"
#include "liblb/core/h2_counters.hpp"
#include "liblb/core/latency.hpp"

namespace hapair::control {

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

[[nodiscard]] std::string render_metrics(const Status& status,
                                         const std::vector<lb::LatencyView>& latencies,
                                         const std::vector<lb::H2View>& http2);

}  // namespace hapair::control
