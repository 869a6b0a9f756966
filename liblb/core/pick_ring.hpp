// Consistent hashing: each server has points on a ring, by its weight, where its identity puts
// them; a key belongs to the server of the next point. So a server that goes leaves its keys to
// those behind its points and moves no others, and takes the same ones back.
//
// Servers that take no traffic, and points that a share below the configured weight does without,
// stay on the ring and are passed over: health and live weights change no more than a number.
// Points move only for other servers or configured weights, at the next choice: theirs, for all
// that has changed until then.
//
// With bounded load a server that has more than its part of all sessions times a factor is passed
// over as well (Mirrokni, Thorup and Zadimoghaddam: Consistent Hashing with Bounded Loads, 2018).
#pragma once

#include <cstdint>
#include <vector>

#include "liblb/core/picker.hpp"
#include "liblb/core/point_ring.hpp"

namespace hapair::lb {

class RingPicker final : public Picker {
 public:
  /// Of a server with the greatest configured weight, if that is a power of two; up to twice that
  /// otherwise. Shares of keys are then exact within some 3 % (one deviation).
  static constexpr std::uint32_t kPoints = 1024;

  /// `load_percent`: 101 and more; 0: loads are not bounded.
  RingPicker(WhenFull when_full, std::uint32_t load_percent)
      : when_full_(when_full), load_percent_(load_percent) {}

  void update(std::size_t place, const PickTarget& target) override;
  [[nodiscard]] std::optional<std::size_t> pick(const PickQuery& query) override;
  [[nodiscard]] bool follows_load() const override { return load_percent_ > 0; }

  /// On the ring, of all servers.
  [[nodiscard]] std::size_t points() const { return ring_.size(); }

 private:
  struct Member {
    PickTarget target;
    std::uint32_t laid = 0;    ///< points that it has on the ring
    std::uint32_t active = 0;  ///< of them those that count; 0: it takes no traffic
    bool stale = false;        ///< its points have to change
  };

  [[nodiscard]] bool counts(const PickTarget& target) const {
    return target.share > 0 && (when_full_ == WhenFull::kWait || target.room);
  }
  /// How many points a share comes to; none only for none.
  [[nodiscard]] std::uint32_t points_for(std::uint32_t share) const;
  void count(const Member& member, std::size_t place, bool in);
  void note_stale(std::size_t place);
  void lay_out();
  [[nodiscard]] bool is_within_bound(const Member& member) const;

  WhenFull when_full_;
  std::uint32_t load_percent_;
  std::vector<Member> members_;          ///< by place
  std::vector<std::uint32_t> stale_;     ///< places whose points have to change
  std::uint32_t unit_ = kShareOfWeight;  ///< the share that comes to kPoints
  PointRing ring_;
  // Of the members that count:
  std::size_t counted_ = 0;
  std::size_t places_ = 0;  ///< the sum of their places: the place where there is only one
  std::uint64_t shares_ = 0;
  std::uint64_t sessions_ = 0;
};

}  // namespace hapair::lb
