// The guardian in a change of the process: it gives its duty to the guardian of another hapair, or
// takes it from one. docs/decisions/0036-upgrade.md has the steps.
#include <algorithm>
#include <utility>
#include <variant>

#include "apps/hapair/guardian/guardian.hpp"
#include "apps/hapair/guardian/handover_names.hpp"
#include "apps/hapair/guardian/process_setup.hpp"
#include "common/event/clock.hpp"

namespace hapair::guardian {
namespace {

/// What nobody may do who does not have the duty: give an address up, or resign.
bool ends_something(const Action& action) {
  const auto* advert = std::get_if<SendAdvert>(&action);
  return std::holds_alternative<SilenceAddresses>(action) ||
         std::holds_alternative<RemoveAddresses>(action) ||
         std::holds_alternative<StopAdverts>(action) ||
         (advert != nullptr && advert->priority == 0);
}

}  // namespace

bool Guardian::inherits() const {
  return start_.predecessor != nullptr && !start_.predecessor->taken();
}

bool Guardian::has_duty() const { return !handed_over_ && !inherits(); }

int Guardian::handover_fd() const {
  if (giver_) return giver_->fd();
  return inherits() ? start_.predecessor->fd() : -1;
}

// Giving.

void Guardian::begin_handover(net::Packet& packet) {
  const auto refuse_it = [this](std::string reason) { report(KeptDuty{std::move(reason)}); };
  if (packet.fds.size() != 2) return refuse_it("the offer is malformed");
  if (giver_ || !has_duty() || !worker_ready_ || !core_.takes_orders()) {
    return refuse_it("this hapair is not serving at the moment");
  }
  if (reload_.phase != ReloadState::Phase::kIdle) {
    return refuse_it("a reload is under way: try again when it has ended");
  }
  auto page = DutyPage::share(std::move(packet.fds[1]));
  if (!page) return refuse_it(page.error().message);
  HandoverGiver::Host& host = *this;
  giver_.emplace(host, grants(), net::SeqpacketChannel(std::move(packet.fds[0])), std::move(*page));
}

void Guardian::ask_worker(const GiveAway& what, const std::vector<int>& fds) { reply(what, fds); }

std::vector<handover::Duty> Guardian::duties() const {
  std::vector<handover::Duty> all;
  for (std::size_t i = 0; i < grants().groups.size(); ++i) {
    const GuardianCore::Orders orders = core_.orders_of(i);
    handover::Duty& duty = all.emplace_back(duty_of(grants().groups[i], grants()));
    duty.advertising = orders.advertising;
    duty.held = orders.held;
    duty.priority = orders.priority;
    duty.interval = orders.interval;
  }
  return all;
}

bool Guardian::keep_duty(const Actions& actions) {
  return std::ranges::none_of(actions, ends_something) ||
         giver_->keep("this hapair had to give an address up");
}

void Guardian::look_at_handover(base::Instant now) {
  if (!giver_) return;
  switch (giver_->outcome(now)) {
    case HandoverGiver::Outcome::kPending:
      return;
    case HandoverGiver::Outcome::kGiven:
      return on_given_away();
    case HandoverGiver::Outcome::kKept:
      break;
  }
  const HandoverGiver over = *std::exchange(giver_, std::nullopt);
  if (over.still()) reply(GiveAway{.what = GiveAway::What::kNothing});
  report(KeptDuty{over.reason()});
}

void Guardian::on_given_away() {
  giver_.reset();
  handed_over_ = true;
  start_.log.info("handed-over", "guardian", "another hapair has taken over from this one");
  report(HandedOver{});
  reply(GiveAway{.what = GiveAway::What::kAll, .drain = grants().drain_timeout});
  perform(core_.on_handed_over(grants().drain_timeout, event::now()));
}

// Taking.

net::UniqueFd Guardian::inherited(const SocketTag& tag) {
  if (!inherits()) return {};
  return start_.predecessor->socket(socket_name(tag, grants()));
}

bool Guardian::on_handover_request(const Request& request, const std::vector<net::UniqueFd>& fds) {
  if (std::holds_alternative<WantUpgrade>(request)) {
    report(UpgradeWanted{});
  } else if (const auto* sockets = std::get_if<SocketsHere>(&request)) {
    if (giver_) giver_->on_sockets(*sockets, fds);
  } else if (const auto* state = std::get_if<StateHere>(&request)) {
    if (giver_) giver_->on_state(*state);
  } else if (std::holds_alternative<Prepared>(request)) {
    if (!inherits()) return true;
    tell_standing();
    if (const auto asked = start_.predecessor->ask_state(); !asked) give_up(asked.error());
  } else if (std::holds_alternative<Adopted>(request)) {
    if (inherits()) take_over();
  } else {
    return false;
  }
  return true;
}

void Guardian::read_predecessor() {
  auto state = start_.predecessor->read_state();
  if (!state) return give_up(state.error());
  if (!*state) return;
  for (const handover::Duty& duty : (*state)->duties) {
    if (!duty.advertising && !duty.held) continue;
    const auto group = group_for(duty, grants());
    if (!group) return give_up(group.error());
    taken_.emplace_back(static_cast<std::uint16_t>(*group), duty);
  }
  reply(TakeOver{}, {(*state)->memory.get()});
}

void Guardian::give_up(const base::Error& error) {
  start_.predecessor->refuse(error.message);
  start_.log.error("take-over-failed", "guardian", error.message);
  exit_code_ = kExitFailed;
  finished_ = true;
}

void Guardian::take_over() {
  const base::Instant now = event::now();
  if (!start_.predecessor->take()) {
    return give_up({"the hapair that was to hand over goes on itself", 0});
  }
  if (const auto done = parts_->actuator.take_over(); !done) {
    start_.log.error("take-over-incomplete", "guardian", done.error().message);
  }
  const auto order = [&](const Request& request) {
    const auto actions = core_.on_order(request, now);
    if (!actions) {
      start_.log.error("take-over-incomplete", "guardian", actions.error().message);
      return;
    }
    // Its addresses never left the host: that is no take-over of theirs.
    if (const auto* hold = std::get_if<Hold>(&request)) core_.forget_ordered(hold->group);
    perform(*actions);
  };
  order(WorkerReady{});
  // Adverts first: nobody is to wait for one.
  for (const auto& [group, duty] : taken_) {
    if (duty.advertising) order(Advertise{group, duty.priority, duty.interval});
  }
  for (const auto& [group, duty] : taken_) {
    if (duty.held) order(Hold{group});
  }
  taken_.clear();
  worker_ready_ = true;
  reply(Serve{});
  report(ServiceReady{});
  start_.log.info("took-over", "guardian", "took over from the hapair that ran before");
}

}  // namespace hapair::guardian
