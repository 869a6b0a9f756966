#include "apps/hapair/import/haproxy/model.hpp"

#include <algorithm>

namespace hapair::importing::haproxy {

const Line* Proxy::setting(std::initializer_list<std::string_view> words) const {
  const auto last = std::find_if(lines.rbegin(), lines.rend(),
                                 [&](const Line* line) { return line->starts_with(words); });
  return last == lines.rend() || (*last)->prefix != Prefix::kNone ? nullptr : *last;
}

const Proxy* Model::frontend(std::string_view name) const {
  const auto found = std::ranges::find_if(proxies, [&](const Proxy& each) {
    return each.section->has_frontend() && each.section->name == name;
  });
  return found == proxies.end() ? nullptr : &*found;
}

const Proxy* Model::backend(std::string_view name) const {
  const auto found = std::ranges::find_if(proxies, [&](const Proxy& each) {
    return each.section->has_backend() && each.section->name == name;
  });
  return found == proxies.end() ? nullptr : &*found;
}

}  // namespace hapair::importing::haproxy
