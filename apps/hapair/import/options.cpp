#include "apps/hapair/import/options.hpp"

#include <limits>
#include <optional>

#include "common/base/text.hpp"

namespace hapair::importing {
namespace {

std::optional<std::uint16_t> part(std::string_view text) {
  const auto number = base::parse_unsigned(text);
  if (!number || *number > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

std::string Version::to_string() const { return base::concat(major, '.', minor); }

base::Result<Version> parse_version(std::string_view text, Version oldest, Version newest) {
  std::string_view rest = text;
  const auto major = part(base::take_part(rest, '.'));
  const auto minor = part(base::take_part(rest, '.'));
  if (!major || !minor) {
    return base::fail(
        base::concat("\"", base::printable(text), "\" is no version; write ", newest.to_string()));
  }
  const Version version{*major, *minor};
  if (version < oldest || version > newest) {
    return base::fail(base::concat(version.to_string(), " is not known; use ", oldest.to_string(),
                                   " to ", newest.to_string()));
  }
  return version;
}

}  // namespace hapair::importing
