#include "apps/hapair/import/haproxy/rules/map_book.hpp"

#include "common/base/text.hpp"
#include "liblb/core/rules/map.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

lb::rules::MapKind kind_of(std::string_view by) {
  using lb::rules::MapKind;
  if (by == "prefix") return MapKind::kPrefix;
  if (by == "domain") return MapKind::kDomain;
  if (by == "network") return MapKind::kNetwork;
  return MapKind::kExact;
}

/// "/etc/haproxy/hosts.map" without its folder and ending.
std::string_view stem_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  const std::size_t dot = path.rfind('.');
  return dot == 0 || dot == std::string_view::npos ? path : path.substr(0, dot);
}

}  // namespace

base::Result<std::string> MapBook::name_of(const std::string& file, std::string_view by) {
  const auto key = std::pair(file, std::string(by));
  const auto known = names_.find(key);
  if (known != names_.end()) return known->second;
  if (!file.starts_with('/')) {
    return base::fail(concat("\"", base::printable(file, 64),
                             "\" is no whole path, and maps are read from files by their whole "
                             "paths; move it to /etc/hapair and write that"));
  }
  if (const auto text = context_.files.read(file, kMaxFileBytes)) {
    const auto map = lb::rules::Map::parse({.kind = kind_of(by)}, *text);
    if (!map) {
      return base::fail(concat("hapair can't read ", base::printable(file, 64), " as a map: line ",
                               map.error().message));
    }
  }
  JsonTree& maps = context_.draft.config["maps"];
  std::string name = config_name(stem_of(file));
  if (maps.contains(name)) name = config_name(concat(stem_of(file), "-", by));
  for (unsigned i = 2; maps.contains(name); ++i) {
    name = config_name(concat(stem_of(file), "-", i));
  }
  JsonTree& map = maps[name];
  map["file"] = file;
  map["by"] = by;
  names_.emplace(key, name);
  return name;
}

base::Result<std::vector<std::string>> MapBook::lines_of(const std::string& file, bool keys_only) {
  const auto text = context_.files.read(file, kMaxFileBytes);
  if (!text) {
    return base::fail(concat("the list ", base::printable(file, 64), " can't be read here (",
                             text.error().message, "); import on the host that has it"));
  }
  std::vector<std::string> out;
  for (std::string_view line : base::split(*text, '\n')) {
    line = base::trim(line);
    if (line.ends_with('\r')) line = base::trim(line.substr(0, line.size() - 1));
    if (line.empty() || line.starts_with('#')) continue;
    if (keys_only) line = line.substr(0, line.find_first_of(" \t"));
    out.emplace_back(line);
  }
  return out;
}

}  // namespace hapair::importing::haproxy
