// What the script host decides: the worker's orders become runs of granted scripts, notify scripts
// in order and one at a time for each subject. Pure.
//
//  * A worker that dies while a subject is MASTER by its word has it told FAULT: nobody holds its
//    addresses until the next worker says what it is.
//  * After a STOP a subject is told nothing more.
//  * What a desk of an earlier process has told it learns with Tell::kNothing.
//  * Alerts run beside each other: in which order, and how many, the worker says, up to a limit.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/script_protocol.hpp"
#include "apps/hapair/scripts/script_runner.hpp"
#include "common/base/result.hpp"
#include "libvrrp/core/notify_queue.hpp"

namespace hapair::guardian {

class ScriptDesk {
 public:
  /// A run to start. Its number comes back to on_end().
  struct Run {
    std::size_t number = 0;
    std::size_t script = 0;
    std::vector<std::string> arguments{};  ///< behind the script's own
    scripts::ScriptRunner::Lane lane = scripts::ScriptRunner::Lane::kCheck;

    bool operator==(const Run&) const = default;
  };

  /// The grants outlive it.
  explicit ScriptDesk(const Grants& grants);

  /// Nullopt: nothing is to be started for now. An error is the reason to refuse.
  [[nodiscard]] base::Result<std::optional<Run>> on_order(const ScriptOrder& order);

  struct End {
    ScriptReport report;      ///< for the worker
    std::optional<Run> next;  ///< to be started
  };
  /// A run has ended.
  [[nodiscard]] End on_end(std::size_t number, const scripts::ScriptResult& result);

  /// The worker's end of the channel is closed.
  [[nodiscard]] std::vector<Run> on_worker_gone();

  /// "web MASTER", "script 3": for messages.
  [[nodiscard]] std::string name_of(const ScriptReport& report) const;
  /// No notify script runs or waits, and nobody is told of an alert.
  [[nodiscard]] bool told_all() const;

 private:
  /// Alerts that run or wait at once: those of a worker, and of one before it.
  static constexpr std::size_t kMaxAlerts = 256;

  struct Subject {
    const NotifyGrant* grant = nullptr;
    vrrp::NotifyQueue queue;
    std::optional<vrrp::NotifyState> told;
  };

  [[nodiscard]] std::optional<Run> tell(std::size_t index, vrrp::NotifyState state,
                                        std::uint8_t priority, Tell scripts = Tell::kAll);
  [[nodiscard]] std::optional<Run> run_of(std::size_t index,
                                          const std::optional<vrrp::Notice>& notice) const;

  [[nodiscard]] base::Result<std::optional<Run>> tell(const TellAlert& alert);

  const Grants& grants_;
  std::vector<Subject> subjects_;
  std::map<std::size_t, AlertEnded> alerts_;  ///< by run: what its end will be told as
  std::size_t next_alert_ = 0;
};

}  // namespace hapair::guardian
