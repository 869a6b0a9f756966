#include "apps/hapair/import/haproxy/model.hpp"

#include <algorithm>

namespace hapair::importing::haproxy {

const Line* Proxy::setting(std::initializer_list<std::string_view> words) const {
  const auto last = std::find_if(lines.rbegin(), lines.rend(),
                                 [&](const Line* line) { return line->starts_with(words); });
  return last == lines.rend() || (*last)->prefix != Prefix::kNone ? nullptr : *last;
}

bool Proxy::is_page() const {
  return mode == Mode::kHttp && backend.empty() && section->kind == Kind::kBackend &&
         std::ranges::any_of(section->lines, [](const Line& line) {
           return line.keyword() == "stats" && line.prefix == Prefix::kNone;
         });
}

void Model::name_proxies() const {
  if (named == proxies.size()) return;
  frontends_by_name.clear();
  backends_by_name.clear();
  for (const Proxy& each : proxies) {
    // Of two by one name the first counts.
    if (each.section->has_frontend()) frontends_by_name.emplace(each.section->name, &each);
    if (each.section->has_backend()) backends_by_name.emplace(each.section->name, &each);
  }
  named = proxies.size();
}

const Proxy* Model::frontend(std::string_view name) const {
  name_proxies();
  const auto found = frontends_by_name.find(name);
  return found == frontends_by_name.end() ? nullptr : found->second;
}

const Proxy* Model::backend(std::string_view name) const {
  name_proxies();
  const auto found = backends_by_name.find(name);
  return found == backends_by_name.end() ? nullptr : found->second;
}

}  // namespace hapair::importing::haproxy
