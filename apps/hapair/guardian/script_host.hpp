// The guardian's handle of the process that runs the operator's scripts
// (docs/decisions/0013-script-host.md). The supervisor starts that process, and starts it again
// when it is killed, so that the guardian never forks while it sends adverts. The guardian says
// what may be run, and keeps one end of a channel whose other end each such process gets in turn:
// what nobody has read yet the next one reads. The worker orders runs over a channel of its own, by
// index into the grants.
#pragma once

#include <functional>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "common/base/bytes.hpp"
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
  /// Where no script is granted there is none. The log outlives it.
  [[nodiscard]] static ScriptHost prepare(const Grants& grants, base::Logger& log);

  /// What run_script_host() gets, for the supervisor: an end of the channel, and what may be run.
  /// Empty where there is none, or once they have been taken.
  [[nodiscard]] std::vector<net::UniqueFd> take_parts() { return std::exchange(parts_, {}); }

  /// The end of a new channel to it, for a worker; the one before counts no longer.
  [[nodiscard]] base::Result<net::UniqueFd> connect();

  /// What finish() does meanwhile.
  struct Meanwhile {
    std::function<void()> beat;              ///< called every few milliseconds
    std::function<void(base::Bytes)> write;  ///< a line for the journal's file, without its number
  };
  /// Lets notify scripts end for at most so long, over a restart of the process too.
  void finish(base::Duration time, const Meanwhile& meanwhile);

  /// How long finish(kFinishTime) may take; zero where there is nothing to wait for.
  [[nodiscard]] static base::Duration longest_finish(const Grants& grants);

 private:
  /// How far finish() has come.
  struct Finish {
    base::Instant until{};
    bool taken = false;  ///< the process has heard of it
    bool done = false;
  };
  void take_words(Finish& finish, const Meanwhile& meanwhile);
  void on_word(base::Bytes word, Finish& finish, const Meanwhile& meanwhile);
  void order_finish(const Finish& finish);

  net::SeqpacketChannel channel_;
  std::vector<net::UniqueFd> parts_;
  base::Logger* log_ = nullptr;
};

}  // namespace hapair::guardian
