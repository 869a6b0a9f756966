// The worker's end of the channel to the process that runs scripts. Scripts are named by their
// index in the model's list, which is that of the grants.
//
//   client.run(3);        // one run of the script 3; while it still runs that is no order at all
//   on_script_ended(3, result)   // comes exactly once for each run that began
//
// For periodic use: run() when the time has come and the last run has ended. The script's own time
// limit ends it; a result then says timed_out. When the process is gone no script runs any more:
// on_scripts_gone() comes once, and every run() after it is without effect.
#pragma once

#include <cstddef>
#include <cstdint>

#include "apps/hapair/guardian/script_protocol.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/seqpacket.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

class ScriptEvents {
 public:
  virtual void on_script_ended(std::size_t script,
                               const scripts::ScriptResult& result) noexcept = 0;
  virtual void on_notify_ended(const NotifyEnded& ended) noexcept = 0;
  virtual void on_scripts_gone() noexcept = 0;

 protected:
  ~ScriptEvents() = default;
};

class ScriptClient final {
 public:
  /// `channel`: see GuardianClient::open_scripts(). The loop and `events` outlive it.
  ScriptClient(event::EventLoop& loop, net::UniqueFd channel, ScriptEvents& events);

  [[nodiscard]] base::Result<void> start() { return watch_.start_reading(channel_.fd()); }

  /// False when the order can't be given: then no end of it comes.
  bool run(std::size_t script);
  /// The notify scripts of this subject (an index into the grants' notifies) hear of its state.
  bool tell(std::size_t subject, vrrp::NotifyState state, std::uint8_t priority);

 private:
  void on_readable(event::FdEvents events) noexcept;

  net::SeqpacketChannel channel_;
  ScriptEvents& events_;
  event::FdWatch watch_;
};

}  // namespace hapair::guardian
