// The notify scripts of one VIP or sync group: run in the order of the transitions, one at a time,
// each within its time. Pure: says what to start and when to signal; a runner does it.
//
// Bounded: of more than kCapacity waiting notices the oldest is skipped, so that scripts that are
// slower than the transitions still hear of the newest states, in order. A stop skips all that
// wait: what is left to tell is the end.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"

namespace hapair::vrrp {

enum class NotifyState : std::uint8_t { kMaster, kBackup, kFault, kStop };

/// As keepalived's scripts get it: "MASTER", "BACKUP", "FAULT", "STOP".
[[nodiscard]] std::string_view to_string(NotifyState state);

struct Notice {
  NotifyState state = NotifyState::kBackup;
  std::uint8_t priority = 0;
  bool operator==(const Notice&) const = default;
};

enum class NotifySubject : std::uint8_t { kInstance, kGroup };

/// keepalived's four arguments: type, name, state, priority.
[[nodiscard]] std::vector<std::string> notify_arguments(NotifySubject subject,
                                                        std::string_view name,
                                                        const Notice& notice);

/// How a script ended: by its exit code, by a signal, or it could not be started.
struct NotifyEnd {
  enum class How : std::uint8_t { kExit, kSignal, kNotStarted };
  How how = How::kExit;
  int number = 0;  ///< exit code, signal or errno
};

/// What status tells of the last script that ended.
struct NotifyRun {
  Notice notice;
  NotifyEnd end;
  bool timed_out = false;
  base::Duration took{};
};

class NotifyQueue {
 public:
  static constexpr std::size_t kCapacity = 16;
  /// From the polite signal to the one that can't be ignored.
  static constexpr base::Duration kGrace = std::chrono::seconds(2);

  enum class Signal : std::uint8_t { kNone, kTerminate, kKill };

  explicit NotifyQueue(base::Duration timeout) : timeout_(timeout) {}

  /// Returns the notice to start now; nullopt: it waits, or came after a stop and is ignored.
  [[nodiscard]] std::optional<Notice> push(const Notice& notice, base::Instant now);
  /// The running script has ended; returns the notice to start next. Does nothing when none runs.
  [[nodiscard]] std::optional<Notice> on_end(const NotifyEnd& end, base::Instant now);
  /// The signal that the running script is due; each once.
  [[nodiscard]] Signal on_deadline(base::Instant now);

  /// When on_deadline has something to say next.
  [[nodiscard]] std::optional<base::Instant> deadline() const;
  [[nodiscard]] const std::optional<Notice>& running() const { return running_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }
  [[nodiscard]] const std::optional<NotifyRun>& last() const { return last_; }

 private:
  std::optional<Notice> start_next(base::Instant now);

  base::Duration timeout_;
  std::deque<Notice> waiting_;
  std::optional<Notice> running_;
  base::Instant began_{};
  Signal sent_ = Signal::kNone;
  base::Instant terminated_{};
  bool stopped_ = false;
  std::uint64_t skipped_ = 0;
  std::optional<NotifyRun> last_;
};

}  // namespace hapair::vrrp
