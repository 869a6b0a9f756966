#include "apps/hapair/worker/model_map.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/worker/model_references.hpp"

namespace hapair::worker {
namespace {

template <class Part, class Key>
ModelMap::Places places_of(const std::vector<Part>& running, const std::vector<Part>& next,
                           Key key) {
  ModelMap::Places places;
  for (const Part& each : running) {
    const auto same = std::ranges::find_if(
        next, [&](const Part& other) { return std::invoke(key, other) == std::invoke(key, each); });
    places.push_back(same == next.end() ? ModelMap::kGone
                                        : static_cast<std::size_t>(same - next.begin()));
  }
  return places;
}

/// What has no name is the same only where it is at the same place.
template <class Part>
ModelMap::Places same_places(const std::vector<Part>& running, const std::vector<Part>& next) {
  ModelMap::Places places;
  for (std::size_t i = 0; i < running.size(); ++i) {
    places.push_back(i < next.size() && running[i] == next[i] ? i : ModelMap::kGone);
  }
  return places;
}

template <class Part>
std::vector<std::size_t> referred_to(Part part, Reference wanted) {
  std::vector<std::size_t> found;
  references::in(part, [&](Reference kind, std::size_t& index) {
    if (kind == wanted) found.push_back(index);
  });
  return found;
}

}  // namespace

ModelMap::ModelMap(const config::Model& running, const config::Model& next)
    : frontends_(places_of(running.frontends, next.frontends, &config::Frontend::name)),
      backends_(places_of(running.backends, next.backends, &config::Backend::name)),
      tables_(places_of(running.tables, next.tables, &config::Table::name)),
      users_(same_places(running.users, next.users)),
      maps_(places_of(running.maps, next.maps, &config::RuleMap::name)),
      files_(places_of(running.tls_files, next.tls_files,
                       [](const tls_files::Source& each) -> const auto& { return each; })),
      vips_(places_of(running.vips, next.vips, &config::Vip::name)),
      resolvers_(places_of(running.resolvers, next.resolvers, &config::Resolver::name)) {}

std::vector<std::optional<std::size_t>> ModelMap::before(const Places& places, std::size_t size) {
  std::vector<std::optional<std::size_t>> before(size);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i] != kGone) before[places[i]] = i;
  }
  return before;
}

template <class Part>
Part ModelMap::translate(Part part) const {
  references::in(part, [this](Reference kind, std::size_t& index) {
    const Places& places = this->places(kind);
    index = index < places.size() ? places[index] : kGone;
  });
  return part;
}

template <class Part>
bool ModelMap::stays_all(Part part) const {
  bool stays = true;
  references::in(part, [&](Reference kind, std::size_t& index) {
    if (kind == Reference::kVip || kind == Reference::kResolver) return;
    const Places& places = this->places(kind);
    stays = stays && index < places.size() && places[index] == index;
  });
  return stays;
}

const ModelMap::Places& ModelMap::places(Reference kind) const {
  switch (kind) {
    case Reference::kBackend:
      return backends_;
    case Reference::kTable:
      return tables_;
    case Reference::kUsers:
      return users_;
    case Reference::kMap:
      return maps_;
    case Reference::kFile:
      return files_;
    case Reference::kVip:
      return vips_;
    case Reference::kResolver:
      break;
  }
  return resolvers_;
}

config::Frontend ModelMap::translated(config::Frontend frontend) const {
  return translate(std::move(frontend));
}
config::Backend ModelMap::translated(config::Backend backend) const {
  return translate(std::move(backend));
}
config::BindTls ModelMap::translated(config::BindTls tls) const {
  return translate(std::move(tls));
}
config::ServerTls ModelMap::translated(config::ServerTls tls) const {
  return translate(std::move(tls));
}

bool ModelMap::stays(const config::Frontend& frontend) const { return stays_all(frontend); }

bool ModelMap::stays(const config::Backend& backend) const {
  config::Backend rules_only;
  rules_only.rules = backend.rules;
  return stays_all(std::move(rules_only));
}

bool takes_from_outside(const std::vector<lb::rules::Rule>& rules) {
  bool takes = false;
  std::vector<lb::rules::Rule> copy = rules;
  references::in(copy, [&](Reference kind, std::size_t&) {
    takes =
        takes || kind == Reference::kUsers || kind == Reference::kMap || kind == Reference::kFile;
  });
  return takes;
}

std::vector<std::size_t> backends_of(const config::Frontend& frontend) {
  return referred_to(frontend, Reference::kBackend);
}
std::vector<std::size_t> tables_of(const config::Frontend& frontend) {
  return referred_to(frontend, Reference::kTable);
}
std::vector<std::size_t> tables_of(const config::Backend& backend) {
  return referred_to(backend, Reference::kTable);
}

}  // namespace hapair::worker
