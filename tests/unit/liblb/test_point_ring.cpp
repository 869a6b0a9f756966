// The ring's points alone: their order, and that it does not depend on how it came about.
#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/random.hpp"
#include "liblb/core/point_ring.hpp"

namespace hapair::lb::test {
namespace {

using Parts = std::vector<PointRing::Part>;

/// Which points follow each other, by the identities of their servers.
using Order = std::vector<std::pair<std::uint64_t, std::uint32_t>>;

/// A ring, and what was last said of each place.
class PlayedRing {
 public:
  void change(const Parts& parts) {
    for (const PointRing::Part& part : parts) {
      if (part.place >= parts_.size()) parts_.resize(part.place + 1);
      parts_[part.place] = part;
    }
    ring_.change(parts);
  }
  [[nodiscard]] const PointRing::Part& part(std::uint32_t place) const { return parts_[place]; }
  [[nodiscard]] const PointRing& ring() const { return ring_; }

  [[nodiscard]] std::vector<RingPoint> points() const {
    std::vector<RingPoint> points;
    if (ring_.size() == 0) return points;
    PointRing::Cursor cursor = ring_.seek(0);
    for (; points.size() < ring_.size(); cursor.advance()) points.push_back(cursor.point());
    return points;
  }
  [[nodiscard]] Order order() const {
    Order order;
    for (const RingPoint point : points()) {
      order.emplace_back(parts_[point.place()].identity, point.ordinal());
    }
    return order;
  }
  /// That of a ring with the same servers, laid out at once and with their places the other way.
  [[nodiscard]] Order fresh_order() const {
    Parts parts;
    for (const PointRing::Part& part : parts_) {
      parts.push_back(part);
      parts.back().place = static_cast<std::uint32_t>(parts_.size()) - 1 - part.place;
    }
    PlayedRing fresh;
    fresh.change(parts);
    return fresh.order();
  }

 private:
  PointRing ring_;
  Parts parts_;
};

PointRing::Part part(std::uint32_t place, std::uint64_t identity, std::uint32_t points) {
  return {.place = place, .identity = identity, .points = points};
}

TEST_CASE("a search finds the first point at the key or behind it, and goes round from there") {
  PlayedRing played;
  played.change({part(0, 11, 40), part(1, 22, 300), part(2, 33, 1)});
  const std::vector<RingPoint> points = played.points();
  CHECK(points.size() == 341);
  CHECK(std::ranges::is_sorted(points, {}, &RingPoint::position));
  base::Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t key = i % 2 == 0 ? random.next() : std::uint64_t{UINT32_MAX} << 32;
    auto next = std::ranges::lower_bound(points, static_cast<std::uint32_t>(key >> 32), {},
                                         &RingPoint::position);
    PointRing::Cursor cursor = played.ring().seek(key);
    for (int step = 0; step < 3; ++step, ++next, cursor.advance()) {
      if (next == points.end()) next = points.begin();
      REQUIRE(cursor.point() == *next);
    }
  }
}

TEST_CASE("the order of points is that of a fresh ring, whatever came before") {
  base::Random random(2);
  constexpr std::uint32_t kPlaces = 40;
  PlayedRing played;
  Parts all;
  for (std::uint32_t place = 0; place < kPlaces; ++place) all.push_back(part(place, place, 100));
  played.change(all);
  for (int step = 0; step < 600; ++step) {
    // Mostly one server; now and then so many that all is laid out anew.
    const std::uint64_t count = step % 50 == 49 ? 30 : 1 + random.below(3);
    const auto first = static_cast<std::uint32_t>(random.below(kPlaces));
    Parts parts;
    for (std::uint32_t i = 0; i < count; ++i) {
      PointRing::Part next = played.part((first + i) % kPlaces);
      if (random.below(3) == 0) next.identity = random.below(60);
      next.points = random.below(5) == 0 ? 0 : static_cast<std::uint32_t>(random.below(300));
      parts.push_back(next);
    }
    played.change(parts);
    if (step % 10 == 9) REQUIRE((played.order() == played.fresh_order()));
  }
}

TEST_CASE("a ring that grows server by server, and shrinks again, is that of a fresh one") {
  PlayedRing played;
  for (std::uint32_t place = 0; place < 80; ++place) {
    played.change({part(place, 1000 + place, 1024)});
    if (place % 16 == 15) REQUIRE((played.order() == played.fresh_order()));
  }
  CHECK(played.ring().size() == std::size_t{80} * 1024);
  for (std::uint32_t place = 0; place < 80; ++place) {
    played.change({part(place, 1000 + place, 0)});
    if (place % 16 == 7) REQUIRE((played.order() == played.fresh_order()));
  }
  CHECK(played.ring().size() == 0);
}

TEST_CASE("of two points in one position that of the lesser identity comes first") {
  PlayedRing played;
  constexpr std::uint32_t kServers = 25;
  for (std::uint32_t place = 0; place < kServers; ++place) {
    played.change({part(place, kServers - place, RingPoint::kMaxPoints)});
  }
  const std::vector<RingPoint> points = played.points();
  int shared = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (points[i - 1].position() != points[i].position()) continue;
    ++shared;
    CHECK(points[i - 1].place() > points[i].place());  // the last place has the least identity
  }
  CHECK(shared == 6);
  CHECK((played.order() == played.fresh_order()));
}

}  // namespace
}  // namespace hapair::lb::test
