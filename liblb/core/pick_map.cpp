#include "liblb/core/pick_map.hpp"

#include <algorithm>

namespace hapair::lb {
void MapPicker::update(std::size_t place, const PickTarget& target) {
  if (place >= targets_.size()) targets_.resize(place + 1);
  PickTarget& known = targets_[place];
  stale_ = stale_ || known.share != target.share || known.identity != target.identity;
  known = target;
}

void MapPicker::lay_out() {
  stale_ = false;
  line_.clear();
  for (std::uint32_t place = 0; place < targets_.size(); ++place) {
    if (targets_[place].share > 0) line_.push_back(place);
  }
  std::ranges::sort(line_, {}, [this](std::uint32_t place) { return targets_[place].identity; });
  ends_.clear();
  std::uint64_t end = 0;
  for (const std::uint32_t place : line_) {
    end += targets_[place].share;
    ends_.push_back(end);
  }
}

std::optional<std::size_t> MapPicker::pick(const PickQuery& query) {
  if (stale_) lay_out();
  if (line_.empty()) return std::nullopt;
  const auto end = std::ranges::upper_bound(ends_, query.key % ends_.back());
  const auto own = static_cast<std::size_t>(end - ends_.begin());
  for (std::size_t i = 0; i < line_.size(); ++i) {
    const std::uint32_t place = line_[(own + i) % line_.size()];
    if (query.avoid == place) continue;
    if (when_full_ == WhenFull::kWait || targets_[place].room) return place;
  }
  return std::nullopt;
}

}  // namespace hapair::lb
