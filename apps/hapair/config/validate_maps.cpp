// Cross checks of maps and of files that rules answer from; see validate.hpp.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/cross_check.hpp"
#include "apps/hapair/config/maps.hpp"
#include "apps/hapair/config/tls_sources.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

void check_uses(const CrossCheck& check) {
  std::vector<std::string_view> names;
  for (const MapDraft& map : check.draft.maps) names.push_back(map.name);
  std::set<std::string_view> used;
  const std::vector<MapUse> uses = map_uses_of(check.draft);
  for (const MapUse& use : uses) {
    used.insert(use.map);
    if (std::ranges::find(names, use.map) != names.end() ||
        check.positions.given(concat("maps.", use.map))) {
      continue;
    }
    check.fault(use.path, check.unknown("map", use.map, names));
  }
  for (const MapDraft& map : check.draft.maps) {
    if (!used.contains(map.name)) check.notice(map.path, "no rule looks into this map");
  }
}

void check_rule(const CrossCheck& check, const RuleDraft& rule) {
  if (rule.use_mapped) {
    check_backend_name(check, rule.path + ".use_backend.default", rule.use_mapped->fallback);
  }
  if (check.positions.given(rule.path + ".answer.file") &&
      check.positions.given(rule.path + ".answer.body")) {
    check.fault(rule.path + ".answer.file", "is in place of body; keep one of them");
  }
}

/// The guardian's table has room for so many.
void check_count(const CrossCheck& check) {
  const std::vector<NamedSource> sources = tls_sources_of(check.draft);
  if (sources.size() <= tls_files::kMaxSources) return;
  check.fault(sources[tls_files::kMaxSources].path,
              concat("is one file too many: certificates, maps and answers have up to ",
                     tls_files::kMaxSources, " together; take some out"));
}

}  // namespace

void check_maps(const CrossCheck& check) {
  check_uses(check);
  for (const FrontendDraft& frontend : check.draft.frontends) {
    for (const RuleDraft& rule : frontend.rules) check_rule(check, rule);
  }
  for (const BackendDraft& backend : check.draft.backends) {
    for (const RuleDraft& rule : backend.rules) check_rule(check, rule);
  }
  check_count(check);
}

}  // namespace hapair::config
