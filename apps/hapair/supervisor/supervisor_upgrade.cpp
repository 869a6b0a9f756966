// The supervisor in a change of the process: it starts a successor and leaves once that one serves,
// or is one itself. docs/decisions/0036-upgrade.md has the steps.
#include <signal.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <utility>
#include <variant>

#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/supervisor/supervisor.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::supervisor {

// The one that is to be replaced.

void Supervisor::begin_upgrade() {
  const bool serves = service_was_ready_ && guardian_ready_ && guardian_channel_ && !inherits();
  if (successor_ || !serves || leave_deadline_) {
    log_.warning("upgrade-failed", "supervisor",
                 successor_ ? "an upgrade is under way already"
                            : "this hapair is not serving at the moment: try again later");
    return;
  }
  auto started = Successor::start(invocation_, ledger_, event::now());
  if (!started) {
    log_.error("upgrade-failed", "supervisor", started.error().message);
    return;
  }
  successor_ = std::move(started->successor);
  log_.info("upgrade-begun", "supervisor",
            base::concat(invocation_.program, " is started as process ", successor_->pid(),
                         " to take over"));
  const auto told = guardian_channel_.send(guardian::encode_command(guardian::HandOver{}),
                                           {started->for_guardian.fd(), successor_->page_fd()});
  if (!told) end_upgrade(told.error().message);
}

void Supervisor::on_upgrade_report(const guardian::Report& report) {
  if (std::holds_alternative<guardian::UpgradeWanted>(report)) return begin_upgrade();
  if (const auto* kept = std::get_if<guardian::KeptDuty>(&report)) {
    if (successor_) end_upgrade(kept->reason);
  }
}

void Supervisor::look_at_upgrade(base::Instant now) {
  if (!successor_) return;
  if (successor_->has_taken()) return on_handed_over();
  if (!successor_->hastened() && successor_->ended()) successor_->hasten(now);
  if (now < successor_->limit()) return;
  end_upgrade(successor_->hastened()
                  ? "the new program ended before it had taken over; what it said stands above"
                  : "the new program did not take over in time");
}

void Supervisor::end_upgrade(std::string_view why) {
  if (!successor_->withdraw()) return on_handed_over();
  // Its guardian and worker end when it has: they have nothing yet.
  successor_->kill();
  std::string how(why);
  if (successor_->wait(std::chrono::seconds(1))) {
    const Ending ending = successor_->reap();
    if (!ending.by_signal) how += base::concat(" (", ending.to_string(), ")");
  }
  successor_.reset();
  log_.error("upgrade-failed", "supervisor", base::concat("this hapair goes on as it was: ", how));
}

void Supervisor::on_handed_over() {
  if (std::exchange(handed_over_, true)) return;
  const pid_t heir = successor_->pid();
  log_.info("upgraded", "supervisor",
            base::concat("process ", heir, " has taken over; this one finishes its connections"));
  ::sd_notify(0, base::concat("MAINPID=", heir, "\nSTATUS=Serving").c_str());
  guardian_due_.reset();
  worker_due_.reset();
  if (!leave_deadline_) {
    leave_deadline_ = event::now() + drain_timeout_ + script_time_ + kLeaveMargin;
  }
  // The heir's parent is whoever adopts it; this process has only to go.
  successor_.reset();
  if (!guardian_.running()) finish(0);
}

bool Supervisor::has_duty() {
  if (inherits() || handed_over_) return false;
  if (!successor_) return true;
  end_upgrade("this hapair had to give its addresses up");
  return !handed_over_;
}

// The one that is to take over.

void Supervisor::inherit(Inheritance inheritance) {
  inheritance_ = std::move(inheritance);
  auto page = guardian::DutyPage::share(net::UniqueFd(::dup(inheritance_->page.fd())));
  if (!page) return give_up(page.error().message);
  taker_.emplace(std::move(inheritance_->guardian), std::move(*page));
}

guardian::HandoverTaker* Supervisor::predecessor() { return inherits() ? &*taker_ : nullptr; }

void Supervisor::on_parent() {
  net::Packet packet;
  const auto received = inheritance_->parent.receive(packet);
  if (received && *received != net::SeqpacketChannel::Received::kClosed) return;
  // Nobody is left who would withdraw the offer, or it has been.
  if (inheritance_->page.withdraw()) return give_up("the hapair before has ended");
  inheritance_->parent.close();
}

void Supervisor::give_up(std::string_view why) {
  if (!inheritance_->page.withdraw()) return;  // the duty is ours after all
  log_.error("take-over-failed", "supervisor",
             base::concat(why, ": the hapair before goes on as it was"));
  guardian_.kill();
  worker_.kill();
  finish(guardian::kExitFailed);
}

}  // namespace hapair::supervisor
