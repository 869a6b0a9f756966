#include "apps/hapair/control/journal_lines.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxLine = 8 * 1024;
constexpr std::size_t kMaxFigures = 64;
/// Numbers go on from what is read, and never come to their end.
constexpr std::uint64_t kMaxNumber = std::uint64_t{1} << 53;
constexpr std::string_view kTimePattern = "0000-00-00T00:00:00.000Z";

/// What base::format_wall_time() writes.
std::optional<base::WallTime> parse_wall_time(std::string_view text) {
  if (text.size() != kTimePattern.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kTimePattern[i] == '0' ? !digit : text[i] != kTimePattern[i]) return std::nullopt;
  }
  const auto number = [text](std::size_t from, std::size_t length) {
    unsigned value = 0;
    std::from_chars(text.data() + from, text.data() + from + length, value);
    return value;
  };
  const std::chrono::year_month_day day(std::chrono::year(static_cast<int>(number(0, 4))),
                                        std::chrono::month(number(5, 2)),
                                        std::chrono::day(number(8, 2)));
  // Nanoseconds in 64 bits end in the year 2262.
  if (!day.ok() || number(0, 4) < 1970 || number(0, 4) > 2200) return std::nullopt;
  return base::WallTime(std::chrono::sys_days(day)) + std::chrono::hours(number(11, 2)) +
         std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2)) +
         std::chrono::milliseconds(number(20, 3));
}

bool take_text(const Json& object, const char* key, std::string& into) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return false;
  into = found->get_ref<const std::string&>();
  return true;
}

std::optional<std::uint64_t> number_of(const Json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMaxNumber) return std::nullopt;
  return value.get<std::uint64_t>();
}

bool take_figures(const Json& object, base::JournalEvent& event) {
  const auto figures = object.find("figures");
  if (figures == object.end() || !figures->is_object() || figures->size() > kMaxFigures) {
    return false;
  }
  for (const auto& [name, value] : figures->items()) {
    if (!value.is_string()) return false;
    event.figures.emplace_back(name, value.get_ref<const std::string&>());
  }
  return true;
}

}  // namespace

std::optional<base::JournalEvent> parse_journal_line(std::string_view line) {
  if (line.size() > kMaxLine) return std::nullopt;
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains("number") || !object.contains("caused_by") ||
      !object.contains("monotonic_ns") || !object["monotonic_ns"].is_number_unsigned()) {
    return std::nullopt;
  }
  base::JournalEvent event{.id = {}, .subject = {}, .from = {}, .to = {}, .cause = {}};
  const auto number = number_of(object["number"]);
  std::string time;
  if (!number || *number == 0 || !take_text(object, "time", time) ||
      !take_text(object, "id", event.id) || !take_text(object, "subject", event.subject) ||
      !take_text(object, "from", event.from) || !take_text(object, "to", event.to) ||
      !take_text(object, "cause", event.cause) || !take_figures(object, event)) {
    return std::nullopt;
  }
  event.number = *number;
  event.caused_by = number_of(object["caused_by"]);
  const auto wall = parse_wall_time(time);
  const auto ns = object["monotonic_ns"].get<std::uint64_t>();
  if (!wall || ns > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  event.wall = *wall;
  event.at = base::from_ns(static_cast<std::int64_t>(ns));
  return event;
}

std::vector<base::JournalEvent> parse_journal_lines(std::string_view text) {
  std::vector<base::JournalEvent> events;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (auto event = parse_journal_line(text.substr(0, end))) events.push_back(std::move(*event));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return events;
}

}  // namespace hapair::control
