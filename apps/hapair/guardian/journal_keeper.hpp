// The process that writes the journal's file. A disk may stall for seconds or be full; neither the
// guardian nor the worker may wait for it, so this one does. The worker sends it lines over a
// channel that never blocks, and gets the last lines of the file over it when it starts.
#pragma once

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/helper_process.hpp"
#include "common/base/bytes.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

class JournalKeeper {
 public:
  /// The last lines that a worker gets, in bytes; they fit one packet.
  static constexpr std::size_t kTailBytes = 60 * 1024;

  JournalKeeper() = default;
  /// Forks it; without a path in the grant there is none. Before the guardian locks its memory.
  [[nodiscard]] static JournalKeeper start(const JournalGrant& grant, base::Logger& log);

  /// The end of a new channel to the keeper, for a worker; the one before counts no longer.
  [[nodiscard]] base::Result<net::UniqueFd> connect();

  /// An event's line with the number 0, which gets the number after the last one; where a worker
  /// writes no more.
  void append(base::Bytes line);

 private:
  HelperProcess process_;  ///< as it ends it writes what it has, for a moment
};

}  // namespace hapair::guardian
