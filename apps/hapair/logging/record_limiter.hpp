// Holds back what a target has been told again and again: of the records of one id about one
// subject so many pass in an interval, and how many more there were is told when it ends. Errors
// always pass, for with each of them somebody must act. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/log.hpp"
#include "common/base/time.hpp"

namespace hapair::logging {

class RecordLimiter {
 public:
  struct Settings {
    std::uint32_t burst = 20;  ///< records that pass in an interval; 0: all of them
    base::Duration interval = std::chrono::seconds(5);  ///< begins with the first of them
  };
  /// So many ids with their subjects are told apart at a time; of each id the others share one
  /// limit.
  static constexpr std::size_t kMaxKinds = 4096;

  RecordLimiter() = default;
  explicit RecordLimiter(const Settings& settings) : settings_(settings) {}

  /// Whether it passes. What has ended by now is to be taken before.
  [[nodiscard]] bool admit(const base::LogRecord& record, base::Instant now);

  /// What was held back in an interval.
  struct HeldBack {
    base::LogLevel level = base::LogLevel::kInfo;  ///< of the gravest
    std::string id;
    std::string subject;  ///< empty: of none, or of those that share a limit
    std::uint64_t held_back = 0;
    std::uint64_t of = 0;  ///< so many came
  };
  /// Of the intervals that have ended by `now`, each once, in the order of ids.
  [[nodiscard]] std::vector<HeldBack> take_ended(base::Instant now);
  /// When the next interval ends in which something was held back; nullopt: nothing was.
  [[nodiscard]] std::optional<base::Instant> next_end() const { return next_end_; }
  /// In words: "held back 37 of 57 records check-state within 5s".
  [[nodiscard]] std::string describe(const HeldBack& what) const;

  [[nodiscard]] std::uint64_t held_back() const { return held_back_; }

 private:
  struct Kind {
    base::Instant end{};
    base::LogLevel level = base::LogLevel::kDebug;
    std::uint64_t count = 0;
  };
  [[nodiscard]] Kind& kind_of(const base::LogRecord& record, base::Instant now);
  /// Forgets those whose interval ended with nothing held back; now and then only.
  void sweep(base::Instant now);

  Settings settings_;
  std::map<std::pair<std::string, std::string>, Kind> kinds_;  ///< by id and subject
  std::optional<base::Instant> next_end_;  ///< of those of which something was held back
  base::Instant next_sweep_{};
  std::uint64_t held_back_ = 0;
};

}  // namespace hapair::logging
