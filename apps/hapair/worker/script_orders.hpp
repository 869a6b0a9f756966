// What has been ordered of the process that runs scripts and has not ended yet. When that process
// is killed its runs are lost with it; then this says what that was, and what the next one is to
// know and to do. Pure.
//
//  * A check's script is simply run anew.
//  * Of what a VIP or sync group was told the newest state is told again, once, to the scripts that
//    had not ended; older news is out of date. What is lost a second time is let go, for it may be
//    the script that makes the process die.
//  * What is ordered while there is no such process waits for the next one, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/guardian/script_protocol.hpp"
#include "libvrrp/core/notify_queue.hpp"

namespace hapair::worker {

class ScriptOrders {
 public:
  /// So much news of one subject waits for the next process; the oldest is left out.
  static constexpr std::size_t kMaxHeld = vrrp::NotifyQueue::kCapacity;

  /// The model outlives it.
  explicit ScriptOrders(const config::Model& model);

  /// Each gives the orders that are to be given now; none while there is no process.
  [[nodiscard]] std::vector<guardian::ScriptOrder> run(std::size_t script);
  [[nodiscard]] std::vector<guardian::ScriptOrder> tell(std::size_t subject,
                                                        vrrp::NotifyState state,
                                                        std::uint8_t priority);
  /// A process is there: what it is to know and to do.
  [[nodiscard]] std::vector<guardian::ScriptOrder> on_ready();

  void on_ended(std::size_t script) { running_.erase(script); }
  void on_ended(const guardian::NotifyEnded& ended);

  /// Scripts of checks that have not ended.
  [[nodiscard]] const std::set<std::size_t>& running() const { return running_; }

  /// What was lost of one subject's news.
  struct Lost {
    std::size_t subject = 0;
    std::vector<vrrp::Notice> runs{};  ///< in order; may hold some that had ended unheard
    bool again = false;                ///< the last state is told again
    bool operator==(const Lost&) const = default;
  };
  /// The process has gone.
  [[nodiscard]] std::vector<Lost> on_gone();

  /// News of a subject that was left out because too much of it waited.
  [[nodiscard]] std::uint64_t left_out(std::size_t subject) const {
    return subjects_[subject].left_out;
  }
  /// Runs of a subject that have not ended, begun or not.
  [[nodiscard]] std::size_t unended(std::size_t subject) const;

 private:
  struct Order {
    guardian::TellState tell{};
    bool again = false;
  };
  struct Run {
    vrrp::Notice notice{};
    bool own = false;    ///< of the script for that state
    bool again = false;  ///< told again after it was lost
  };
  struct Subject {
    std::deque<Order> held;                   ///< not given yet
    std::deque<Run> given;                    ///< not ended yet
    std::optional<guardian::TellState> last;  ///< that was given
    std::uint64_t left_out = 0;
  };

  [[nodiscard]] std::vector<Run> runs_of(const Order& order) const;
  void give(Subject& subject, const Order& order, std::vector<guardian::ScriptOrder>& into);
  void hold(Subject& subject, const Order& order);

  const config::Model& model_;
  bool ready_ = false;
  std::vector<Subject> subjects_;
  std::set<std::size_t> running_;  ///< scripts by themselves
};

}  // namespace hapair::worker
