// Rise and fall: how many results in a row change the verdict on a target. Pure counting.
//
// * Before the first result there is no verdict; the first result gives it, good or bad. (HAProxy
//   calls a server up before its first check and so sends traffic to dead ones at start.)
// * A passing target fails after `fall` failures in a row; a failing one passes again after `rise`
//   successes in a row. A result that agrees with the verdict begins the count anew.
#pragma once

#include <cstdint>

namespace hapair::check {

struct RiseFallLimits {
  unsigned rise = 2;  ///< successes in a row that bring a target up; at least 1
  unsigned fall = 3;  ///< failures in a row that take it down; at least 1
};

enum class Verdict : std::uint8_t { kNone, kPassing, kFailing };

class RiseFall {
 public:
  explicit RiseFall(RiseFallLimits limits) : limits_(limits) {}
  /// One that has come so far.
  RiseFall(RiseFallLimits limits, Verdict verdict, unsigned against)
      : limits_(limits), verdict_(verdict), against_(against) {}

  /// Counts one result; yields the verdict that holds from now on.
  Verdict on_result(bool passed);

  /// For the results to come; the verdict stays.
  void set_limits(RiseFallLimits limits);

  /// A passing target is left with so many failures at most until it fails; 1 or more.
  void leave_failures(unsigned left);

  /// Goes on with the verdict of another one, whatever its limits were.
  void adopt(const RiseFall& other) {
    verdict_ = other.verdict_;
    const unsigned needed = verdict_ == Verdict::kPassing ? limits_.fall : limits_.rise;
    against_ = other.against_ < needed ? other.against_ : needed - 1;
  }

  [[nodiscard]] Verdict verdict() const { return verdict_; }
  [[nodiscard]] RiseFallLimits limits() const { return limits_; }
  /// Results in a row that speak against the verdict.
  [[nodiscard]] unsigned against() const { return against_; }

 private:
  RiseFallLimits limits_;
  Verdict verdict_ = Verdict::kNone;
  unsigned against_ = 0;
};

}  // namespace hapair::check
