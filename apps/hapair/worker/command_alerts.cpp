#include "apps/hapair/worker/command_alerts.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/alerts/alert_text.hpp"
#include "apps/hapair/worker/alert_wiring.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::worker {

CommandAlerts::CommandAlerts(event::EventLoop& loop, const config::Model& model, Scripts& scripts,
                             const base::Logger& log, base::Journal& journal)
    : loop_(loop),
      model_(model),
      scripts_(scripts),
      log_(log),
      journal_(journal),
      due_(loop, event::Priority::kCheck, event::Callback<>::to<&CommandAlerts::begin_all>(this)) {
  for (const config::Alert& alert : model.alerts) {
    if (alert.script) add(alert);
  }
  AlertRunListener& listener = *this;
  scripts_.listen_to_alerts(&listener);
  journal_.listen(*this);
}

void CommandAlerts::add(const config::Alert& alert) {
  const alerts::CommandSettings settings{
      .capacity = alert.queue, .parallel = alert.parallel, .per_minute = alert.per_minute};
  commands_.push_back(std::make_unique<Command>(alert, settings));
}

void CommandAlerts::follow_change(bool other_process) {
  std::vector<std::unique_ptr<Command>> before = std::exchange(commands_, {});
  for (const config::Alert& alert : model_.alerts) {
    if (!alert.script) continue;
    const auto same = std::ranges::find_if(before, [&alert](const auto& command) {
      if (!command) return false;
      command->alert.script = alert.script;  // its number may be another one
      return command->alert == alert;
    });
    if (same == before.end()) {
      add(alert);
    } else {
      commands_.push_back(std::move(*same));
    }
  }
  if (other_process) on_scripts_gone();
  begin_all();
}

CommandAlerts::~CommandAlerts() {
  journal_.forget(*this);
  scripts_.listen_to_alerts(nullptr);
}

void CommandAlerts::on_journal_event(const base::JournalEvent& event) noexcept {
  for (const auto& command : commands_) {
    if (!wants(command->alert, event)) continue;
    command->queue.add(alert_of(event));
    begin(*command);
  }
}

void CommandAlerts::begin_all() noexcept {
  for (const auto& command : commands_) begin(*command);
}

void CommandAlerts::begin(Command& command) {
  if (!scripts_.available()) return;  // on_scripts_ready() comes
  const base::Instant now = loop_.now();
  for (const alerts::Alert& alert : command.queue.begin(now)) {
    guardian::TellAlert order{.script = static_cast<std::uint16_t>(*command.alert.script),
                              .number = alert.number};
    const std::vector<std::string> words = alerts::command_words(alert);
    std::ranges::copy(words, order.words.begin());
    if (scripts_.tell(order)) continue;
    command.queue.on_ended(alert.number, false);
    const std::string why = "the process that runs scripts does not take it";
    log_.warning("alert-failed", command.alert.name,
                 base::concat(alerts::sentence_of(alert), ": ", why));
    command.fault = why;
    command.last = event::wall_now();
  }
  const auto due = command.queue.due();
  if (due && (!due_.armed() || *due < due_.deadline())) due_.arm_at(*due);
}

CommandAlerts::Command* CommandAlerts::command_of(std::size_t script) {
  const auto found = std::ranges::find_if(
      commands_, [script](const auto& command) { return command->alert.script == script; });
  return found == commands_.end() ? nullptr : found->get();
}

const std::string& CommandAlerts::program_of(const Command& command) const {
  return model_.scripts[*command.alert.script].argv.front();
}

void CommandAlerts::on_alert_ended(const guardian::AlertEnded& ended) noexcept {
  Command* const command = command_of(ended.script);
  if (command == nullptr) return;
  // One that a worker before this one had ordered is not known here.
  const auto alert = command->queue.on_ended(ended.number, ended.result.good());
  if (alert) note(*command, *alert, ended.result);
  begin(*command);
}

void CommandAlerts::note(Command& command, const alerts::Alert& alert,
                         const scripts::ScriptResult& result) {
  const bool said = !result.line.empty() && result.ended_by != scripts::EndedBy::kNotStarted;
  const std::string how = base::concat(program_of(command), ": ", result.how(), said ? ": " : "",
                                       said ? result.line : "");
  log_.log(result.good() ? base::LogLevel::kDebug : base::LogLevel::kWarning,
           result.good() ? "alert-ran" : "alert-failed", command.alert.name,
           base::concat(how, " (", alerts::sentence_of(alert), ")"));
  command.fault = result.good() ? std::string() : how;
  command.last = event::wall_now();
}

void CommandAlerts::on_scripts_gone() noexcept {
  for (const auto& command : commands_) {
    const std::uint64_t lost = command->queue.lost();
    command->queue.on_gone();
    if (command->queue.lost() == lost) continue;
    log_.error("alert-lost", command->alert.name,
               base::concat(program_of(*command), " was lost twice with the process that runs it (",
                            command->queue.lost(), " changes lost in all)"));
  }
}

}  // namespace hapair::worker
