#include "apps/hapair/config/maps.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "apps/hapair/config/faults.hpp"
#include "apps/hapair/config/rules.hpp"
#include "common/base/text.hpp"
#include "liblb/core/rules/template.hpp"

namespace hapair::config {
namespace {

namespace spec = lb::rules;
using As = MapUse::As;

class UseList {
 public:
  void add(const Draft& draft) {
    for (const NamedMatchDraft& named : draft.matches) add(named.match);
    for (const FrontendDraft& frontend : draft.frontends) add(frontend.rules);
    for (const BackendDraft& backend : draft.backends) add(backend.rules);
  }
  [[nodiscard]] std::vector<MapUse> taken() { return std::move(uses_); }

 private:
  void add(const std::vector<RuleDraft>& rules) {
    for (const RuleDraft& rule : rules) add(rule);
  }

  void add(const RuleDraft& rule) {
    add(rule.match);
    for (const auto* lines : {&rule.set, &rule.add, &rule.set_response, &rule.add_response}) {
      for (const ListedText& line : *lines) {
        add_text(line.path, rules::split_field_line(line.text).value);
      }
    }
    for (std::size_t i = 0; i < rule.replace.size(); ++i) {
      add_text(base::concat(rule.path, ".replace_header[", i, "].with"), rule.replace[i].with);
    }
    if (rule.set_path) add_text(join_path(rule.path, "set_path"), *rule.set_path);
    if (rule.set_query) add_text(join_path(rule.path, "set_query"), *rule.set_query);
    for (std::size_t i = 0; i < rule.capture.size(); ++i) {
      add_text(base::concat(rule.path, ".capture[", i, "].from"), rule.capture[i].from);
    }
    add_text(join_path(rule.path, "redirect.to"), rule.redirect_to);
    add_text(join_path(rule.path, "redirect.prefix"), rule.redirect_prefix);
    if (rule.use_mapped) {
      add(join_path(rule.path, "use_backend.map"), rule.use_mapped->map, As::kBackend);
    }
  }

  void add(const MatchDraft& match) {
    if (match.map) add(join_path(match.path, "map.name"), match.map->map, As::kMatch);
  }

  void add_text(const std::string& path, std::string_view text) {
    const auto parts = spec::parse_template(text);
    if (!parts) return;  // which is a fault of its own
    for (const spec::TemplatePart& part : *parts) {
      if (part.map) add(path, part.map->name, As::kText);
    }
  }

  void add(std::string path, std::string map, As as) {
    if (!map.empty()) uses_.push_back({std::move(path), std::move(map), as});
  }

  std::vector<MapUse> uses_;
};

class MapPlacer {
 public:
  explicit MapPlacer(const Draft& draft) : draft_(draft) {}

  void place(spec::Rule& rule) const {
    place(rule.match);
    for (spec::Action& action : rule.actions) {
      std::visit([this](auto& each) { place(each); }, action);
    }
  }

 private:
  void place(spec::Match& match) const {
    for (spec::Test& test : match.all) {
      std::visit([this](auto& each) { place(each); }, test);
    }
  }
  void place(spec::MapTest& test) const { place(test.in); }
  void place(spec::AnyOf& any) const {
    for (spec::Match& each : any.of) place(each);
  }
  void place(spec::Not& none) const { place(none.of.front()); }

  void place(spec::EditField& edit) const { place(edit.value); }
  void place(spec::SetPath& set) const { place(set.to); }
  void place(spec::SetQuery& set) const { place(set.to); }
  void place(spec::Redirect& redirect) const { place(redirect.location); }
  void place(spec::Capture& capture) const { place(capture.from); }
  void place(spec::UseMapped& use) const { place(use.in); }
  /// What looks into no map.
  template <class Other>
  void place(Other& /*other*/) const {}

  void place(spec::Template& parts) const {
    for (spec::TemplatePart& part : parts) place(part);
  }
  void place(spec::TemplatePart& part) const {
    if (!part.map) return;
    const auto at = std::ranges::find(draft_.maps, part.map->name, &MapDraft::name);
    part.map->place = static_cast<std::size_t>(at - draft_.maps.begin());
  }

  const Draft& draft_;
};

}  // namespace

std::vector<MapUse> map_uses_of(const Draft& draft) {
  UseList uses;
  uses.add(draft);
  return uses.taken();
}

std::vector<lb::rules::MapTerms> map_terms_of(const Draft& draft) {
  std::vector<spec::MapTerms> terms;
  for (const MapDraft& map : draft.maps) terms.push_back({.kind = map.kind});
  for (const MapUse& use : map_uses_of(draft)) {
    const auto at = std::ranges::find(draft.maps, use.map, &MapDraft::name);
    if (at == draft.maps.end() || use.as == As::kMatch) continue;
    spec::MapTerms& of_map = terms[static_cast<std::size_t>(at - draft.maps.begin())];
    of_map.valued = true;
    if (use.as == As::kBackend && !of_map.backends) of_map.backends = mapped_backends(draft);
  }
  return terms;
}

bool goes_by_map(const FrontendDraft& frontend) {
  return std::ranges::any_of(frontend.rules,
                             [](const RuleDraft& rule) { return rule.use_mapped.has_value(); });
}

std::vector<std::string> mapped_backends(const Draft& draft) {
  std::vector<std::string> names;
  for (const BackendDraft& backend : draft.backends) {
    const bool is_tcp = std::ranges::any_of(draft.frontends, [&](const FrontendDraft& frontend) {
      return frontend.frontend.mode == Mode::kTcp && frontend.uses(backend.backend.name);
    });
    names.push_back(is_tcp ? std::string() : backend.backend.name);
  }
  return names;
}

tls_files::Source source_of(const MapDraft& map) {
  return {.kind = tls_files::Kind::kMap, .path = map.file};
}

tls_files::Source answer_source_of(const RuleDraft& rule) {
  return {.kind = tls_files::Kind::kBody, .path = rule.answer_file};
}

std::vector<RuleMap> build_maps(const Draft& draft, const std::vector<tls_files::Source>& files) {
  const std::vector<spec::MapTerms> terms = map_terms_of(draft);
  std::vector<RuleMap> maps;
  for (std::size_t i = 0; i < draft.maps.size(); ++i) {
    const auto file = std::ranges::find(files, source_of(draft.maps[i]));
    maps.push_back({.name = draft.maps[i].name,
                    .file = static_cast<std::size_t>(file - files.begin()),
                    .terms = terms[i]});
  }
  return maps;
}

void place_maps(const Draft& draft, lb::rules::Rule& rule) { MapPlacer(draft).place(rule); }

}  // namespace hapair::config
