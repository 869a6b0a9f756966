// A reload in the worker: the next model is prepared beside what runs, and taken over in one turn
// of the loop once nothing can fail any more (docs/decisions/0034-reload.md).
#include <algorithm>
#include <utility>

#include "apps/hapair/config/diff.hpp"
#include "apps/hapair/wiring/grants_from_model.hpp"
#include "apps/hapair/worker/journal_note.hpp"
#include "apps/hapair/worker/worker.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::worker {
namespace {

constexpr std::size_t kLoggedChanges = 100;

/// Nothing else can be asked of the reader then; nullopt: it is free.
std::optional<std::string> busy_with(const std::optional<std::string>& reload,
                                     const std::optional<std::string>& check) {
  if (reload) return base::concat("a reload is under way, ordered by ", *reload);
  if (check) return base::concat("a check is under way, ordered by ", *check);
  return std::nullopt;
}

std::vector<std::string> lines_of(const std::vector<config::Refusal>& refusals) {
  std::vector<std::string> lines;
  for (const config::Refusal& each : refusals) lines.push_back(config::to_string(each));
  return lines;
}

}  // namespace

base::Result<std::uint64_t> Worker::reload(std::string_view who) {
  if (const auto busy = busy_with(reload_asked_, check_asked_)) return base::fail(*busy);
  reload_asked_ = who;
  reload_status_.running = true;
  guardian_.ask_for_reload(who);
  return reload_status_.number + 1;
}

base::Result<std::uint64_t> Worker::check_config(std::string_view who) {
  if (const auto busy = busy_with(reload_asked_, check_asked_)) return base::fail(*busy);
  check_asked_ = who;
  check_status_.running = true;
  guardian_.ask_for_check(who);
  return check_status_.number + 1;
}

void Worker::on_check_model(std::string_view who, std::string envelope) noexcept {
  const auto next = wiring::read_worker_model(envelope);
  if (!next) return end_check(who, {next.error().message}, {});
  const config::Diff diff = compare(*next);
  std::string changes = config::to_json(diff);
  heartbeat_.beat();
  end_check(who, lines_of(diff.refusals), std::move(changes));
}

config::Diff Worker::compare(const wiring::GivenModel& next) {
  heartbeat_.beat();
  config::Diff diff = config::diff({config_text_, model_}, {next.text, next.model});
  heartbeat_.beat();
  return diff;
}

void Worker::end_check(std::string_view who, std::vector<std::string> faults, std::string diff) {
  check_asked_.reset();
  check_status_ = {.running = false,
                   .number = check_status_.number + 1,
                   .good = faults.empty(),
                   .who = std::string(who),
                   .at = event::wall_now(),
                   .diff = std::move(diff),
                   .faults = std::move(faults)};
}

void Worker::on_reload_bind(std::size_t bind, net::UniqueFd socket) noexcept {
  reload_parts_.sockets.insert_or_assign(static_cast<std::uint16_t>(bind), std::move(socket));
}

void Worker::on_reload_receiver(std::size_t interface, base::Family family,
                                net::UniqueFd socket) noexcept {
  reload_parts_.receivers.push_back({interface, family, std::move(socket)});
}

void Worker::on_reload_channel(guardian::ReloadChannelTo to, net::UniqueFd channel) noexcept {
  switch (to) {
    case guardian::ReloadChannelTo::kLogs:
      reload_parts_.logs = std::move(channel);
      return;
    case guardian::ReloadChannelTo::kTlsFiles:
      reload_parts_.tls_files = std::move(channel);
      return;
    case guardian::ReloadChannelTo::kScripts:
      reload_parts_.scripts = std::move(channel);
      return;
  }
}

void Worker::on_reload_model(std::string_view who, bool scripts, std::string envelope) noexcept {
  reload_parts_.other_scripts = scripts;
  const auto done = take_model(who, envelope, std::exchange(reload_parts_, {}));
  if (!done) guardian_.refuse_reload(done.error().message);
}

void Worker::on_reload_failed(const guardian::ReloadFailed& failed) noexcept {
  std::vector<std::string> faults;
  for (const std::string_view line : base::split(failed.reason, '\n')) {
    if (!line.empty()) faults.emplace_back(line);
  }
  if (failed.check) return end_check(failed.who, std::move(faults), {});
  reload_parts_ = {};
  reload_status_.diff.clear();
  reload_status_.faults = std::move(faults);
  end_reload(failed.who, false);
  reload_status_.at = failed.at;
}

void Worker::end_reload(std::string_view who, bool good) {
  if (reload_asked_ == who) reload_asked_.reset();
  ++reload_status_.number;
  reload_status_.running = reload_asked_.has_value();
  reload_status_.good = good;
  reload_status_.who = who;
  reload_status_.at = event::wall_now();
}

base::Result<void> Worker::take_model(std::string_view who, std::string_view envelope,
                                      ReloadParts parts) {
  const base::Instant begun = event::now();
  auto next = wiring::read_worker_model(envelope);
  if (!next) return std::unexpected(next.error());
  const config::Diff diff = compare(*next);
  if (!diff.refusals.empty()) return base::fail(base::join(lines_of(diff.refusals), "\n"));
  if (!leaving_->idle()) {
    return base::fail("a VIP is being given up at this moment: reload when it is done");
  }
  if (drilling_ && drilling_->under_way()) {
    return base::fail("a drill is under way: reload when it has ended");
  }
  auto vips = prepare_vips(next->model, std::exchange(parts.receivers, {}));
  if (!vips) return std::unexpected(vips.error());
  heartbeat_.beat();
  auto change =
      TrafficChange::prepare({.passwords = *passwords_,
                              .engine = *engine_,
                              .tls = *tls_,
                              .rule_files = *rule_files_,
                              .health = *health_,
                              .names = *names_,
                              .alerts = *alerts_,
                              .log_targets = *log_targets_},
                             model_, std::move(next->model), std::exchange(parts.sockets, {}));
  if (!change) return std::unexpected(change.error());
  heartbeat_.beat();
  // From here on nothing fails.
  const base::Instant prepared = event::now();
  taking_over_ = true;
  vips_->leave(*vips);
  guardian_.commit_reload();
  const config::Model before = (*change)->commit(event::now());
  const std::size_t undone = changes_->forget(before);
  config_text_ = std::move(next->text);
  write_gid_ = next->write_gid;
  memory_limit_ = next->memory_limit;
  take_over(std::move(*vips), before, std::move(parts));
  taking_over_ = false;
  heartbeat_.beat();

  reload_status_.diff = config::to_json(diff);
  reload_status_.faults.clear();
  end_reload(who, true);
  const auto in_ms = [](base::Duration duration) {
    return base::format_duration(std::chrono::round<std::chrono::milliseconds>(duration));
  };
  const std::string summary = base::concat(
      diff.changes.size(), " changes, ordered by ", who,
      undone > 0 ? base::concat("; ", undone, " made at run time are over") : std::string(),
      "; prepared in ", in_ms(prepared - begun), ", taken over in ",
      in_ms(event::now() - prepared));
  log_.info("config-reloaded", model_.node().name, summary);
  note(journal_, loop_, "config-reloaded", model_.node().name, model_.hash.substr(0, 12), summary);
  const base::Journal::Cause cause(journal_, journal_.last_number());
  for (std::size_t i = 0; i < std::min(diff.changes.size(), kLoggedChanges); ++i) {
    const config::Change& each = diff.changes[i];
    log_.info("config-change", each.subject, each.text);
    note(journal_, loop_, "config-change", each.subject, "", each.text);
  }
  return {};
}

base::Result<VipSet::Change> Worker::prepare_vips(const config::Model& next,
                                                  std::vector<ReloadParts::Receiver> receivers) {
  const std::vector<std::string> interfaces = wiring::interfaces_of(next);
  std::vector<VipSet::NewReceiver> sockets;
  for (auto& each : receivers) {
    if (each.interface >= interfaces.size()) continue;
    sockets.push_back({interfaces[each.interface], each.family, std::move(each.socket)});
  }
  return vips_->prepare(next, std::move(sockets));
}

void Worker::take_over(VipSet::Change vips, const config::Model& before, ReloadParts parts) {
  tls_->watch(std::move(parts.tls_files));
  log_targets_->use_files(std::move(parts.logs));
  scripts_->on_reload(
      {.other_process = parts.other_scripts, .same_scripts = before.scripts == model_.scripts},
      std::move(parts.scripts), guardian_);
  commands_->follow_change(parts.other_scripts);
  leaving_->on_reload();
  shortage_->on_reload(memory_ceiling(model_.process, memory_limit_));
  master_of_.assign(model_.vips.size(), false);
  for (std::size_t i = 0; i < vips.places.size(); ++i) {
    if (!vips.places[i]) continue;
    const vrrp::Election& election = vips_->routers()[*vips.places[i]]->election();
    master_of_[i] = election.state() == vrrp::State::kMaster;
    scripts_->know_role(i, election.state(), election.priority());
    if (master_of_[i]) engine_->enable_binds(i);
  }
  // What is fit now may take a role, or give one up, by what has been put in place above.
  const bool keeps_hello = hello_ && hello_->serves(model_);
  if (!keeps_hello ||
      !std::ranges::equal(model_.vips, before.vips, {}, &config::Vip::name, &config::Vip::name)) {
    drilling_.reset();  // what it tells goes by the places of VIPs
  }
  if (!keeps_hello) {
    hello_.reset();
    vips_->forget_elsewhere();
  }
  vips_->take_over(std::move(vips), before);
  if (keeps_hello) {
    hello_->on_reload();
  } else if (model_.cluster.says_hello()) {
    hello_ = std::make_unique<HelloWiring>(loop_, model_, *health_, *vips_, log_, journal_);
    hello_->start();
  }
  if (hello_ && !drilling_) set_up_drilling();
  status_->use(status_parts());
  std::optional<control::WriteGroup> write_group;
  if (write_gid_) write_group = {model_.process.write_group, *write_gid_};
  control_->use(std::move(write_group));
}

}  // namespace hapair::worker
