// The process that runs the operator's scripts (docs/decisions/0013-script-host.md). The guardian
// forks it before it locks its memory and runs in real time, so that it never forks itself: a fork
// would copy its page tables, and a script's end would be one more thing to wait for. The worker
// orders runs over a channel of its own, by index into the grants.
#pragma once

#include <sys/types.h>

#include <functional>

#include "apps/hapair/guardian/grants.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/net/seqpacket.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

class ScriptHost {
 public:
  /// What notify scripts get in all when the node leaves.
  static constexpr base::Duration kFinishTime = std::chrono::seconds(15);
  /// The same when it begins anew at once.
  static constexpr base::Duration kRestartTime = std::chrono::seconds(1);

  ScriptHost() = default;
  /// Forks it; where no script is granted there is none. Before the guardian locks its memory.
  [[nodiscard]] static ScriptHost start(const Grants& grants, base::Logger& log);

  ScriptHost(ScriptHost&& other) noexcept;
  ScriptHost& operator=(ScriptHost&& other) noexcept;
  /// What still runs is killed.
  ~ScriptHost();

  /// The end of a new channel to it, for a worker; the one before counts no longer.
  [[nodiscard]] base::Result<net::UniqueFd> connect();

  /// Lets notify scripts end for at most so long; `beat` is called every few milliseconds.
  void finish(base::Duration time, const std::function<void()>& beat);

  /// How long finish(kFinishTime) may take; zero where there is nothing to wait for.
  [[nodiscard]] static base::Duration longest_finish(const Grants& grants);

 private:
  net::SeqpacketChannel channel_;
  pid_t process_ = -1;
};

}  // namespace hapair::guardian
