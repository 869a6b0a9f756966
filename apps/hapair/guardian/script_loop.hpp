// The loop of the process that runs scripts: the guardian's and the worker's channels, the runs,
// and the time that each may take.
#pragma once

#include <poll.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/script_desk.hpp"
#include "apps/hapair/scripts/running_scripts.hpp"
#include "apps/hapair/scripts/script_runner.hpp"
#include "common/base/log.hpp"
#include "common/base/repeat_guard.hpp"
#include "common/net/seqpacket.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

class ScriptLoop final : private scripts::ScriptListener {
 public:
  /// The first byte of a message from the guardian.
  enum Command : std::uint8_t {
    kServeWorker = 1,  ///< with one descriptor: the end of a new channel to the worker
    kFinish = 2,       ///< with the milliseconds, in four bytes: notify scripts may still run so
                       ///< long; then leave
  };

  /// The first byte of a message to the guardian, which reads them when it leaves.
  enum Word : std::uint8_t {
    kHere = 1,       ///< the process has begun
    kFinishing = 2,  ///< it has heard that it is to finish
    kTold = 3,       ///< with a line for the journal, which no worker writes any more
    kDone = 4,       ///< all is told: it leaves
  };

  /// All of them outlive it. `running`: where it says what runs.
  ScriptLoop(net::SeqpacketChannel guardian, const Grants& grants, scripts::RunningScripts& running,
             base::Logger& log);

  /// Until told to finish and all is told, or the guardian is gone: then everything is killed, for
  /// the next guardian's scripts must not run beside these.
  void run();

 private:
  void wait();
  void take_commands();
  void on_command(net::Packet& packet);
  void take_orders();
  void on_order(const ScriptOrder& order);
  void on_worker(net::UniqueFd channel);
  void on_worker_gone();
  void tell_guardian(Word word, std::string_view line = {});
  void tell_without_worker(const ScriptReport& report);
  void start(ScriptDesk::Run run);
  void on_script_end(std::size_t job, const scripts::ScriptResult& result) noexcept override;
  /// The processes that a good look has seen are watched until one of them ends: then there is a
  /// look at once, in place of the next one that the worker orders.
  void on_seen(std::size_t job, const std::vector<pid_t>& processes) noexcept override;
  void look_again(const std::vector<pollfd>& fds);
  [[nodiscard]] bool done() const;

  net::SeqpacketChannel guardian_;
  net::SeqpacketChannel worker_;
  const Grants& grants_;
  base::Logger& log_;
  ScriptDesk desk_;
  scripts::ScriptRunner runner_;
  std::map<std::size_t, std::vector<net::UniqueFd>> watched_;  ///< pidfds, by script
  std::optional<base::Instant> finish_by_;
  base::RepeatGuard refusals_;
};

}  // namespace hapair::guardian
