#include "liblb/core/sni_routes.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace hapair::lb {

void SniRoutes::add(std::string_view name, std::size_t backend) {
  if (name.starts_with("*.")) name.remove_prefix(1);
  std::string lowered = base::ascii_lowered(name);
  const auto at = std::ranges::lower_bound(routes_, lowered, {}, &Route::first);
  routes_.insert(at, {std::move(lowered), backend});
}

std::optional<std::size_t> SniRoutes::find(std::string_view name) const {
  if (const auto found = exactly(name)) return found;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
       dot = name.find('.', dot + 1)) {
    if (const auto found = exactly(name.substr(dot))) return found;
  }
  return std::nullopt;
}

std::optional<std::size_t> SniRoutes::exactly(std::string_view name) const {
  const auto at = std::ranges::lower_bound(routes_, name, {}, &Route::first);
  if (at == routes_.end() || at->first != name) return std::nullopt;
  return at->second;
}

}  // namespace hapair::lb
