// Any check by datagram: asks over UDP, again when nothing comes for a while, so that one lost
// packet is no failure, and takes the first answer that decides. What the network says of a port
// that nobody listens on (ICMP) is an answer, too.
#pragma once

#include <functional>
#include <memory>

#include "common/event/event_loop.hpp"
#include "common/net/unique_fd.hpp"
#include "libcheck/core/inquiry.hpp"
#include "libcheck/io/prober.hpp"

namespace hapair::check {

class DatagramProber final : public Prober {
 public:
  /// How often the question goes out within the time of one check, at most.
  static constexpr int kSends = 3;

  /// Makes the inquiry of one check.
  using MakeInquiry = std::function<std::unique_ptr<Inquiry>()>;

  /// All that is passed by reference outlives it.
  DatagramProber(const ProbeParts& parts, const CheckSpec& spec, MakeInquiry make,
                 ProbeHandler& handler);

  void start(base::Instant now) override;
  void cancel() override { end(); }

 private:
  [[nodiscard]] bool open();
  [[nodiscard]] bool send();
  void receive();
  void on_readable(event::FdEvents events) noexcept;
  void on_again() noexcept;
  void on_timeout() noexcept;
  void on_start_failure() noexcept;
  void finish(Finding finding);
  void finish_with_errno(int code);
  void end();

  event::EventLoop& loop_;
  const CheckSpec& spec_;
  const ProbeSource source_;
  const MakeInquiry make_;
  ProbeHandler& handler_;
  net::UniqueFd socket_;  ///< a new one for each check: another port, which strangers can't know
  event::FdWatch watch_;
  event::Timer timeout_;
  event::Timer again_;
  event::Deferred start_failure_;
  int start_errno_ = 0;
  bool running_ = false;
  base::Instant began_{};
  std::unique_ptr<Inquiry> inquiry_;
};

}  // namespace hapair::check
