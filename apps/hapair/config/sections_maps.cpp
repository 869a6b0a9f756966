#include "apps/hapair/config/sections_maps.hpp"

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_matches.hpp"

namespace hapair::config {
namespace {

using lb::rules::MapKind;

void describe_lookup(Shape& shape, std::string_view map, MapLookupDraft& into) {
  shape.text({map, "The map.", kMandatory}, rules::kName, into.map);
  shape.text(
      {"key",
       "What of the request is looked up: source, host, path, query, target, method, scheme, "
       "sni, header:NAME, cookie:NAME or query:NAME.",
       kMandatory},
      rules::kMapKey, into.key);
}

}  // namespace

void describe_maps(Shape& root, Draft& draft) {
  root.map({"maps",
            "Files of keys and values that rules look up, by name; read anew when they "
            "change."},
           CountRule{0, 64}, [&](const std::string& name, Shape& shape) {
             MapDraft& map = draft.maps.emplace_back();
             map.path = shape.path();
             map.name = name;
             shape.text({"file", "Lines of a key, blanks and a value.", kMandatory},
                        rules::kAbsolutePath, map.file);
             shape.choice(
                 {"by",
                  "How what is looked up is compared with the keys: it is the key, begins "
                  "with it, is that domain or below it, or is an address in that network."},
                 {"exact", "prefix", "domain", "network"},
                 {MapKind::kExact, MapKind::kPrefix, MapKind::kDomain, MapKind::kNetwork},
                 map.kind);
           });
}

void describe_map_match(Shape& match, MatchDraft& into) {
  match.object({"map", "A map has a key for what the request says."},
               [&](Shape& map) { describe_lookup(map, "name", into.map.emplace()); });
}

void describe_use_backend(Shape& rule, RuleDraft& into) {
  rule.text_or_object(
      {"use_backend", "The backend that gets the request; an object: that a map names for it."},
      rules::kName, into.use_backend, [&](Shape& use) {
        MapLookupDraft& lookup = into.use_mapped.emplace();
        describe_lookup(use, "map", lookup);
        use.text({"default",
                  "The backend where the map has no such key; the list goes on "
                  "without."},
                 rules::kName, lookup.fallback);
      });
}

}  // namespace hapair::config
