// The ring of consistent hashing: the points of all servers by their positions, which depend on a
// server's identity and the number of the point only. Pure.
//
// The ring is cut into arcs of equal length, each with its points in order. A server's points come
// and go one by one, each within its own arc: a change costs as much as the servers that change
// have points, however many others there are. Where most of them change, all arcs are laid out
// anew. The order is the same whatever came before, and in whatever places the servers are.
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

  RingPoint(std::uint64_t identity, std::uint32_t place, std::uint32_t ordinal)
      : bits_((mixed(identity ^ mixed(ordinal + 1ULL)) & ~std::uint64_t{UINT32_MAX}) |
              (place << kOrdinalBits) | ordinal) {}

  [[nodiscard]] std::uint32_t position() const { return static_cast<std::uint32_t>(bits_ >> 32); }
  [[nodiscard]] std::uint32_t place() const {
    return static_cast<std::uint32_t>(bits_) >> kOrdinalBits;
  }
  [[nodiscard]] std::uint32_t ordinal() const {
    return static_cast<std::uint32_t>(bits_) & kMaxPoints;
  }

  auto operator<=>(const RingPoint&) const = default;

 private:
  std::uint64_t bits_;
};

class PointRing {
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
    [[nodiscard]] RingPoint point() const { return arcs_[arc_][index_]; }
    void advance() {
      ++index_;
      settle();
    }

   private:
    friend class PointRing;
    Cursor(std::span<const std::vector<RingPoint>> arcs, std::size_t arc, std::size_t index)
        : arcs_(arcs), arc_(arc), index_(index) {
      settle();
    }
    void settle() {
      for (; index_ >= arcs_[arc_].size(); index_ = 0) arc_ = (arc_ + 1) % arcs_.size();
    }

    std::span<const std::vector<RingPoint>> arcs_;
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
  using Arc = std::vector<RingPoint>;
  struct Owner {
    std::uint64_t identity = 0;
    std::uint32_t points = 0;
  };

  // Few arcs for few points: each has a vector of its own.
  static constexpr unsigned kFewArcBits = 8;
  static constexpr unsigned kManyArcBits = 12;
  static constexpr std::size_t kManyPoints = std::size_t{1} << 16;  ///< from here on many arcs
  /// One point on its own costs as much as so many when all are laid out.
  static constexpr std::size_t kCostOfOne = 4;

  [[nodiscard]] static std::size_t differing(const Owner& owner, const Part& part);
  [[nodiscard]] std::size_t arc_of(std::uint32_t position) const {
    return position >> (32 - arc_bits_);
  }
  /// Which point of the arc is the first at the position or behind it.
  [[nodiscard]] std::size_t find(const Arc& arc, std::uint32_t position) const;
  [[nodiscard]] bool before(RingPoint a, RingPoint b) const;
  void change_one(const Part& part);
  void insert(RingPoint point);
  void erase(RingPoint point);
  void split_arcs();
  void lay_out();

  std::vector<Owner> owners_;  ///< by place: what of them is on the ring
  std::vector<Arc> arcs_;      ///< none before the first point
  unsigned arc_bits_ = kFewArcBits;
  std::size_t size_ = 0;
};

}  // namespace hapair::lb
