// What GET /metrics tells besides hapair's own figures: a part of the model (model.hpp).
#pragma once

namespace hapair::config {

struct Metrics {
  bool haproxy_names = false;      ///< what HAProxy's exporter would tell
  bool keepalived_names = false;   ///< what keepalived's exporter would tell
  bool server_histograms = false;  ///< distributions of times for each server

  bool operator==(const Metrics&) const = default;
};

}  // namespace hapair::config
