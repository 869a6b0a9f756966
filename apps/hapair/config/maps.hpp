// Maps and files of rules: who uses them, what must hold of them, and where they are in the model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/model_maps.hpp"
#include "apps/hapair/tls_files/tls_file.hpp"
#include "liblb/core/rules/spec.hpp"

namespace hapair::config {

/// A place in the file that names a map.
struct MapUse {
  enum class As : std::uint8_t { kMatch, kText, kBackend };

  std::string path;
  std::string map;
  As as = As::kMatch;
};

/// Of all rules and matches.
[[nodiscard]] std::vector<MapUse> map_uses_of(const Draft& draft);
/// For each map of the draft, in their order, what must hold of its file.
[[nodiscard]] std::vector<lb::rules::MapTerms> map_terms_of(const Draft& draft);
/// A rule of that frontend sends requests where a map says.
[[nodiscard]] bool goes_by_map(const FrontendDraft& frontend);
/// The backends that maps may name, by their place; the names of the others are empty.
[[nodiscard]] std::vector<std::string> mapped_backends(const Draft& draft);

[[nodiscard]] tls_files::Source source_of(const MapDraft& map);
/// Its path is empty where no file is given.
[[nodiscard]] tls_files::Source answer_source_of(const RuleDraft& rule);

/// `files`: as the model has them. validate() has found no fault.
[[nodiscard]] std::vector<RuleMap> build_maps(const Draft& draft,
                                              const std::vector<tls_files::Source>& files);
/// Gives each look into a map that map's place.
void place_maps(const Draft& draft, lb::rules::Rule& rule);

}  // namespace hapair::config
