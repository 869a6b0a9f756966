#include "apps/hapair/import/haproxy/values.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

/// Of times, in microseconds.
constexpr std::array<Unit, 6> kTimes = {{{"us", 1},
                                         {"ms", 1000},
                                         {"s", 1'000'000},
                                         {"m", 60'000'000},
                                         {"h", 3'600'000'000},
                                         {"d", 86'400'000'000}}};
constexpr std::array<Unit, 3> kSizes = {
    {{"k", std::int64_t{1} << 10}, {"m", std::int64_t{1} << 20}, {"g", std::int64_t{1} << 30}}};
constexpr std::array<Unit, 4> kSizeNames = {{{"GiB", std::int64_t{1} << 30},
                                             {"MiB", std::int64_t{1} << 20},
                                             {"KiB", std::int64_t{1} << 10},
                                             {"B", 1}}};

template <std::size_t N>
std::optional<std::int64_t> parse_with(std::string_view text, std::string_view unit,
                                       const std::array<Unit, N>& units, std::int64_t limit) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = base::parse_unsigned(text.substr(0, digits));
  if (!number) return std::nullopt;
  if (digits < text.size()) unit = text.substr(digits);
  std::int64_t factor = unit.empty() ? 1 : 0;
  for (const Unit& each : units) {
    if (base::equals_ignoring_case(each.name, unit)) factor = each.factor;
  }
  if (factor == 0 || *number > static_cast<std::uint64_t>(limit / factor)) return std::nullopt;
  return static_cast<std::int64_t>(*number) * factor;
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text, std::string_view unit) {
  return parse_with(text, unit, kTimes, (std::int64_t{1} << 31U) * 1000);
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  return parse_with(text, "", kSizes, std::numeric_limits<std::int64_t>::max());
}

std::string duration_text(std::int64_t microseconds) {
  if (microseconds == 0) return "0s";
  std::string_view unit = "us";
  std::int64_t factor = 1;
  for (const Unit& each : kTimes) {
    if (microseconds % each.factor == 0) {
      unit = each.name;
      factor = each.factor;
    }
  }
  return base::concat(microseconds / factor, unit);
}

std::string size_text(std::int64_t bytes) {
  for (const Unit& each : kSizeNames) {
    if (bytes >= each.factor && bytes % each.factor == 0) {
      return base::concat(bytes / each.factor, each.name);
    }
  }
  return "0B";
}

}  // namespace hapair::importing::haproxy
