// What is to be told to one receiver, and when: gathered into messages so that a server that flaps
// sends no flood, tried again at growing distances, never more than a bounded number. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "common/base/time.hpp"

namespace hapair::alerts {

/// A change that somebody wants to hear of.
struct Alert {
  std::uint64_t number = 0;  ///< of its event in the journal
  std::string id{};          ///< "check-state"
  std::string subject{};     ///< "web_server/node1"
  std::string from{};        ///< the state before; may be empty
  std::string to{};
  std::string cause{};
  base::WallTime wall{};
};

struct QueueSettings {
  std::size_t capacity = 256;                      ///< 1 or more; the oldest makes room
  std::size_t batch = 50;                          ///< 1 or more in one message
  unsigned tries = 5;                              ///< 1 or more for one message
  base::Duration retry = std::chrono::seconds(2);  ///< before the second; doubles up to kMaxRetry
  base::Duration group{};                          ///< between two messages
};

class AlertQueue {
 public:
  static constexpr base::Duration kMaxRetry = std::chrono::minutes(5);
  /// What comes so soon after the first alert of a message goes with it, where messages are
  /// grouped at all.
  static constexpr base::Duration kGather = std::chrono::seconds(1);

  explicit AlertQueue(QueueSettings settings) : settings_(settings), backoff_(settings.retry) {}

  void add(Alert alert, base::Instant now);

  /// A message's alerts, oldest first, that are to be sent now; until its end is told they stay
  /// out. Empty: nothing is due.
  [[nodiscard]] std::vector<Alert> begin(base::Instant now);
  void on_sent();
  /// `again`: another try may help. False: the message was given up.
  bool on_failed(bool again, base::Instant now);

  /// When begin() has something; nullopt: nothing waits, or a message is out.
  [[nodiscard]] std::optional<base::Instant> due() const;

  [[nodiscard]] std::size_t waiting() const { return waiting_.size() + batch_.size(); }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }
  /// Alerts that nobody was told of: no room, or given up.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  QueueSettings settings_;
  std::deque<Alert> waiting_;
  std::vector<Alert> batch_;  ///< of the message that is out, or to be tried again
  bool out_ = false;
  unsigned failed_tries_ = 0;
  base::Duration backoff_;
  std::optional<base::Instant> first_;  ///< when the oldest of `waiting_` came
  base::Instant try_again_{};           ///< for `batch_`
  std::optional<base::Instant> last_begun_;
  std::uint64_t messages_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace hapair::alerts
