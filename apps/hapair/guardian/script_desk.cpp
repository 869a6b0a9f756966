#include "apps/hapair/guardian/script_desk.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/base/text.hpp"

namespace hapair::guardian {

ScriptDesk::ScriptDesk(const Grants& grants) : grants_(grants) {
  for (const NotifyGrant& grant : grants.notifies) {
    subjects_.push_back({.grant = &grant, .queue = {}, .told = {}});
  }
}

// Runs are numbered: first the scripts by themselves, then the subjects, then the alerts as they
// come.
base::Result<std::optional<ScriptDesk::Run>> ScriptDesk::on_order(const ScriptOrder& order) {
  if (const auto* run = std::get_if<RunScript>(&order)) {
    if (run->script >= grants_.scripts.size()) {
      return base::fail(base::concat("run-script: there is no script ", run->script));
    }
    return Run{.number = run->script, .script = run->script};
  }
  if (const auto* alert = std::get_if<TellAlert>(&order)) return tell(*alert);
  const auto& it = std::get<TellState>(order);
  if (it.subject >= subjects_.size()) {
    return base::fail(base::concat("tell-state: there is no subject ", it.subject));
  }
  return tell(it.subject, it.state, it.priority, it.scripts);
}

std::optional<ScriptDesk::Run> ScriptDesk::tell(std::size_t index, vrrp::NotifyState state,
                                                std::uint8_t priority, Tell scripts) {
  Subject& subject = subjects_[index];
  subject.told = state;
  if (scripts == Tell::kNothing) return std::nullopt;
  std::vector<vrrp::Notice> notices;
  const bool all = scripts == Tell::kAll;
  for (const auto& script : {all ? subject.grant->of(state) : std::nullopt, subject.grant->any}) {
    if (script) notices.push_back({.state = state, .priority = priority, .script = *script});
  }
  return run_of(index, subject.queue.push(notices));
}

std::optional<ScriptDesk::Run> ScriptDesk::run_of(std::size_t index,
                                                  const std::optional<vrrp::Notice>& notice) const {
  if (!notice) return std::nullopt;
  const NotifyGrant& grant = *subjects_[index].grant;
  return Run{.number = grants_.scripts.size() + index,
             .script = notice->script,
             .arguments = vrrp::notify_arguments(grant.subject, grant.name, *notice),
             .lane = scripts::ScriptRunner::Lane::kNotify};
}

base::Result<std::optional<ScriptDesk::Run>> ScriptDesk::tell(const TellAlert& alert) {
  if (alert.script >= grants_.scripts.size() || !grants_.scripts[alert.script].hears) {
    return base::fail(base::concat("tell-alert: script ", alert.script, " hears of none"));
  }
  if (alerts_.size() >= kMaxAlerts) return base::fail("tell-alert: too many at once");
  const std::size_t number = grants_.scripts.size() + subjects_.size() + next_alert_++;
  alerts_.emplace(number, AlertEnded{.script = alert.script, .number = alert.number, .result = {}});
  return Run{.number = number,
             .script = alert.script,
             .arguments = {alert.words.begin(), alert.words.end()},
             .lane = scripts::ScriptRunner::Lane::kAlert};
}

ScriptDesk::End ScriptDesk::on_end(std::size_t number, const scripts::ScriptResult& result) {
  if (number < grants_.scripts.size()) {
    return {.report = ScriptEnded{static_cast<std::uint16_t>(number), result}, .next = {}};
  }
  if (const auto alert = alerts_.find(number); alert != alerts_.end()) {
    AlertEnded ended = alert->second;
    ended.result = result;
    alerts_.erase(alert);
    return {.report = std::move(ended), .next = {}};
  }
  const std::size_t index = number - grants_.scripts.size();
  vrrp::NotifyQueue& queue = subjects_[index].queue;
  const vrrp::Notice ended = queue.running().value_or(vrrp::Notice{});
  const auto next = queue.on_end();
  return {
      .report = NotifyEnded{.subject = static_cast<std::uint16_t>(index),
                            .state = ended.state,
                            .priority = ended.priority,
                            .script = static_cast<std::uint16_t>(ended.script),
                            .waiting = static_cast<std::uint32_t>(queue.waiting() + (next ? 1 : 0)),
                            .skipped = queue.skipped(),
                            .result = result},
      .next = run_of(index, next)};
}

std::vector<ScriptDesk::Run> ScriptDesk::on_worker_gone() {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    if (subjects_[i].told != vrrp::NotifyState::kMaster) continue;
    if (auto run = tell(i, vrrp::NotifyState::kFault, 0)) runs.push_back(std::move(*run));
  }
  return runs;
}

std::string ScriptDesk::name_of(const ScriptReport& report) const {
  if (const auto* ended = std::get_if<ScriptEnded>(&report)) {
    return grants_.scripts[ended->script].argv.front();
  }
  if (const auto* alert = std::get_if<AlertEnded>(&report)) {
    return grants_.scripts[alert->script].argv.front();
  }
  const auto& notify = std::get<NotifyEnded>(report);
  return base::concat(grants_.scripts[notify.script].argv.front(), " for ",
                      grants_.notifies[notify.subject].name, " ", to_string(notify.state));
}

bool ScriptDesk::told_all() const {
  return alerts_.empty() && std::ranges::none_of(subjects_, [](const Subject& it) {
           return it.queue.running() || it.queue.waiting() > 0;
         });
}

}  // namespace hapair::guardian
