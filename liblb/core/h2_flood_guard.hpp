// How often an HTTP/2 client may do what costs it little and us something: resets ("rapid reset",
// CVE-2023-44487), PING, SETTINGS, PRIORITY, DATA without data. Each kind has a bucket that holds
// what a busy browser may do at once and refills slowly. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/time.hpp"

namespace hapair::lb {

enum class H2Flood : std::uint8_t {
  kResets,  ///< streams that end by a reset, the client's or ours for its fault
  kPings,
  kSettings,
  kEmptyData,
  kPriorities,
  kHeadPieces,  ///< a head in more pieces than any would need; counted, has no bucket
};
inline constexpr std::size_t kH2FloodKinds = 6;

/// "resets": stable names for the log and the counters.
[[nodiscard]] constexpr std::string_view to_text(H2Flood flood) {
  switch (flood) {
    case H2Flood::kResets:
      return "resets";
    case H2Flood::kPings:
      return "pings";
    case H2Flood::kSettings:
      return "settings";
    case H2Flood::kEmptyData:
      return "empty_data";
    case H2Flood::kPriorities:
      return "priorities";
    case H2Flood::kHeadPieces:
      return "head_pieces";
  }
  return {};
}

class H2FloodGuard {
 public:
  struct Limit {
    std::uint32_t at_once;
    std::uint32_t per_second;
  };
  [[nodiscard]] static constexpr Limit limit_of(H2Flood flood) {
    switch (flood) {
      case H2Flood::kResets:
        return {400, 50};  // a browser that leaves a page resets all its streams
      case H2Flood::kPings:
        return {2000, 500};  // gRPC clients measure their bandwidth so
      case H2Flood::kSettings:
        return {50, 5};
      case H2Flood::kEmptyData:
        return {500, 50};
      case H2Flood::kPriorities:
        return {1000, 100};
      case H2Flood::kHeadPieces:
        return {0, 0};
    }
    return {0, 0};
  }

  explicit H2FloodGuard(base::Instant now) {
    for (std::size_t i = 0; i < kH2FloodKinds; ++i) {
      buckets_[i] = {limit_of(static_cast<H2Flood>(i)).at_once, now};
    }
  }

  /// One more of its kind. False: too many.
  [[nodiscard]] bool admit(H2Flood flood, base::Instant now) {
    const Limit limit = limit_of(flood);
    Bucket& bucket = buckets_[static_cast<std::size_t>(flood)];
    if (bucket.left == 0) refill(bucket, limit, now);
    if (bucket.left == 0) return false;
    --bucket.left;
    return true;
  }

 private:
  struct Bucket {
    std::uint32_t left = 0;
    base::Instant filled{};
  };

  static void refill(Bucket& bucket, const Limit& limit, base::Instant now) {
    const auto passed = std::chrono::duration<double>(now - bucket.filled).count();
    const double gained = passed * static_cast<double>(limit.per_second);
    if (gained < 1) return;
    bucket.left = static_cast<std::uint32_t>(std::min(gained, static_cast<double>(limit.at_once)));
    bucket.filled = now;
  }

  std::array<Bucket, kH2FloodKinds> buckets_;
};

}  // namespace hapair::lb
