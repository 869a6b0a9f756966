// What is to be told to one command, and when: each change is a run of its own, those of one
// subject one after the other, so many at once and within a minute at most. Pure: says what to run;
// whoever runs it tells of the ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "apps/hapair/alerts/alert_queue.hpp"
#include "common/base/time.hpp"

namespace hapair::alerts {

struct CommandSettings {
  std::size_t capacity = 256;    ///< 1 or more that wait; the oldest makes room
  std::size_t parallel = 4;      ///< 1 or more at once
  std::size_t per_minute = 120;  ///< 1 or more begin within any minute
};

class CommandQueue {
 public:
  explicit CommandQueue(CommandSettings settings) : settings_(settings) {}

  /// Their numbers are all different.
  void add(Alert alert);

  /// What is to be run now, in this order; each runs until its end is told.
  [[nodiscard]] std::vector<Alert> begin(base::Instant now);
  /// A run has ended; nullopt: there is none with that number.
  std::optional<Alert> on_ended(std::uint64_t number, bool good);
  /// What runs is lost with the process that ran it: it comes first in the next begin(), once.
  /// What was lost before is given up, for it may be what makes that process die.
  void on_gone();

  /// When begin() has something only because time has passed; nullopt: that never is so.
  [[nodiscard]] std::optional<base::Instant> due() const;

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::size_t running() const { return running_.size(); }
  /// Ended well.
  [[nodiscard]] std::uint64_t runs() const { return runs_; }
  /// Ended otherwise.
  [[nodiscard]] std::uint64_t failures() const { return failures_; }
  /// Alerts that were never told: no room, or lost twice.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  static constexpr base::Duration kMinute = std::chrono::minutes(1);

  struct Entry {
    Alert alert;
    bool again = false;  ///< it was lost once
  };

  [[nodiscard]] bool is_busy(const std::string& subject) const;

  CommandSettings settings_;
  std::deque<Entry> waiting_;
  std::vector<Entry> running_;
  std::deque<base::Instant> begun_;  ///< the last ones, at most `per_minute`
  std::uint64_t runs_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t lost_ = 0;
};

/// What a command gets behind its own arguments: what has changed ("server", "backend", "target" or
/// "vip"), its name, the state before (may be empty), the state now, the reason. Printable.
[[nodiscard]] std::vector<std::string> command_words(const Alert& alert);

}  // namespace hapair::alerts
