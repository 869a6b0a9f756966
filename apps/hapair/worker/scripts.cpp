#include "apps/hapair/worker/scripts.hpp"

#include <chrono>
#include <utility>

#include "apps/hapair/worker/journal_note.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::worker {

Scripts::Scripts(event::EventLoop& loop, const config::Model& model, const base::Logger& log,
                 base::Journal& journal)
    : loop_(loop),
      model_(model),
      log_(log),
      journal_(journal),
      states_(model),
      histories_(model.notifies.size()),
      subjects_(model.notifies.size()) {}

base::Result<void> Scripts::set_up(guardian::GuardianClient& guardian) {
  if (model_.scripts.empty()) return {};
  auto channel = guardian.open_scripts();
  if (!channel) return std::unexpected(channel.error());
  guardian::ScriptEvents& events = *this;
  client_ = std::make_unique<guardian::ScriptClient>(loop_, std::move(*channel), events);
  return client_->start();
}

void Scripts::on_role(std::size_t vip, vrrp::State role, std::uint8_t priority) {
  if (model_.notifies.empty()) return;
  for (const NotifyStates::Told& told : states_.on_role(vip, role, priority)) {
    tell(told, model_.vips[vip].name);
  }
}

void Scripts::tell(const NotifyStates::Told& told, std::string_view because_of) {
  const config::Notify& notify = model_.notifies[told.subject];
  NotifyHistory& history = histories_[told.subject];
  const auto state = static_cast<std::size_t>(told.state);
  history.told = told.state;
  history.running += (notify.by_state[state] ? 1U : 0U) + (notify.any ? 1U : 0U);
  subjects_[told.subject].causes[state] = journal_.last("vrrp-transition", because_of);
  if (gone_ || client_->tell(told.subject, told.state, told.priority)) return;
  log_.warning("notify-untold", notify.name,
               base::concat("the process that runs scripts does not take the news of ",
                            to_string(told.state)));
}

void Scripts::on_notify_ended(const guardian::NotifyEnded& ended) noexcept {
  if (ended.subject >= histories_.size() || ended.script >= model_.scripts.size()) return;
  NotifyHistory& history = histories_[ended.subject];
  ++history.runs;
  if (!ended.result.good()) ++history.failures;
  history.skipped = ended.skipped;
  history.running = ended.waiting;
  history.last = {.state = ended.state,
                  .script = ended.script,
                  .result = ended.result,
                  .ended = event::wall_now()};
  note(ended);
}

void Scripts::note(const guardian::NotifyEnded& ended) {
  const scripts::ScriptResult& result = ended.result;
  const std::string& name = model_.notifies[ended.subject].name;
  const std::string& script = model_.scripts[ended.script].argv.front();
  const std::string_view id = result.good() ? "notify-ran" : "notify-failed";
  base::JournalEvent event{.id = std::string(id),
                           .subject = name,
                           .from = {},
                           .to = std::string(to_string(ended.state)),
                           .cause = base::concat(script, ": ", result.how()),
                           .at = loop_.now(),
                           .wall = event::wall_now()};
  event.caused_by = subjects_[ended.subject].causes[static_cast<std::size_t>(ended.state)];
  event.figures = {
      {"took", base::format_duration(std::chrono::round<std::chrono::microseconds>(result.took))},
      {"priority", base::concat(ended.priority)},
      {"waiting", base::concat(ended.waiting)},
      {"skipped", base::concat(ended.skipped)}};
  const bool said = !result.line.empty() && result.ended_by != scripts::EndedBy::kNotStarted;
  if (said) event.figures.emplace_back("output", result.line);
  log_.log(result.good() ? base::LogLevel::kInfo : base::LogLevel::kWarning, id, name,
           base::concat(to_string(ended.state), ": ", event.cause, said ? ": " : "",
                        said ? result.line : ""));
  journal_.add(std::move(event));
}

void Scripts::on_script_ended(std::size_t script, const scripts::ScriptResult& result) noexcept {
  if (listener_ != nullptr) listener_->on_script_ended(script, result);
}

void Scripts::on_scripts_gone() noexcept {
  gone_ = true;
  const std::string_view why = "the process that runs scripts has ended: no script runs any more";
  log_.error("scripts-gone", model_.node().name, why);
  worker::note(journal_, loop_, "scripts-gone", model_.node().name, "", std::string(why));
}

}  // namespace hapair::worker
