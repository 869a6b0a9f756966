#include "apps/hapair/guardian/link_states.hpp"

#include <algorithm>
#include <utility>

namespace hapair::guardian {

LinkStates::LinkStates(const Grants& grants) : states_(grants.interfaces.size()) {
  for (const GroupGrant& group : grants.groups) {
    states_[group.interface].sources.emplace(group.source, true);
  }
}

bool LinkStates::set_carrier(std::size_t interface, bool carrier) {
  return std::exchange(states_[interface].carrier, carrier) != carrier;
}

bool LinkStates::set_present(std::size_t interface, const base::IpAddress& address, bool present) {
  auto& sources = states_[interface].sources;
  const auto found = sources.find(address);
  if (found == sources.end()) return false;
  const bool before = addressed(interface);
  found->second = present;
  return before != addressed(interface);
}

bool LinkStates::addressed(std::size_t interface) const {
  return std::ranges::all_of(states_[interface].sources,
                             [](const auto& source) { return source.second; });
}

}  // namespace hapair::guardian
