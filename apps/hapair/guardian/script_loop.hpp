// The loop of the process that runs scripts: the guardian's and the worker's channels, the runs,
// and the time that each may take.
#pragma once

#include <optional>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/script_desk.hpp"
#include "apps/hapair/scripts/script_runner.hpp"
#include "common/base/log.hpp"
#include "common/base/repeat_guard.hpp"
#include "common/net/seqpacket.hpp"

namespace hapair::guardian {

class ScriptLoop final : private scripts::ScriptListener {
 public:
  /// The first byte of a message from the guardian.
  enum Command : std::uint8_t {
    kServeWorker = 1,  ///< with one descriptor: the end of a new channel to the worker
    kFinish = 2,       ///< with the milliseconds, in four bytes: notify scripts may still run so
                       ///< long; then leave
  };

  /// The grants and the log outlive it.
  ScriptLoop(net::SeqpacketChannel guardian, const Grants& grants, base::Logger& log);

  /// Until told to finish and all is told, or the guardian is gone: then everything is killed, for
  /// the next guardian's scripts must not run beside these.
  void run();

 private:
  void wait();
  void take_commands();
  void on_command(net::Packet& packet);
  void take_orders();
  void on_order(const ScriptOrder& order);
  void on_worker_gone();
  void start(ScriptDesk::Run run);
  void on_script_end(std::size_t job, const scripts::ScriptResult& result) noexcept override;
  [[nodiscard]] bool done() const;

  net::SeqpacketChannel guardian_;
  net::SeqpacketChannel worker_;
  const Grants& grants_;
  base::Logger& log_;
  ScriptDesk desk_;
  scripts::ScriptRunner runner_;
  std::optional<base::Instant> finish_by_;
  base::RepeatGuard refusals_;
};

}  // namespace hapair::guardian
