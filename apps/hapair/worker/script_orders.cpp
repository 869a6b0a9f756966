#include "apps/hapair/worker/script_orders.hpp"

#include <algorithm>

namespace hapair::worker {

using guardian::ScriptOrder;
using guardian::Tell;
using guardian::TellState;

ScriptOrders::ScriptOrders(const config::Model& model)
    : model_(model), subjects_(model.notifies.size()) {}

std::vector<ScriptOrder> ScriptOrders::run(std::size_t script) {
  running_.insert(script);
  if (!ready_) return {};
  return {guardian::RunScript{static_cast<std::uint16_t>(script)}};
}

std::vector<ScriptOrder> ScriptOrders::tell(std::size_t subject, vrrp::NotifyState state,
                                            std::uint8_t priority) {
  const Order order{.tell = {.subject = static_cast<std::uint16_t>(subject),
                             .state = state,
                             .priority = priority}};
  std::vector<ScriptOrder> now;
  if (ready_) {
    give(subjects_[subject], order, now);
  } else {
    hold(subjects_[subject], order);
  }
  return now;
}

std::vector<ScriptOrder> ScriptOrders::on_ready() {
  ready_ = true;
  std::vector<ScriptOrder> now;
  for (Subject& subject : subjects_) {
    if (subject.last) {
      subject.last->scripts = Tell::kNothing;
      now.emplace_back(*subject.last);
    }
    for (const Order& order : subject.held) give(subject, order, now);
    subject.held.clear();
  }
  for (const std::size_t script : running_) {
    now.emplace_back(guardian::RunScript{static_cast<std::uint16_t>(script)});
  }
  return now;
}

// Those before it were left out by the process, since too many waited there.
void ScriptOrders::on_ended(const guardian::NotifyEnded& ended) {
  if (ended.subject >= subjects_.size()) return;
  std::deque<Run>& given = subjects_[ended.subject].given;
  const auto found = std::ranges::find_if(given, [&](const Run& run) {
    return run.notice.state == ended.state && run.notice.script == ended.script;
  });
  if (found != given.end()) given.erase(given.begin(), found + 1);
}

std::vector<ScriptOrders::Lost> ScriptOrders::on_gone() {
  ready_ = false;
  std::vector<Lost> all;
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    Subject& subject = subjects_[i];
    if (subject.given.empty()) continue;
    Lost lost{.subject = i};
    for (const Run& run : subject.given) lost.runs.push_back(run.notice);
    TellState tell = *subject.last;
    const auto of_last = [&](const Run& run) { return run.notice.state == tell.state; };
    lost.again = std::ranges::none_of(subject.given,
                                      [&](const Run& run) { return of_last(run) && run.again; });
    if (lost.again) {
      const bool own = std::ranges::any_of(subject.given,
                                           [&](const Run& run) { return of_last(run) && run.own; });
      tell.scripts = own ? Tell::kAll : Tell::kAnyOnly;
      subject.held.push_front({.tell = tell, .again = true});
    }
    subject.given.clear();
    all.push_back(std::move(lost));
  }
  return all;
}

std::size_t ScriptOrders::unended(std::size_t subject) const {
  std::size_t count = subjects_[subject].given.size();
  for (const Order& order : subjects_[subject].held) count += runs_of(order).size();
  return count;
}

std::vector<ScriptOrders::Run> ScriptOrders::runs_of(const Order& order) const {
  const TellState& tell = order.tell;
  const config::Notify& notify = model_.notifies[tell.subject];
  std::vector<Run> runs;
  const auto add = [&](std::size_t script, bool own) {
    runs.push_back({.notice = {.state = tell.state, .priority = tell.priority, .script = script},
                    .own = own,
                    .again = order.again});
  };
  const auto& own = notify.by_state[static_cast<std::size_t>(tell.state)];
  if (own && tell.scripts == Tell::kAll) add(*own, true);
  if (notify.any && tell.scripts != Tell::kNothing) add(*notify.any, false);
  return runs;
}

void ScriptOrders::give(Subject& subject, const Order& order, std::vector<ScriptOrder>& into) {
  std::ranges::copy(runs_of(order), std::back_inserter(subject.given));
  subject.last = order.tell;
  into.emplace_back(order.tell);
}

void ScriptOrders::hold(Subject& subject, const Order& order) {
  if (subject.held.size() == kMaxHeld) {
    subject.left_out += runs_of(subject.held.front()).size();
    subject.held.pop_front();
  }
  subject.held.push_back(order);
}

}  // namespace hapair::worker
