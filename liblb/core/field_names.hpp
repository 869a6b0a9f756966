// Names of fields as servers may see them, for taking off what clients must not say. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "common/base/text.hpp"

namespace hapair::lb {

/// Whether a server might take one name for the other: case counts for nothing, nor does '_' for
/// '-', which many a server makes the same.
[[nodiscard]] constexpr bool seen_as(std::string_view name, std::string_view ours) {
  const auto as_servers_see = [](char c) { return c == '_' ? '-' : base::ascii_lower(c); };
  return std::ranges::equal(name, ours, {}, as_servers_see, as_servers_see);
}

/// Lines with CRLF, such as a trailer section's, without those of whose name `unwanted` is true.
template <class Unwanted>
[[nodiscard]] std::string lines_without(std::string_view lines, const Unwanted& unwanted) {
  constexpr std::string_view kLineEnd = "\r\n";
  std::string kept;
  while (!lines.empty()) {
    const std::size_t end = lines.find(kLineEnd);
    const std::string_view line =
        lines.substr(0, end == std::string_view::npos ? end : end + kLineEnd.size());
    if (!unwanted(line.substr(0, line.find(':')))) kept += line;
    lines.remove_prefix(line.size());
  }
  return kept;
}

}  // namespace hapair::lb
