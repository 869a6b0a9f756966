// The ICMP check: one echo request, and its reply in time. The socket comes from outside, since
// opening one takes a privilege; it may be replaced at any time, or be missing for a reason.
#pragma once

#include <cstdint>
#include <string>

#include "common/event/event_loop.hpp"
#include "common/net/unique_fd.hpp"
#include "libcheck/core/icmp_echo.hpp"
#include "libcheck/io/prober.hpp"

namespace hapair::check {

class EchoProber final : public Prober {
 public:
  /// `id`: of this prober's echoes; `timeout`: for each.
  EchoProber(event::EventLoop& loop, const base::IpAddress& target, base::Duration timeout,
             std::uint16_t id, ProbeHandler& handler);

  /// From here on through this socket. A check that runs goes on and times out.
  void use(net::UniqueFd socket);
  /// From here on every check fails: there is no way to the target.
  void fail_with(std::string reason);

  void start(base::Instant now) override;
  void cancel() override { end(); }

 private:
  [[nodiscard]] bool send();
  void receive(bool judge);
  void on_readable(event::FdEvents events) noexcept;
  void on_timeout() noexcept;
  void on_start_failure() noexcept;
  void finish(CheckCode code, std::string info);
  void finish_with_errno(int code);
  void end();

  event::EventLoop& loop_;
  const base::Duration time_limit_;
  ProbeHandler& handler_;
  IcmpEcho echo_;
  net::UniqueFd socket_;
  std::string no_way_;  ///< why there is no socket
  event::FdWatch watch_;
  event::Timer timeout_;
  event::Deferred start_failure_;
  int start_errno_ = 0;
  bool running_ = false;
  base::Instant began_{};
};

}  // namespace hapair::check
