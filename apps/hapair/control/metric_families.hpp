// How the parts of the metrics say what families there are; metrics.cpp puts them together.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "apps/hapair/control/metrics.hpp"

namespace hapair::control {

using MetricFamilies = std::vector<MetricFamily>;

/// The label "code" of responses, in the order of StatsRow::hrsp.
inline constexpr std::array<std::string_view, 6> kResponseClasses = {"1xx", "2xx", "3xx",
                                                                     "4xx", "5xx", "other"};

/// A family of which `write` tells everything.
template <class Write>
void add_family(MetricFamilies& families, std::string_view name, MetricsText::Type type,
                std::string_view help, Write write) {
  families.push_back(
      {name, type, help, 1, [write](MetricsText& text, std::size_t) { write(text); }});
}

/// A family with samples for each thing of a list, which outlives it.
template <class Thing, class Write>
void add_each(MetricFamilies& families, std::string_view name, MetricsText::Type type,
              std::string_view help, const std::vector<Thing>& things, Write write) {
  families.push_back(
      {name, type, help, things.size(),
       [&things, write](MetricsText& text, std::size_t i) { write(text, things[i]); }});
}

// The parts; what they tell of outlives the families.

/// Of the VIPs.
void add_vip_metrics(MetricFamilies& out, const Status& status);
/// Everything that HAProxy's exporter tells of, as far as there is the figure, by its names.
void add_haproxy_metrics(MetricFamilies& out, const MetricsFacts& facts, const MetricRows& rows);
/// The same of keepalived's.
void add_keepalived_metrics(MetricFamilies& out, const Status& status);

}  // namespace hapair::control
