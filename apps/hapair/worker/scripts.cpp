#include "apps/hapair/worker/scripts.hpp"

#include <utility>

#include "apps/hapair/guardian/notify_event.hpp"
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
      orders_(model),
      histories_(model.notifies.size()),
      subjects_(model.notifies.size()),
      unfit_(model.scripts.size()),
      listeners_(model.scripts.size()),
      ask_again_(loop, event::Priority::kControl, event::Callback<>::to<&Scripts::ask>(this)) {}

base::Result<void> Scripts::set_up(guardian::GuardianClient& guardian) {
  if (model_.scripts.empty()) return {};
  guardian_ = &guardian;
  auto channel = guardian.open_scripts();
  if (!channel) return std::unexpected(channel.error());
  return connect(std::move(*channel));
}

base::Result<void> Scripts::connect(net::UniqueFd channel) {
  guardian::ScriptEvents& events = *this;
  client_ = std::make_unique<guardian::ScriptClient>(loop_, std::move(channel), events);
  auto started = client_->start();
  connected_ = started.has_value();
  return started;
}

void Scripts::on_channel(net::UniqueFd channel) {
  if (connected_) return;
  const auto connected = connect(std::move(channel));
  if (!connected) {
    log_.error("scripts-unavailable", model_.node().name, connected.error().message);
  } else {
    ask_again_.cancel();
  }
}

void Scripts::ask() noexcept {
  guardian_->ask_for_scripts();
  ask_again_.arm_at(loop_.now() + kAskAgain);
}

void Scripts::on_reload(Change change, net::UniqueFd channel, guardian::GuardianClient& guardian) {
  states_.emplace(model_);
  if (!change.other_process) return;
  const std::set<std::size_t> unended = orders_->running();
  orders_.emplace(model_);
  if (change.same_scripts) {
    for (const std::size_t script : unended) (void)orders_->run(script);  // given by on_ready()
  }
  histories_.assign(model_.notifies.size(), {});
  subjects_.assign(model_.notifies.size(), {});
  unfit_.assign(model_.scripts.size(), {});
  listeners_.resize(model_.scripts.size());
  client_.reset();
  ask_again_.cancel();
  connected_ = false;
  ready_ = false;
  guardian_ = model_.scripts.empty() ? nullptr : &guardian;
  if (guardian_ == nullptr) return;
  if (channel) on_channel(std::move(channel));
  if (!connected_) ask();
}

void Scripts::know_role(std::size_t vip, vrrp::State role, std::uint8_t priority) {
  if (model_.notifies.empty()) return;
  for (const NotifyStates::Told& told : states_->on_role(vip, role, priority)) {
    histories_[told.subject].told = told.state;
  }
}

bool Scripts::run(std::size_t script) {
  if (guardian_ == nullptr) return false;
  if (give(orders_->run(script))) return true;
  orders_->on_ended(script);
  return false;
}

bool Scripts::give(const std::vector<guardian::ScriptOrder>& orders) {
  bool given = true;
  for (const guardian::ScriptOrder& order : orders) given = client_->give(order) && given;
  return given;
}

void Scripts::on_role(std::size_t vip, vrrp::State role, std::uint8_t priority) {
  if (model_.notifies.empty()) return;
  for (const NotifyStates::Told& told : states_->on_role(vip, role, priority)) {
    tell(told, model_.vips[vip].name);
  }
}

void Scripts::tell(const NotifyStates::Told& told, std::string_view because_of) {
  const auto state = static_cast<std::size_t>(told.state);
  histories_[told.subject].told = told.state;
  subjects_[told.subject].causes[state] = journal_.last("vrrp-transition", because_of);
  bool given = give(orders_->tell(told.subject, told.state, told.priority));
  // This worker leaves next: what waits for the process goes into its channel as it is.
  const bool last_news = told.state == vrrp::NotifyState::kStop && !ready_;
  if (last_news) given = connected_ && give(orders_->on_ready());
  if (!given) note_untold(told.subject, told.state);
  refresh(told.subject);
}

void Scripts::note_untold(std::size_t subject, vrrp::NotifyState state) {
  const std::string& name = model_.notifies[subject].name;
  const std::string why =
      base::concat("the process that runs scripts does not take the news of ", to_string(state));
  log_.warning("notify-untold", name, why);
  worker::note(journal_, loop_, "notify-untold", name, to_string(state), why);
}

void Scripts::refresh(std::size_t subject) {
  NotifyHistory& history = histories_[subject];
  history.running = orders_->unended(subject);
  history.skipped =
      subjects_[subject].skipped_before + subjects_[subject].skipped + orders_->left_out(subject);
}

void Scripts::on_notify_ended(const guardian::NotifyEnded& ended) noexcept {
  if (ended.subject >= histories_.size() || ended.script >= model_.scripts.size()) return;
  orders_->on_ended(ended);
  NotifyHistory& history = histories_[ended.subject];
  ++history.runs;
  if (!ended.result.good()) ++history.failures;
  if (ended.result.ended_by != scripts::EndedBy::kNotStarted) unfit_[ended.script].clear();
  subjects_[ended.subject].skipped = ended.skipped;
  history.last = {.state = ended.state,
                  .script = ended.script,
                  .result = ended.result,
                  .ended = event::wall_now()};
  refresh(ended.subject);
  note(ended);
}

void Scripts::note(const guardian::NotifyEnded& ended) {
  const scripts::ScriptResult& result = ended.result;
  base::JournalEvent event = guardian::notify_event(
      model_.notifies[ended.subject].name, model_.scripts[ended.script].argv.front(), ended);
  event.at = loop_.now();
  event.wall = event::wall_now();
  event.caused_by = subjects_[ended.subject].causes[static_cast<std::size_t>(ended.state)];
  const bool said = !result.line.empty() && result.ended_by != scripts::EndedBy::kNotStarted;
  log_.log(result.good() ? base::LogLevel::kInfo : base::LogLevel::kWarning, event.id,
           event.subject,
           base::concat(event.to, ": ", event.cause, said ? ": " : "", said ? result.line : ""));
  journal_.add(std::move(event));
}

void Scripts::on_script_ended(std::size_t script, const scripts::ScriptResult& result) noexcept {
  if (script >= model_.scripts.size()) return;
  orders_->on_ended(script);
  if (result.ended_by != scripts::EndedBy::kNotStarted) unfit_[script].clear();
  if (listeners_[script] != nullptr) listeners_[script]->on_script_ended(result);
}

void Scripts::on_alert_ended(const guardian::AlertEnded& ended) noexcept {
  if (ended.script >= model_.scripts.size()) return;
  if (ended.result.ended_by != scripts::EndedBy::kNotStarted) unfit_[ended.script].clear();
  if (alerts_ != nullptr) alerts_->on_alert_ended(ended);
}

void Scripts::on_script_unfit(std::size_t script, std::string_view reason) noexcept {
  if (script >= unfit_.size() || unfit_[script] == reason) return;
  unfit_[script] = reason;
  const std::string& path = model_.scripts[script].argv.front();
  const std::string text =
      base::concat(reason, "; it is not run as long as that is so (", users_of(script), ")");
  log_.error("script-unusable", path, text);
  worker::note(journal_, loop_, "script-unusable", path, "", text);
}

std::string Scripts::users_of(std::size_t script) const {
  std::vector<std::string> users;
  for (const config::Notify& notify : model_.notifies) {
    bool used = notify.any == script;
    for (const auto& each : notify.by_state) used = used || each == script;
    if (used) users.push_back(notify.name);
  }
  for (const config::Target& target : model_.targets) {
    if (target.script == script) {
      users.push_back(base::concat("target ", target.name, ", which counts as down"));
    }
  }
  for (const config::Alert& alert : model_.alerts) {
    if (alert.script == script) users.push_back(base::concat("alert ", alert.name));
  }
  for (const config::Backend& backend : model_.backends) {
    const auto server = std::ranges::find(backend.servers, script, &config::Server::check_script);
    if (server == backend.servers.end()) continue;
    users.push_back(
        base::concat("server ", backend.name, "/", server->name, ", which counts as down"));
  }
  return base::join(users, ", ");
}

void Scripts::on_scripts_ready() noexcept {
  if (std::exchange(ready_, true)) return;
  const bool first = !journal_.last("scripts-gone", model_.node().name);
  (void)give(orders_->on_ready());
  if (!first) {
    const std::string_view why = "scripts are run again";
    log_.info("scripts-back", model_.node().name, why);
    worker::note(journal_, loop_, "scripts-back", model_.node().name, "", std::string(why));
  }
  if (alerts_ != nullptr) alerts_->on_scripts_ready();
}

void Scripts::on_scripts_gone() noexcept {
  ready_ = false;
  connected_ = false;
  const std::string_view why =
      "the process that runs scripts has ended: what it ran is lost, and another one is awaited";
  log_.warning("scripts-gone", model_.node().name, why);
  worker::note(journal_, loop_, "scripts-gone", model_.node().name, "", std::string(why));
  const base::Journal::Cause cause(journal_, journal_.last_number());
  for (const ScriptOrders::Lost& lost : orders_->on_gone()) note_lost(lost);
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    subjects_[i].skipped_before += std::exchange(subjects_[i].skipped, 0);
    refresh(i);
  }
  if (alerts_ != nullptr) alerts_->on_scripts_gone();
  ask();
}

void Scripts::note_lost(const ScriptOrders::Lost& lost) {
  const std::string& name = model_.notifies[lost.subject].name;
  histories_[lost.subject].lost += lost.runs.size();
  std::vector<std::string> runs;
  for (const vrrp::Notice& run : lost.runs) {
    runs.push_back(
        base::concat(model_.scripts[run.script].argv.front(), " for ", to_string(run.state)));
  }
  const std::string_view state = to_string(lost.runs.back().state);
  const std::string why = base::concat(
      "the process that runs scripts ended before they had: ", base::join(runs, ", "), "; ", state,
      lost.again ? " is told again" : " was told twice, and is not told again");
  log_.warning("notify-lost", name, why);
  worker::note(journal_, loop_, "notify-lost", name, state, why);
}

}  // namespace hapair::worker
