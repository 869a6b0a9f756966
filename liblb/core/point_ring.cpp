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

std::size_t PointRing::home(const Arc& arc, std::uint32_t position) {
  const std::uint32_t within = position << kArcBits;
  return (std::uint64_t{within} * arc.homes) >> 32;
}

std::size_t PointRing::find(const Arc& arc, std::uint32_t position) {
  std::size_t at = home(arc, position);
  // A free slot has the last position: it is an end, too.
  while (at < arc.slots.size() && arc.slots[at].position() < position) ++at;
  return at;
}

void PointRing::fit(Arc& arc, std::size_t points) {
  arc.homes = 2 * points + 2;
  std::vector<RingPoint> slots(arc.homes);
  std::size_t next = 0;
  for (const RingPoint point : arc.slots) {
    if (point.is_none()) continue;
    next = std::max(next, home(arc, point.position()));
    if (next == slots.size()) slots.emplace_back();
    slots[next++] = point;
  }
  arc.slots = std::move(slots);
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
  Arc& arc = arcs_[arc_of(point.position())];
  if (++arc.points * 4 > arc.homes * 3) fit(arc, arc.points);
  ++size_;
  std::vector<RingPoint>& slots = arc.slots;
  std::size_t at = find(arc, point.position());
  while (at < slots.size() && !slots[at].is_none() && before(slots[at], point)) ++at;
  // Those behind it move on by one, up to the next free slot.
  for (; at < slots.size() && !point.is_none(); ++at) std::swap(slots[at], point);
  if (!point.is_none()) slots.push_back(point);
}

void PointRing::erase(RingPoint point) {
  Arc& arc = arcs_[arc_of(point.position())];
  std::vector<RingPoint>& slots = arc.slots;
  std::size_t at = find(arc, point.position());
  for (; slots[at] != point; ++at) assert(at + 1 < slots.size());
  // Those behind it move back by one, up to the first that is where it belongs.
  for (; at + 1 < slots.size() && !slots[at + 1].is_none(); ++at) {
    if (home(arc, slots[at + 1].position()) > at) break;
    slots[at] = slots[at + 1];
  }
  slots[at] = RingPoint();
  --size_;
  if (--arc.points * 4 < arc.homes) fit(arc, arc.points);
}

void PointRing::lay_out() {
  // By arcs first: one of them stays near at hand while it is filled.
  std::vector<std::vector<RingPoint>> points(kArcs);
  for (std::uint32_t place = 0; place < owners_.size(); ++place) {
    const Owner& owner = owners_[place];
    for (std::uint32_t ordinal = 0; ordinal < owner.points; ++ordinal) {
      const RingPoint point(owner.identity, place, ordinal);
      points[arc_of(point.position())].push_back(point);
    }
  }
  size_ = 0;
  for (std::size_t i = 0; i < kArcs; ++i) {
    arcs_[i] = {};
    fit(arcs_[i], points[i].size());
    for (const RingPoint point : points[i]) insert(point);
  }
}

}  // namespace hapair::lb
