// A check that the guardian makes, since it takes what the worker hasn't got: sight of the kernel's
// neighbours. Asks, asks again while the answer is pending, and gives up when the time is up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "apps/hapair/guardian/protocol.hpp"
#include "apps/hapair/guardian/target_port.hpp"
#include "common/event/event_loop.hpp"
#include "libcheck/io/prober.hpp"

namespace hapair::worker {

/// What the outcomes are called.
struct RemoteCodes {
  check::CheckCode good = check::CheckCode::kStateGood;
  check::CheckCode bad = check::CheckCode::kStateBad;
  check::CheckCode timeout = check::CheckCode::kStateBad;
};

class RemoteProber final : public check::Prober {
 public:
  RemoteProber(event::EventLoop& loop, guardian::TargetPort& port, std::size_t target,
               base::Duration timeout, RemoteCodes codes, check::ProbeHandler& handler);

  void start(base::Instant now) override;
  void cancel() override { end(); }

  /// The guardian's answer; one to an earlier check is of no use.
  void on_found(const guardian::TargetFound& found);

 private:
  void on_again() noexcept;
  void on_timeout() noexcept;
  void finish(check::CheckCode code, std::string info);
  void end();

  event::EventLoop& loop_;
  guardian::TargetPort& port_;
  const std::size_t target_;
  const base::Duration time_limit_;
  const RemoteCodes codes_;
  check::ProbeHandler& handler_;
  event::Timer again_;
  event::Timer timeout_;
  base::Duration pause_{};  ///< before it is asked again
  std::uint16_t run_ = 0;
  bool running_ = false;
  base::Instant began_{};
};

}  // namespace hapair::worker
