#include "liblb/core/pick_ring.hpp"

#include <algorithm>
#include <bit>

#include "liblb/core/stable_hash.hpp"

namespace hapair::lb {

void RingPicker::update(std::size_t place, const PickTarget& target) {
  if (place >= members_.size()) members_.resize(place + 1);
  Member& member = members_[place];
  count(member, place, false);
  stale_ = stale_ || member.target.identity != target.identity ||
           member.target.full_share != target.full_share;
  member.target = target;
  const std::uint32_t wanted = points_for(target.share);
  stale_ = stale_ || wanted > member.laid;
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
      std::clamp<std::uint64_t>((exact + unit_ / 2) / unit_, 1, kMaxPoints));
}

void RingPicker::lay_out() {
  stale_ = false;
  std::uint32_t heaviest = 1;
  for (const Member& member : members_) {
    heaviest = std::max(heaviest, member.target.full_share / kShareOfWeight);
  }
  // A power of two, so that a little more weight for the heaviest doesn't move all points.
  unit_ = std::bit_floor(heaviest) * kShareOfWeight;
  std::vector<Point> points;
  for (std::uint32_t place = 0; place < members_.size(); ++place) {
    Member& member = members_[place];
    const std::uint32_t wanted = points_for(member.target.share);
    member.laid = std::max(points_for(member.target.full_share), wanted);
    member.active = counts(member.target) ? wanted : 0;
    for (std::uint32_t ordinal = 0; ordinal < member.laid; ++ordinal) {
      const std::uint64_t at = mixed(member.target.identity ^ mixed(ordinal + 1ULL));
      points.push_back((at & ~std::uint64_t{UINT32_MAX}) | (place << kOrdinalBits) | ordinal);
    }
  }
  sort_buckets(points);
}

void RingPicker::sort_buckets(const std::vector<Point>& points) {
  // Positions are spread evenly: with a bucket for each point, few share one.
  const auto bits = static_cast<unsigned>(std::bit_width(std::max<std::size_t>(points.size(), 2)));
  bucket_shift_ = 64 - bits;
  buckets_.assign((std::size_t{1} << bits) + 1, 0);
  for (const Point point : points) ++buckets_[(point >> bucket_shift_) + 1];
  for (std::size_t i = 1; i < buckets_.size(); ++i) buckets_[i] += buckets_[i - 1];
  std::vector<std::uint32_t> next(buckets_.begin(), buckets_.end() - 1);
  ring_.resize(points.size());
  for (const Point point : points) ring_[next[point >> bucket_shift_]++] = point;
  // Places differ between nodes: two points in one position stand by their servers' identities.
  const auto before = [this](Point a, Point b) {
    if (position_of(a) != position_of(b)) return a < b;
    const std::uint64_t one = members_[place_of(a)].target.identity;
    const std::uint64_t other = members_[place_of(b)].target.identity;
    return one != other ? one < other : a < b;
  };
  for (std::size_t i = 0; i + 1 < buckets_.size(); ++i) {
    std::sort(ring_.begin() + buckets_[i], ring_.begin() + buckets_[i + 1], before);
  }
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
  if (stale_) lay_out();
  std::size_t at = buckets_[query.key >> bucket_shift_];
  const auto position = position_of(query.key);
  while (at < ring_.size() && position_of(ring_[at]) < position) ++at;
  std::optional<std::size_t> busy;
  for (std::size_t passed = 0; passed < ring_.size(); ++passed, ++at) {
    if (at >= ring_.size()) at = 0;
    const std::uint32_t place = place_of(ring_[at]);
    const Member& member = members_[place];
    if (ordinal_of(ring_[at]) >= member.active || query.avoid == place) continue;
    if (is_within_bound(member)) return place;
    if (!busy) busy = place;
  }
  return busy;  // all but the one to avoid are above their bounds
}

}  // namespace hapair::lb
