// The process that writes the log files of the config. A disk may stall for seconds or be full;
// neither the guardian nor the worker may wait for it, so this one does (decision 0011). The worker
// sends it packets of lines (logging/file_output.hpp) over a channel that never blocks, and hears
// over it of lines that the disk did not take.
#pragma once

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/helper_process.hpp"
#include "common/base/log.hpp"

namespace hapair::guardian {

class LogKeeper {
 public:
  LogKeeper() = default;
  /// Forks it; without a file in the grant there is none. Before the guardian locks its memory.
  [[nodiscard]] static LogKeeper start(const LogFilesGrant& grant, base::Logger& log);

  /// The end of a new channel to the keeper, for a worker; the one before counts no longer.
  [[nodiscard]] base::Result<net::UniqueFd> connect();
  /// The files have been renamed: new ones are to be begun.
  void reopen();

  /// One that another process has started, and the way to hand it on.
  [[nodiscard]] static LogKeeper take_on(HelperProcess::Handle handle);
  [[nodiscard]] HelperProcess::Handle hand_on() { return process_.hand_on(); }
  /// It ends when its worker has left it; nobody waits for that.
  void retire() { process_.retire(); }

 private:
  HelperProcess process_;
};

}  // namespace hapair::guardian
