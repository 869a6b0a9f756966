// A frontend as whoever samples or shows it sees it.
#pragma once

namespace hapair::lb {

struct FrontendLatency;
struct FrontendSettings;
struct TrafficCounters;

/// Of the present generation; for now, not for later.
struct FrontendView {
  const FrontendSettings& settings;
  const TrafficCounters& counters;
  const FrontendLatency& latency;
  bool open = false;  ///< some bind of it listens
};

}  // namespace hapair::lb
