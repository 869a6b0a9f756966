#include "apps/hapair/worker/remote_prober.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

namespace hapair::worker {
namespace {

// A neighbour answers within a millisecond, or after long.
constexpr base::Duration kFirstPause = std::chrono::milliseconds(2);
constexpr base::Duration kLongestPause = std::chrono::milliseconds(100);

}  // namespace

RemoteProber::RemoteProber(event::EventLoop& loop, guardian::TargetPort& port, std::size_t target,
                           base::Duration timeout, RemoteCodes codes, check::ProbeHandler& handler)
    : loop_(loop),
      port_(port),
      target_(target),
      time_limit_(timeout),
      codes_(codes),
      handler_(handler),
      again_(loop, event::Priority::kCheck, event::Callback<>::to<&RemoteProber::on_again>(this)),
      timeout_(loop, event::Priority::kCheck,
               event::Callback<>::to<&RemoteProber::on_timeout>(this)) {}

void RemoteProber::start(base::Instant now) {
  assert(!running_);
  running_ = true;
  began_ = now;
  pause_ = kFirstPause;
  if (++run_ == 0) ++run_;  // 0 is no run's number
  timeout_.arm_at(now + time_limit_);
  port_.check_target(target_, run_, false);
}

void RemoteProber::on_found(const guardian::TargetFound& found) {
  if (!running_ || found.run != run_) return;
  switch (found.outcome) {
    case guardian::TargetOutcome::kGood:
      return finish(codes_.good, found.detail);
    case guardian::TargetOutcome::kBad:
      return finish(codes_.bad, found.detail);
    case guardian::TargetOutcome::kUnknown:
      return finish(check::CheckCode::kSocketError, found.detail);
    case guardian::TargetOutcome::kPending:
      again_.arm_after(pause_);
      pause_ = std::min(2 * pause_, kLongestPause);
      return;
  }
}

void RemoteProber::on_again() noexcept { port_.check_target(target_, run_, true); }

void RemoteProber::on_timeout() noexcept { finish(codes_.timeout, "no answer in time"); }

void RemoteProber::finish(check::CheckCode code, std::string info) {
  end();
  info.resize(std::min(info.size(), check::CheckResult::kMaxInfo));
  handler_.on_probe_result(
      {.code = code, .status = 0, .duration = loop_.now() - began_, .info = std::move(info)});
}

void RemoteProber::end() {
  if (!running_) return;
  running_ = false;
  again_.cancel();
  timeout_.cancel();
}

}  // namespace hapair::worker
