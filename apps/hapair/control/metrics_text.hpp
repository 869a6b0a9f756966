// Writes the text format of Prometheus: families with their help and type, then their samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/histogram.hpp"
#include "common/base/time.hpp"

namespace hapair::control {

/// In the order in which they are given. Values may hold anything; names are ours. One without a
/// value is left out, which is the same to Prometheus.
using MetricLabels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class MetricsText {
 public:
  enum class Type : std::uint8_t { kCounter, kGauge, kHistogram, kSummary };

  /// Begins a family, whose samples follow. `name`: without the prefix "hapair_", which all have
  /// but those that begin with the name of another product.
  void family(std::string_view name, Type type, std::string_view help);

  /// Goes on with a family that another text has begun.
  void resume(std::string_view name);

  void sample(MetricLabels labels, std::uint64_t value);
  void sample(MetricLabels labels, base::Duration value);  ///< in seconds
  void flag(MetricLabels labels, bool value);              ///< 1 or 0
  /// All samples of one distribution: cumulative counts, sum and count.
  void sample(MetricLabels labels, const base::Histogram& times);

  /// Behind the quantiles of a summary: all its observations together, and how many they are.
  void sum(MetricLabels labels, base::Duration sum);
  void count(MetricLabels labels, std::uint64_t observations);

  [[nodiscard]] std::size_t size() const { return text_.size(); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void begin(std::string_view suffix, MetricLabels labels, std::string_view bound = {});
  void end(std::string_view number);
  void end(std::uint64_t number);

  std::string name_;
  std::string text_;
};

}  // namespace hapair::control
