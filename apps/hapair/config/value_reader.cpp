#include "apps/hapair/config/value_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;
using base::fail;

constexpr std::size_t kMaxQuoted = 64;

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<SizeUnit, 5> kSizeUnits{
    {{"TiB", 1ULL << 40}, {"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}}};

std::string format_size(std::uint64_t size) {
  for (const SizeUnit& unit : kSizeUnits) {
    if (size != 0 && size % unit.bytes == 0) return concat(size / unit.bytes, unit.name);
  }
  return "0";
}

/// "16KiB"; nullopt when it is no size.
std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::size_t kMaxDigits = 6;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = base::parse_unsigned(text.substr(0, digits));
  if (!count || digits > kMaxDigits) return std::nullopt;
  for (const SizeUnit& unit : kSizeUnits) {
    if (text.substr(digits) == unit.name) return *count * unit.bytes;
  }
  return std::nullopt;
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string_view name_of(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBoolean:
      return "true or false";
    case Value::Kind::kInteger:
    case Value::Kind::kNumber:
      return "a whole number";
    case Value::Kind::kString:
      return "a text in double quotes";
    case Value::Kind::kArray:
      return "a list: [ ... ]";
    case Value::Kind::kObject:
      return "an object: { ... }";
  }
  return {};
}

/// "2h is above 1h; use 0s to 1h"
std::string out_of_range(std::string_view given, bool below, std::string_view min,
                         std::string_view max, std::string_view why = {}) {
  return concat(given, below ? " is below " : " is above ", below ? min : max, "; use ", min,
                " to ", max, why);
}

}  // namespace

base::Result<void> expect(const Value& value, Value::Kind kind, std::string_view wanted) {
  if (value.kind == kind) return {};
  return fail(concat("is ", describe(value), "; write ", wanted.empty() ? name_of(kind) : wanted));
}

base::Result<bool> read_flag(const Value& value) {
  if (auto kind = expect(value, Value::Kind::kBoolean); !kind) {
    return std::unexpected(std::move(kind.error()));
  }
  return value.boolean;
}

base::Result<std::int64_t> read_number(const Value& value, const NumberRule& rule) {
  if (value.kind == Value::Kind::kNumber) {
    return fail(concat(base::printable(value.text, kMaxQuoted),
                       " is not a whole number in range; use ", rule.min, " to ", rule.max,
                       rule.why));
  }
  if (auto kind = expect(value, Value::Kind::kInteger); !kind) {
    return std::unexpected(std::move(kind.error()));
  }
  if (value.integer >= rule.min && value.integer <= rule.max) return value.integer;
  return fail(out_of_range(value.text, value.integer < rule.min, std::to_string(rule.min),
                           std::to_string(rule.max), rule.why));
}

base::Result<std::uint32_t> read_factor(const Value& value, const FactorRule& rule) {
  constexpr double kWhole = 100;
  const bool number = value.kind == Value::Kind::kNumber || value.kind == Value::Kind::kInteger;
  if (!number) {
    auto kind = expect(value, Value::Kind::kNumber, "a number, like 1.25");
    return std::unexpected(std::move(kind.error()));
  }
  double factor = 0;
  std::from_chars(value.text.data(), value.text.data() + value.text.size(), factor);
  const double hundredths = std::round(factor * kWhole);
  if (hundredths >= rule.min && hundredths <= rule.max) {
    return static_cast<std::uint32_t>(hundredths);
  }
  const auto text_of = [](std::uint32_t bound) {
    std::string text;
    base::append_fixed(text, bound / kWhole, 2);
    return text;
  };
  return fail(out_of_range(base::printable(value.text, kMaxQuoted), hundredths < rule.min,
                           text_of(rule.min), text_of(rule.max)));
}

base::Result<std::string> read_text(const Value& value, const TextRule& rule) {
  if (auto kind = expect(value, Value::Kind::kString); !kind) {
    return std::unexpected(std::move(kind.error()));
  }
  if (value.text.size() > rule.max_bytes) {
    return fail(
        concat("the text has ", value.text.size(), " bytes; the limit is ", rule.max_bytes));
  }
  if (!rule.raw && has_control_character(value.text)) {
    return fail("the text holds a control character; remove it");
  }
  if (auto checked = rule.check(value.text); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  return value.text;
}

base::Result<base::Duration> read_duration(const Value& value, const DurationRule& rule) {
  auto kind = expect(value, Value::Kind::kString, "a duration with its unit, like \"2s\"");
  if (!kind) return std::unexpected(std::move(kind.error()));
  const auto duration = base::parse_duration(base::printable(value.text, kMaxQuoted));
  if (!duration || (*duration >= rule.min && *duration <= rule.max)) return duration;
  return fail(out_of_range(value.text, *duration < rule.min, base::format_duration(rule.min),
                           base::format_duration(rule.max)));
}

base::Result<std::uint64_t> read_size(const Value& value, const SizeRule& rule) {
  const bool zero = value.kind == Value::Kind::kInteger && value.integer == 0;
  if (zero && rule.min == 0) return 0;
  auto kind = expect(value, Value::Kind::kString, "a size with its unit, like \"16KiB\"");
  if (!kind) return std::unexpected(std::move(kind.error()));
  const auto size = parse_size(value.text);
  if (!size) {
    return fail(concat("'", base::printable(value.text, kMaxQuoted),
                       "' is not a size; write a whole number and a unit: \"512B\", \"16KiB\", "
                       "\"1MiB\" or \"1GiB\""));
  }
  if (*size >= rule.min && *size <= rule.max) return *size;
  return fail(
      out_of_range(value.text, *size < rule.min, format_size(rule.min), format_size(rule.max)));
}

base::Result<std::size_t> read_choice(const Value& value, std::span<const std::string_view> names) {
  auto kind = expect(value, Value::Kind::kString, either_of(names));
  if (!kind) return std::unexpected(std::move(kind.error()));
  const auto found = std::ranges::find(names, value.text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  return fail(concat("\"", base::printable(value.text, kMaxQuoted), "\" is not known here; use ",
                     either_of(names)));
}

std::string either_of(std::span<const std::string_view> names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += concat("\"", names[i], "\"");
  }
  return out;
}

}  // namespace hapair::config
