// Any text as a map's file: a map whose keys are all found again, or a fault that says which line
// it is. Its first byte says what kind of map, and whether its values are backends.
#pragma once

#include <cstdint>
#include <span>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "liblb/core/rules/map.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_map_file(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  lb::rules::MapTerms terms{.kind = static_cast<lb::rules::MapKind>(bytes[0] & 3U)};
  terms.valued = (bytes[0] & 4U) != 0;
  if ((bytes[0] & 8U) != 0) terms.backends = std::vector<std::string>{"app", "", "api"};
  const std::string_view text = base::as_text(bytes.subspan(1));
  const auto map = lb::rules::Map::parse(terms, text);
  if (!map) {
    const std::string& fault = map.error().message;
    const auto line = base::parse_unsigned(fault.substr(0, fault.find(": ")));
    require(line && *line >= 1 && *line <= base::split(text, '\n').size(), "a fault has its line");
    return;
  }
  require(map->entries() <= lb::rules::Map::kMaxEntries, "keys have a limit");
  for (const std::string_view other : {"", "nowhere", "198.51.100.7"}) {
    const auto found = map->find(other);
    require(!found || map->entries() > 0, "what is found is a key's");
  }
  for (std::string_view line : base::split(text, '\n')) {
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos || line[begin] == '#') continue;
    line.remove_prefix(begin);
    std::string_view key = line.substr(0, line.find_first_of(" \t\r"));
    if (terms.kind == lb::rules::MapKind::kNetwork) key = key.substr(0, key.find('/'));
    const auto found = map->find(key);
    require(found.has_value(), "each key finds an entry");
    require(!terms.backends || found->backend == 0 || found->backend == 2, "of a backend there is");
    require(terms.kind == lb::rules::MapKind::kNetwork || line.ends_with(found->text),
            "with its own value");
  }
}

}  // namespace hapair::fuzz
