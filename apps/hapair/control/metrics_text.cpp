#include "apps/hapair/control/metrics_text.hpp"

#include "common/base/text.hpp"

namespace hapair::control {
namespace {

// Bounds are powers of two in nanoseconds: there the buckets of a Histogram end, so counts are
// exact. 131 microseconds to 34 seconds.
constexpr int kFirstBound = 17;
constexpr int kLastBound = 35;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::string_view to_text(MetricsText::Type type) {
  switch (type) {
    case MetricsText::Type::kCounter:
      return "counter";
    case MetricsText::Type::kGauge:
      return "gauge";
    case MetricsText::Type::kHistogram:
      return "histogram";
    case MetricsText::Type::kSummary:
      return "summary";
  }
  return {};
}

/// "0.000131072": exact, without an exponent.
std::string seconds(base::Duration duration) {
  const std::int64_t ns = duration.count();
  const auto whole = static_cast<std::uint64_t>(ns < 0 ? -ns : ns);
  std::string out = ns < 0 ? "-" : "";
  base::append(out, whole / kNsPerSecond);
  // A 1, then nine digits.
  std::string fraction = base::concat(whole % kNsPerSecond + kNsPerSecond);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (fraction.size() > 1) {
    fraction.front() = '.';
    out += fraction;
  }
  return out;
}

/// Escapes what the format wants escaped in a label's value.
void append_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
}

}  // namespace

void MetricsText::family(std::string_view name, Type type, std::string_view help) {
  resume(name);
  text_ += "# HELP ";
  text_ += name_;
  text_ += ' ';
  text_ += help;
  text_ += "\n# TYPE ";
  text_ += name_;
  text_ += ' ';
  text_ += to_text(type);
  text_ += '\n';
}

void MetricsText::resume(std::string_view name) {
  const bool foreign = name.starts_with("haproxy_") || name.starts_with("keepalived_");
  name_ = foreign ? "" : "hapair_";
  name_ += name;
}

void MetricsText::begin(std::string_view suffix, MetricLabels labels, std::string_view bound) {
  text_ += name_;
  text_ += suffix;
  char before = '{';
  const auto add = [&](std::string_view label, std::string_view value) {
    if (value.empty()) return;
    text_ += std::exchange(before, ',');
    text_ += label;
    text_ += "=\"";
    append_value(text_, value);
    text_ += '"';
  };
  for (const auto& [label, value] : labels) add(label, value);
  add("le", bound);
  if (before == ',') text_ += '}';
}

void MetricsText::end(std::string_view number) {
  text_ += ' ';
  text_ += number;
  text_ += '\n';
}

void MetricsText::end(std::uint64_t number) {
  text_ += ' ';
  base::append(text_, number);
  text_ += '\n';
}

void MetricsText::sample(MetricLabels labels, std::uint64_t value) {
  begin({}, labels);
  end(value);
}

void MetricsText::sample(MetricLabels labels, base::Duration value) {
  begin({}, labels);
  end(seconds(value));
}

void MetricsText::flag(MetricLabels labels, bool value) {
  begin({}, labels);
  end(value ? "1" : "0");
}

void MetricsText::sample(MetricLabels labels, const base::Histogram& times) {
  std::uint64_t below = 0;
  int counted = 0;  // all below 2^counted ns are in it
  for (int exponent = kFirstBound; exponent <= kLastBound; ++exponent) {
    below += times.count_between(counted, exponent);
    counted = exponent;
    begin("_bucket", labels, seconds(base::Duration(std::int64_t{1} << exponent)));
    end(below);
  }
  begin("_bucket", labels, "+Inf");
  end(times.count());
  begin("_sum", labels);
  end(seconds(times.sum()));
  begin("_count", labels);
  end(times.count());
}

void MetricsText::sum(MetricLabels labels, base::Duration sum) {
  begin("_sum", labels);
  end(seconds(sum));
}

void MetricsText::count(MetricLabels labels, std::uint64_t observations) {
  begin("_count", labels);
  end(observations);
}

}  // namespace hapair::control
