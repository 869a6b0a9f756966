#include "common/base/time.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "common/base/text.hpp"

namespace hapair::base {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};

// Largest first, so that format_duration finds the shortest exact form.
constexpr std::array<Unit, 7> kUnits{{{"d", 86'400'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"ns", 1}}};
constexpr std::size_t kMaxDigits = 9;
constexpr std::int64_t kMaxNs = 3650LL * 86'400'000'000'000LL;

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration(0);
  const std::size_t digits = text.find_first_not_of("0123456789");
  const auto malformed = [&] {
    return fail(concat("'", text,
                       "' is not a duration; write a whole number and a unit: \"500ms\", \"2s\", "
                       "\"1m\", \"1h\" or \"1d\""));
  };
  if (digits == 0 || digits == std::string_view::npos || digits > kMaxDigits) return malformed();
  const auto count = parse_unsigned(text.substr(0, digits));
  if (!count) return malformed();
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) != unit.name) continue;
    if (static_cast<std::int64_t>(*count) > kMaxNs / unit.ns) {
      return fail(concat("'", text, "' is longer than ten years; write a shorter duration"));
    }
    return Duration(static_cast<std::int64_t>(*count) * unit.ns);
  }
  return malformed();
}

std::string format_duration(Duration duration) {
  const std::int64_t ns = duration.count();
  if (ns == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (ns % unit.ns == 0) return concat(ns / unit.ns, unit.name);
  }
  return concat(ns, "ns");
}

std::string format_wall_time(WallTime time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since - seconds);
  const std::time_t whole = seconds.count();
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 40> out{};
  const std::size_t used = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(out.data() + used, out.size() - used, ".%03dZ", static_cast<int>(ms.count()));
  return out.data();
}

}  // namespace hapair::base
