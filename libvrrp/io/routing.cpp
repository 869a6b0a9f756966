#include "libvrrp/io/routing.hpp"

#include <cerrno>

#include "common/base/text.hpp"

namespace hapair::vrrp {

bool same_place(const Routing& one, const Routing& other) {
  const auto* route = std::get_if<Route>(&one);
  const auto* second = std::get_if<Route>(&other);
  if (route == nullptr || second == nullptr) return one == other;
  return route->to == second->to && route->table == second->table &&
         route->metric == second->metric;
}

std::string to_string(const Routing& routing) {
  if (const auto* route = std::get_if<Route>(&routing)) {
    std::string text = base::concat("route ", route->to.to_string());
    if (route->via) text += base::concat(" via ", route->via->to_string());
    return text + base::concat(" table ", route->table, " metric ", route->metric);
  }
  const Rule& rule = std::get<Rule>(routing);
  std::string text = "rule";
  if (rule.from) text += base::concat(" from ", rule.from->to_string());
  if (rule.to) text += base::concat(" to ", rule.to->to_string());
  return text + base::concat(" table ", rule.table, " priority ", rule.priority);
}

base::Family family_of(const Routing& routing) {
  if (const auto* route = std::get_if<Route>(&routing)) return route->to.address.family();
  const Rule& rule = std::get<Rule>(routing);
  return (rule.from ? rule.from : rule.to)->address.family();
}

bool is_unrouted(int code) {
  return code == 0 || code == ESRCH || code == ENOENT || code == ENODEV || code == EADDRNOTAVAIL;
}

}  // namespace hapair::vrrp
