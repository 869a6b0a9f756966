#include "liblb/core/pick_random.hpp"

namespace hapair::lb {

void RandomPicker::update(std::size_t place, const PickTarget& target) {
  if (place >= sessions_.size()) sessions_.resize(place + 1);
  sessions_[place] = target.sessions;
  shares_.set(place, target.in_turn() ? target.share : 0);
}

std::optional<std::size_t> RandomPicker::draw(std::optional<std::size_t> other) {
  const std::uint64_t kept = other ? shares_.share(*other) : 0;
  if (shares_.total() == kept) return std::nullopt;
  if (other) shares_.set(*other, 0);
  const std::size_t drawn = shares_.find(random_.below(shares_.total()));
  if (other) shares_.set(*other, kept);
  return drawn;
}

bool RandomPicker::busier(std::size_t one, std::size_t other) const {
  return sessions_[one] * shares_.share(other) > sessions_[other] * shares_.share(one);
}

std::optional<std::size_t> RandomPicker::pick(const PickQuery& query) {
  auto best = draw(query.avoid);
  for (unsigned i = 1; best && i < draws_; ++i) {
    const auto drawn = draw(best);
    if (!drawn) break;
    if (drawn != query.avoid && busier(*best, *drawn)) best = drawn;
  }
  return best;
}

}  // namespace hapair::lb
