#include "liblb/core/pick_round_robin.hpp"

#include <algorithm>

namespace hapair::lb {

std::vector<RoundRobin::Group>::iterator RoundRobin::find_group(std::uint32_t share) {
  return std::ranges::find(groups_, share, &Group::share);
}

void RoundRobin::update(std::size_t place, const PickTarget& target) {
  const std::uint32_t share = target.in_turn() ? target.share : 0;
  if (place >= links_.size()) links_.resize(place + 1);
  if (links_[place].share == share) return;
  if (links_[place].share > 0) leave(static_cast<Place>(place));
  if (share > 0) join(static_cast<Place>(place), share);
}

void RoundRobin::join(Place place, std::uint32_t share) {
  auto group = find_group(share);
  if (group == groups_.end()) {
    // No credit is kept while a server is away, or it would get a burst when it comes back.
    group = groups_.insert(groups_.end(), {.share = share});
  }
  links_[place].share = share;
  append(*group, place);
  ++group->members;
}

void RoundRobin::leave(Place place) {
  const auto group = find_group(links_[place].share);
  if (group->first == place) group->first = links_[place].behind;
  unlink(place);
  links_[place].share = 0;
  if (--group->members == 0) groups_.erase(group);
}

void RoundRobin::append(Group& group, Place place) {
  if (group.members == 0) {
    links_[place].before = links_[place].behind = group.first = place;
    return;
  }
  const Place last = links_[group.first].before;
  links_[place].before = last;
  links_[place].behind = group.first;
  links_[last].behind = links_[group.first].before = place;
}

void RoundRobin::unlink(Place place) {
  links_[links_[place].before].behind = links_[place].behind;
  links_[links_[place].behind].before = links_[place].before;
}

std::optional<std::size_t> RoundRobin::pick(const PickQuery& query) {
  // The one to avoid has no part in this round.
  const std::uint32_t avoided = query.avoid ? links_[*query.avoid].share : 0;
  Group* chosen = nullptr;
  std::int64_t total = 0;
  for (Group& group : groups_) {
    const std::uint32_t members = group.members - (group.share == avoided ? 1U : 0U);
    if (members == 0) continue;
    const std::int64_t shares = static_cast<std::int64_t>(group.share) * members;
    group.credit += shares;
    total += shares;
    if (chosen == nullptr || group.credit > chosen->credit) chosen = &group;
  }
  if (chosen == nullptr) return std::nullopt;
  chosen->credit -= total;
  if (query.avoid == chosen->first) chosen->first = links_[chosen->first].behind;
  const Place place = chosen->first;
  chosen->first = links_[place].behind;
  if (chosen->share == avoided) send_back(*chosen, static_cast<Place>(*query.avoid));
  return place;
}

void RoundRobin::send_back(Group& group, Place place) {
  if (group.first == place) {
    group.first = links_[place].behind;
    return;
  }
  unlink(place);
  append(group, place);
}

}  // namespace hapair::lb
