#include "liblb/core/point_ring.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace hapair::lb {

void PointRing::change(std::span<const Part> parts) {
  std::size_t changes = 0;
  for (const Part& part : parts) {
    if (part.place >= owners_.size()) owners_.resize(part.place + std::size_t{1});
    changes += differing(owners_[part.place], part);
  }
  if (changes * kCostOfOne > size_) {
    for (const Part& part : parts) owners_[part.place] = {part.identity, part.points};
    lay_out();
    return;
  }
  for (const Part& part : parts) change_one(part);
}

PointRing::Cursor PointRing::seek(std::uint64_t key) const {
  assert(size_ > 0);
  const auto position = static_cast<std::uint32_t>(key >> 32);
  const std::size_t arc = arc_of(position);
  return {arcs_, arc, find(arcs_[arc], position)};
}

std::size_t PointRing::differing(const Owner& owner, const Part& part) {
  if (owner.identity != part.identity) return owner.points + std::size_t{part.points};
  const auto [less, more] = std::minmax(owner.points, part.points);
  return more - less;
}

std::size_t PointRing::find(const Arc& arc, std::uint32_t position) const {
  // Positions are spread evenly: a guess by proportion is a few points off.
  const std::uint64_t within = (std::uint64_t{position} << arc_bits_) & UINT32_MAX;
  auto at = static_cast<std::size_t>((within * arc.size()) >> 32);
  while (at > 0 && arc[at - 1].position() >= position) --at;
  while (at < arc.size() && arc[at].position() < position) ++at;
  return at;
}

bool PointRing::before(RingPoint a, RingPoint b) const {
  if (a.position() != b.position()) return a.position() < b.position();
  // Places differ between nodes: two points in one position stand by their servers' identities.
  const std::uint64_t one = owners_[a.place()].identity;
  const std::uint64_t other = owners_[b.place()].identity;
  return one != other ? one < other : a < b;
}

void PointRing::change_one(const Part& part) {
  Owner& owner = owners_[part.place];
  const std::uint32_t kept =
      owner.identity == part.identity ? std::min(owner.points, part.points) : 0;
  while (owner.points > kept) erase({owner.identity, part.place, --owner.points});
  owner.identity = part.identity;
  while (owner.points < part.points) insert({owner.identity, part.place, owner.points++});
}

void PointRing::insert(RingPoint point) {
  if (size_ == kManyPoints && arc_bits_ == kFewArcBits) split_arcs();
  Arc& arc = arcs_[arc_of(point.position())];
  std::size_t at = find(arc, point.position());
  while (at < arc.size() && before(arc[at], point)) ++at;
  arc.insert(arc.begin() + static_cast<std::ptrdiff_t>(at), point);
  ++size_;
}

void PointRing::erase(RingPoint point) {
  Arc& arc = arcs_[arc_of(point.position())];
  std::size_t at = find(arc, point.position());
  for (; arc[at] != point; ++at) assert(at + 1 < arc.size());
  arc.erase(arc.begin() + static_cast<std::ptrdiff_t>(at));
  --size_;
}

void PointRing::split_arcs() {
  arc_bits_ = kManyArcBits;
  std::vector<Arc> finer(std::size_t{1} << arc_bits_);
  for (Arc& arc : finer) arc.reserve(2 * size_ / finer.size());
  for (const Arc& arc : arcs_) {
    for (const RingPoint point : arc) finer[arc_of(point.position())].push_back(point);
  }
  arcs_ = std::move(finer);
}

void PointRing::lay_out() {
  std::vector<RingPoint> points;
  for (std::uint32_t place = 0; place < owners_.size(); ++place) {
    const Owner& owner = owners_[place];
    for (std::uint32_t ordinal = 0; ordinal < owner.points; ++ordinal) {
      points.emplace_back(owner.identity, place, ordinal);
    }
  }
  size_ = points.size();
  arc_bits_ = size_ > kManyPoints ? kManyArcBits : kFewArcBits;
  std::vector<std::uint32_t> counts(std::size_t{1} << arc_bits_);
  for (const RingPoint point : points) ++counts[arc_of(point.position())];
  arcs_.assign(counts.size(), {});
  // With some room, or each arc would move with the first server that comes.
  for (std::size_t i = 0; i < arcs_.size(); ++i) arcs_[i].reserve(counts[i] + counts[i] / 8 + 2);
  for (const RingPoint point : points) arcs_[arc_of(point.position())].push_back(point);
  for (Arc& arc : arcs_) {
    std::ranges::sort(arc, [this](RingPoint a, RingPoint b) { return before(a, b); });
  }
}

}  // namespace hapair::lb
