#include "liblb/core/pick_ring.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace hapair::lb {

void RingPicker::update(std::size_t place, const PickTarget& target) {
  if (place >= members_.size()) members_.resize(place + 1);
  Member& member = members_[place];
  count(member, place, false);
  const bool other =
      member.target.identity != target.identity || member.target.full_share != target.full_share;
  member.target = target;
  const std::uint32_t wanted = points_for(target.share);
  if (other || wanted > member.laid) note_stale(place);
  member.active = counts(target) ? std::min(wanted, member.laid) : 0;
  count(member, place, true);
}

void RingPicker::count(const Member& member, std::size_t place, bool in) {
  if (!counts(member.target)) return;
  // Unsigned: taking away is adding, in all of them.
  const auto change = [in](auto& sum, std::uint64_t by) { in ? sum += by : sum -= by; };
  change(counted_, 1);
  change(places_, place);
  change(shares_, member.target.share);
  change(sessions_, member.target.sessions);
}

std::uint32_t RingPicker::points_for(std::uint32_t share) const {
  if (share == 0) return 0;
  const std::uint64_t exact = static_cast<std::uint64_t>(share) * kPoints;
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>((exact + unit_ / 2) / unit_, 1, RingPoint::kMaxPoints));
}

void RingPicker::note_stale(std::size_t place) {
  if (std::exchange(members_[place].stale, true)) return;
  stale_.push_back(static_cast<std::uint32_t>(place));
}

void RingPicker::lay_out() {
  std::uint32_t heaviest = 1;
  for (const Member& member : members_) {
    heaviest = std::max(heaviest, member.target.full_share / kShareOfWeight);
  }
  // A power of two, so that a little more weight for the heaviest doesn't move all points.
  const std::uint32_t unit = std::bit_floor(heaviest) * kShareOfWeight;
  if (std::exchange(unit_, unit) != unit) {
    for (std::size_t place = 0; place < members_.size(); ++place) note_stale(place);
  }
  std::vector<PointRing::Part> parts;
  for (const std::uint32_t place : stale_) {
    Member& member = members_[place];
    const std::uint32_t wanted = points_for(member.target.share);
    member.stale = false;
    member.laid = std::max(points_for(member.target.full_share), wanted);
    member.active = counts(member.target) ? wanted : 0;
    parts.push_back({.place = place, .identity = member.target.identity, .points = member.laid});
  }
  stale_.clear();
  ring_.change(parts);
}

bool RingPicker::is_within_bound(const Member& member) const {
  if (load_percent_ == 0) return true;
  // Its sessions against its part of all, this one included, times the factor. The numbers are
  // whole and below 2^53, so this is exact for any load that a node can have.
  const double has = 100.0 * member.target.sessions * static_cast<double>(shares_);
  const double may = static_cast<double>(load_percent_) * static_cast<double>(sessions_ + 1) *
                     static_cast<double>(member.target.share);
  return has < may;
}

std::optional<std::size_t> RingPicker::pick(const PickQuery& query) {
  if (counted_ == 0) return std::nullopt;
  if (counted_ == 1) return places_;
  if (!stale_.empty()) lay_out();
  std::optional<std::size_t> busy;
  PointRing::Cursor cursor = ring_.seek(query.key);
  for (std::size_t passed = 0; passed < ring_.size(); ++passed, cursor.advance()) {
    const RingPoint point = cursor.point();
    const Member& member = members_[point.place()];
    if (point.ordinal() >= member.active || query.avoid == point.place()) continue;
    if (is_within_bound(member)) return point.place();
    if (!busy) busy = point.place();
  }
  return busy;  // all but the one to avoid are above their bounds
}

}  // namespace hapair::lb
