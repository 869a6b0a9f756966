#include "apps/hapair/cli/figures.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::cli {

using base::concat;

std::string short_number(std::optional<double> value) {
  if (!value) return std::string(kNoFigure);
  constexpr std::array<std::string_view, 5> kUnits{"", "k", "M", "G", "T"};
  double rest = *value;
  std::size_t unit = 0;
  while (rest >= 10'000 || (unit > 0 && rest >= 1000)) {
    if (unit + 1 == kUnits.size()) break;
    rest /= 1000;
    ++unit;
  }
  std::string out;
  base::append_fixed(out, rest, unit > 0 && rest < 100 ? 1 : 0);
  return concat(out, kUnits[unit]);
}

std::string short_time(std::optional<double> seconds) {
  if (!seconds) return std::string(kNoFigure);
  if (*seconds < 10) {
    std::string out;
    base::append_fixed(out, std::max(*seconds, 0.0), 1);
    return out + "s";
  }
  const auto whole = static_cast<std::uint64_t>(*seconds);
  if (whole < 60) return concat(whole, "s");
  if (whole < 3600) return concat(whole / 60, "m ", whole % 60, "s");
  if (whole < 86400) return concat(whole / 3600, "h ", whole % 3600 / 60, "m");
  return concat(whole / 86400, "d ", whole % 86400 / 3600, "h");
}

std::string milliseconds(std::optional<double> value) {
  if (!value) return std::string(kNoFigure);
  std::string out;
  base::append_fixed(out, *value, 1);
  return out + " ms";
}

std::string short_rate(std::optional<double> value) {
  if (!value || *value <= 0 || *value >= 10) return short_number(value);
  std::string out;
  base::append_fixed(out, *value, 1);
  return out;
}

std::string or_none(std::string text) {
  return text.empty() ? std::string(kNoFigure) : std::move(text);
}

std::string clock_of(const std::string& time) {
  constexpr std::size_t kClock = 11;  // behind the date
  return time.size() > kClock ? time.substr(kClock, 8) : time;
}

}  // namespace hapair::cli
