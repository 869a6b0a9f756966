// The notify scripts of one VIP or sync group: run in the order of the transitions, one at a time.
// Pure: says what to start; a runner does it, in its time.
//
// Bounded: of more than kCapacity waiting runs the oldest is skipped, so that scripts that are
// slower than the transitions still hear of the newest states, in order. A stop skips all that
// wait: what is left to tell is the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hapair::vrrp {

enum class NotifyState : std::uint8_t { kMaster, kBackup, kFault, kStop };
inline constexpr std::size_t kNotifyStates = 4;

/// As keepalived's scripts get it: "MASTER", "BACKUP", "FAULT", "STOP".
[[nodiscard]] std::string_view to_string(NotifyState state);

/// One run of one script.
struct Notice {
  NotifyState state = NotifyState::kBackup;
  std::uint8_t priority = 0;
  std::size_t script = 0;
  bool operator==(const Notice&) const = default;
};

enum class NotifySubject : std::uint8_t { kInstance, kGroup };

/// keepalived's four arguments: type, name, state, priority.
[[nodiscard]] std::vector<std::string> notify_arguments(NotifySubject subject,
                                                        std::string_view name,
                                                        const Notice& notice);

class NotifyQueue {
 public:
  static constexpr std::size_t kCapacity = 16;

  /// All runs of one transition. Returns the one to start now; nullopt: they wait, or came after a
  /// stop and are ignored.
  [[nodiscard]] std::optional<Notice> push(std::span<const Notice> runs);
  /// The running script has ended; returns the one to start next. Does nothing when none runs.
  [[nodiscard]] std::optional<Notice> on_end();

  [[nodiscard]] const std::optional<Notice>& running() const { return running_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

 private:
  std::optional<Notice> start_next();

  std::deque<Notice> waiting_;
  std::optional<Notice> running_;
  bool stopped_ = false;
  std::uint64_t skipped_ = 0;
};

}  // namespace hapair::vrrp
