// Runs scripts beside each other: each job at most once at a time, so many at once, each within its
// time, and never waits for one. Its owner polls the descriptors and calls turn().
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/scripts/kill_ladder.hpp"
#include "apps/hapair/scripts/running_scripts.hpp"
#include "apps/hapair/scripts/script.hpp"
#include "apps/hapair/scripts/script_process.hpp"
#include "common/base/time.hpp"

namespace hapair::scripts {

class ScriptListener {
 public:
  /// May start the job again, or another one.
  virtual void on_script_end(std::size_t job, const ScriptResult& result) noexcept = 0;
  /// Before its end is told: a look that was good has seen these processes.
  virtual void on_seen(std::size_t /*job*/, const std::vector<pid_t>& /*processes*/) noexcept {}

 protected:
  ~ScriptListener() = default;
};

class ScriptRunner {
 public:
  /// Nobody waits for a crowd of others that hang: each kind of job has its own share of what runs
  /// at once; more wait for their turn, in order.
  enum class Lane : std::uint8_t {
    kCheck,   ///< 32 at once
    kNotify,  ///< of VIPs and sync groups: 32
    kAlert,   ///< of health and all the rest: 16
  };
  [[nodiscard]] static constexpr std::size_t room_of(Lane lane) {
    return lane == Lane::kAlert ? 16 : 32;
  }

  /// Both outlive the runner. `noted`: where it says what runs; null: nowhere.
  explicit ScriptRunner(ScriptListener& listener, RunningScripts* noted = nullptr)
      : listener_(listener), noted_(noted) {}

  struct Job {
    std::size_t number = 0;
    const Script* script = nullptr;    ///< outlives the run
    std::vector<std::string> extra{};  ///< behind the script's own arguments
    Lane lane = Lane::kCheck;
    unsigned tries = 0;   ///< the runner's: for which this host had no process
    base::Instant due{};  ///< likewise: not before then
  };
  /// News are worth waiting for: where this host has no process for them they are tried again after
  /// pauses that double from the first, so often. A check reports it: it is made again anyway.
  static constexpr unsigned kMaxTries = 6;
  static constexpr base::Duration kFirstPause = std::chrono::milliseconds(200);

  /// False when that job runs or waits already. One that can't be started ends in the next turn.
  bool start(Job job);

  /// What there is to poll for.
  void add_fds(std::vector<pollfd>& into) const;
  /// Takes output, reports ends, sends signals whose time has come, starts what waits.
  void turn(base::Instant now);
  /// When turn() is due, events or not.
  [[nodiscard]] std::optional<base::Instant> deadline() const;

  /// Nothing runs longer than until then; what begins later is killed at once.
  void end_by(base::Instant until) { until_ = until; }
  /// At once; nothing of it is reported.
  void kill_all();

  [[nodiscard]] bool idle() const { return running_.empty() && waiting_.empty(); }

 private:
  struct Running {
    Job job;
    ScriptProcess process;
    KillLadder ladder;
    pid_t group = 0;
  };

  [[nodiscard]] bool has_room(const Job& job) const;
  [[nodiscard]] bool knows(std::size_t job) const;
  void begin(base::Instant now);
  /// It could not be started, for that cause: true when it waits to be tried again.
  bool put_off(Job& job, std::uint32_t code, base::Instant now);
  void advance(Running& run, base::Instant now);

  ScriptListener& listener_;
  RunningScripts* noted_;
  std::deque<Job> waiting_;
  std::list<Running> running_;
  std::optional<base::Instant> until_;
};

}  // namespace hapair::scripts
