// How many of something there were in the time up to now, over a window that slides: counts of
// short parts of it, of which the oldest counts by the share that the window still covers. Steady
// traffic is counted exactly; of a burst at most one part is spread over its length. 40 bytes; it
// allocates nothing. Pure: time is passed in.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "common/base/time.hpp"

namespace hapair::lb {

class RateWindow {
 public:
  /// A window is so many parts long.
  static constexpr std::size_t kParts = 8;
  /// A part holds no more.
  static constexpr std::uint32_t kMaxCount = std::numeric_limits<std::uint32_t>::max();

  // `window` is the same in each call: 1 s or longer.

  void add(base::Instant now, base::Duration window, std::uint32_t count = 1) {
    roll(part_at(now, window));
    std::uint32_t& part = parts_[newest_ % parts_.size()];
    part += std::min(count, kMaxCount - part);
  }

  /// As if that many had just come, and none before.
  void set(base::Instant now, base::Duration window, std::uint32_t count) {
    *this = {};
    add(now, window, count);
  }

  /// For another process, and back: the number of the newest part, then the parts.
  using Raw = std::array<std::uint32_t, kParts + 2>;
  [[nodiscard]] Raw raw() const {
    Raw raw{newest_};
    std::ranges::copy(parts_, raw.begin() + 1);
    return raw;
  }
  void adopt(const Raw& raw) {
    newest_ = raw.front();
    std::copy(raw.begin() + 1, raw.end(), parts_.begin());
  }

  /// In the window up to `now`, rounded to the nearest.
  [[nodiscard]] std::uint64_t count(base::Instant now, base::Duration window) const {
    return static_cast<std::uint64_t>(std::llround(look(now, window).sum()));
  }

  /// How long until count() is below `limit` (1 or more), if none is added; 0: it is.
  [[nodiscard]] base::Duration until_below(std::uint64_t limit, base::Instant now,
                                           base::Duration window) const {
    const View view = look(now, window);
    double excess = view.sum() - (static_cast<double>(limit) - 0.5);
    if (excess < 0) return base::Duration(0);
    const auto part = static_cast<double>(part_length(window));
    double wait = 0;
    double share = view.share;
    for (std::size_t age = kParts + 1; age-- > 0; share = 1) {
      const double left = share * view.of_age(age);
      if (excess <= left && left > 0) {
        // Behind the very moment, and what its number may have lost.
        return base::Duration(static_cast<std::int64_t>(wait + excess / left * share * part) + 2);
      }
      excess -= left;
      wait += share * part;
    }
    return base::Duration(static_cast<std::int64_t>(wait));
  }

 private:
  /// The parts as they lie before some moment.
  struct View {
    const RateWindow& window;
    std::uint32_t gone;  ///< parts that began since the newest one that was counted in
    double share;        ///< of the part of age kParts that the window still covers

    /// 0: the part of now.
    [[nodiscard]] double of_age(std::size_t age) const {
      if (age < gone || age - gone > kParts) return 0;
      const std::size_t size = window.parts_.size();
      const std::size_t back = age - gone;
      return window.parts_[(window.newest_ % size + size - back) % size];
    }
    /// In the window.
    [[nodiscard]] double sum() const {
      double sum = share * of_age(kParts);
      for (std::size_t age = 0; age < kParts; ++age) sum += of_age(age);
      return sum;
    }
  };

  static std::int64_t part_length(base::Duration window) {
    return window.count() / static_cast<std::int64_t>(kParts);
  }
  /// Counted from the clock's origin; they wrap after 17 years of a window of 1 s.
  static std::uint32_t part_at(base::Instant now, base::Duration window) {
    return static_cast<std::uint32_t>(base::to_ns(now) / part_length(window));
  }

  [[nodiscard]] View look(base::Instant now, base::Duration window) const {
    const std::int64_t length = part_length(window);
    const auto into = static_cast<double>(base::to_ns(now) % length);
    return {.window = *this,
            .gone = part_at(now, window) - newest_,
            .share = 1 - into / static_cast<double>(length)};
  }

  void roll(std::uint32_t part) {
    for (; newest_ != part; ++newest_) {
      if (part - newest_ > parts_.size())
        newest_ = part - static_cast<std::uint32_t>(parts_.size());
      parts_[(newest_ + 1) % parts_.size()] = 0;
    }
  }

  std::uint32_t newest_ = 0;  ///< number of the part that was counted in last
  std::array<std::uint32_t, kParts + 1> parts_{};
};

}  // namespace hapair::lb
