// The worker's end of the channel to the process that runs scripts. Scripts are named by their
// index in the model's list, which is that of the grants.
//
//   on_scripts_ready()                   // from here on orders are taken
//   client.give(RunScript{3});           // one run; while it still runs that is no order at all
//   on_script_ended(3, result)           // comes exactly once for each run that began
//
// For periodic use: give it when the time has come and the last run has ended. The script's own
// time limit ends it; a result then says timed_out. When the process is gone on_scripts_gone()
// comes once, and this client is of no use any more.
#pragma once

#include <cstddef>
#include <string_view>

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
  virtual void on_alert_ended(const AlertEnded& ended) noexcept = 0;
  virtual void on_script_unfit(std::size_t script, std::string_view reason) noexcept = 0;
  virtual void on_scripts_ready() noexcept = 0;
  virtual void on_scripts_gone() noexcept = 0;

 protected:
  ~ScriptEvents() = default;
};

class ScriptClient final {
 public:
  /// `channel`: see GuardianClient::open_scripts(). The loop and `events` outlive it.
  ScriptClient(event::EventLoop& loop, net::UniqueFd channel, ScriptEvents& events);

  [[nodiscard]] base::Result<void> start() { return watch_.start_reading(channel_.fd()); }

  /// False when it can't be given: then no end of it comes.
  bool give(const ScriptOrder& order);

 private:
  void on_readable(event::FdEvents events) noexcept;

  net::SeqpacketChannel channel_;
  ScriptEvents& events_;
  event::FdWatch watch_;
};

}  // namespace hapair::guardian
