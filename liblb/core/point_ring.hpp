// The ring of consistent hashing: the points of all servers by their positions, which depend on a
// server's identity and the number of the point only. Pure.
//
// The ring is cut into arcs of equal length, and an arc into slots, more than it has points. A
// point stands where its position comes to by proportion, or in the next slot that the order leaves
// it: positions are spread evenly, so a search begins where it ends, and who comes or goes moves
// only those right behind (linear probing, with a hash that keeps the order). A change costs as
// much as the servers that change have points, however many others there are; each arc grows by
// itself, so that no change has to move all. Where most servers change, all is laid out anew. The
// order is the same whatever came before, and in whatever places the servers are.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "liblb/core/stable_hash.hpp"

namespace hapair::lb {

/// The position in the upper half, then the server's place, then which of its points it is.
class RingPoint {
 public:
  static constexpr unsigned kOrdinalBits = 13;
  /// Of one server; places may have the other bits.
  static constexpr std::uint32_t kMaxPoints = (1U << kOrdinalBits) - 1;

  RingPoint() = default;  ///< none
  RingPoint(std::uint64_t identity, std::uint32_t place, std::uint32_t ordinal)
      : bits_((mixed(identity ^ mixed(ordinal + 1ULL)) & ~std::uint64_t{UINT32_MAX}) |
              (place << kOrdinalBits) | ordinal) {}

  [[nodiscard]] bool is_none() const { return bits_ == UINT64_MAX; }
  /// Of none: the last that there is.
  [[nodiscard]] std::uint32_t position() const { return static_cast<std::uint32_t>(bits_ >> 32); }
  [[nodiscard]] std::uint32_t place() const {
    return static_cast<std::uint32_t>(bits_) >> kOrdinalBits;
  }
  [[nodiscard]] std::uint32_t ordinal() const {
    return static_cast<std::uint32_t>(bits_) & kMaxPoints;
  }

  auto operator<=>(const RingPoint&) const = default;

 private:
  std::uint64_t bits_ = UINT64_MAX;  // with a number that no point has
};

class PointRing {
  struct Arc {
    /// In order, with gaps, but none between the slot that a point would have and the one it has.
    std::vector<RingPoint> slots{};
    std::size_t homes = 0;  ///< so many slots are shared out by position; the last points may go on
    std::size_t points = 0;
  };

 public:
  /// What the server in a place has on the ring: its first `points`, at most kMaxPoints.
  struct Part {
    std::uint32_t place = 0;
    std::uint64_t identity = 0;
    std::uint32_t points = 0;
  };

  /// Goes round and round; valid until the next change.
  class Cursor {
   public:
    [[nodiscard]] RingPoint point() const { return arcs_[arc_].slots[index_]; }
    void advance() {
      ++index_;
      settle();
    }

   private:
    friend class PointRing;
    Cursor(std::span<const Arc> arcs, std::size_t arc, std::size_t index)
        : arcs_(arcs), arc_(arc), index_(index) {
      settle();
    }
    void settle() {
      for (;; arc_ = (arc_ + 1) % kArcs, index_ = 0) {
        const std::vector<RingPoint>& slots = arcs_[arc_].slots;
        while (index_ < slots.size() && slots[index_].is_none()) ++index_;
        if (index_ < slots.size()) return;
      }
    }

    std::span<const Arc> arcs_;
    std::size_t arc_;
    std::size_t index_;
  };

  /// From now on it is so in these places, each of which is named once.
  void change(std::span<const Part> parts);
  /// At the first point at the key or behind it; not on an empty ring.
  [[nodiscard]] Cursor seek(std::uint64_t key) const;
  /// Points, of all servers.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Owner {
    std::uint64_t identity = 0;
    std::uint32_t points = 0;
  };

  static constexpr unsigned kArcBits = 8;
  static constexpr std::size_t kArcs = std::size_t{1} << kArcBits;
  /// One point on its own costs as much as so many when all are laid out.
  static constexpr std::size_t kCostOfOne = 2;

  [[nodiscard]] static std::size_t differing(const Owner& owner, const Part& part);
  [[nodiscard]] static std::size_t arc_of(std::uint32_t position) {
    return position >> (32 - kArcBits);
  }
  /// The slot that a point in this position would have, if it were alone.
  [[nodiscard]] static std::size_t home(const Arc& arc, std::uint32_t position);
  /// The slot of the first point at the position or behind it, or a free one before that.
  [[nodiscard]] static std::size_t find(const Arc& arc, std::uint32_t position);
  /// Gives the arc as many slots as suit so many points.
  static void fit(Arc& arc, std::size_t points);
  [[nodiscard]] bool before(RingPoint a, RingPoint b) const;
  void change_one(const Part& part);
  void insert(RingPoint point);
  void erase(RingPoint point);
  void lay_out();

  std::vector<Owner> owners_;  ///< by place: what of them is on the ring
  std::vector<Arc> arcs_ = std::vector<Arc>(kArcs);
  std::size_t size_ = 0;
};

}  // namespace hapair::lb
