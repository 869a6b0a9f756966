#include "apps/hapair/worker/worker.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/control/answer.hpp"
#include "apps/hapair/wiring/grants_from_model.hpp"
#include "apps/hapair/worker/journal_note.hpp"
#include "apps/hapair/worker/keeping_settings.hpp"
#include "apps/hapair/worker/rule_settings.hpp"
#include "apps/hapair/worker/settings.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::worker {
namespace {

/// So long a successor waits for the addresses of names before it takes over without them.
constexpr base::Duration kPrepareLimit = std::chrono::seconds(3);

}  // namespace

Worker::Worker(event::EventLoop& loop, supervisor::WorkerStart&& start, base::Logger& log)
    : loop_(loop),
      log_(log),
      guardian_(loop, std::move(start.channel), start.pulse.page(), *this, log),
      heartbeat_(loop, start.pulse),
      passwords_(std::move(start.passwords)),
      memory_gauge_(std::move(start.memory_use)),
      hand_over_(loop, event::Priority::kControl, event::Callback<>::to<&Worker::hand_over>(this)),
      prepare_(loop, event::Priority::kControl, event::Callback<>::to<&Worker::prepare>(this)) {}

Worker::~Worker() {
  if (engine_) engine_->use_pages(nullptr);
}

base::Result<void> Worker::set_up(bool journald) {
  if (auto done = load_model(); !done) return done;
  open_log(journald);
  open_journal();
  if (auto done = set_up_engine(); !done) return done;
  if (auto done = set_up_scripts(); !done) return done;
  TrackListener& tracks = *this;
  health_ = std::make_unique<HealthWiring>(loop_, model_, *engine_, *tls_, guardian_, *scripts_,
                                           log_, journal_, tracks);
  names_ = std::make_unique<ServerNames>(loop_, model_, *health_, *tls_, log_, journal_);
  changes_ = std::make_unique<ServerChanges>(
      ServerChanges::Parts{loop_, model_, *health_, *tls_, log_, journal_});
  alerts_ = std::make_unique<AlertWiring>(loop_, model_, *tls_, log_, journal_);
  commands_ = std::make_unique<CommandAlerts>(loop_, model_, *scripts_, log_, journal_);
  if (auto done = set_up_vrrp(); !done) return done;
  if (auto done = set_up_control(); !done) return done;
  set_up_sight();
  return {};
}

base::Result<void> Worker::load_model() {
  const auto reply = guardian_.get_model();
  if (!reply) return std::unexpected(reply.error());
  auto given = wiring::read_worker_model(reply->envelope);
  if (!given) return std::unexpected(given.error());
  model_ = std::move(given->model);
  config_text_ = std::move(given->text);
  write_gid_ = given->write_gid;
  memory_limit_ = given->memory_limit;
  successor_ = reply->successor;
  tells_peers_ = !successor_;
  return {};
}

// A node without log files serves as well as one with them.
void Worker::open_log(bool journald) {
  base::Result<net::UniqueFd> files;
  if (!wiring::log_files_of(model_).empty()) files = guardian_.open_logs();
  log_targets_ = std::make_unique<LogTargets>(loop_, model_.node().name, journald, log_);
  log_targets_->open(model_, files ? std::move(*files) : net::UniqueFd());
  if (!files) log_.warning("log-file-unwritable", model_.node().name, files.error().message);
}

// A node without the file serves as well as one with it.
void Worker::open_journal() {
  if (!model_.journal.kept) return;
  auto channel = guardian_.open_journal();
  if (channel) {
    journal_feed_ = std::make_unique<JournalFeed>(std::move(*channel), journal_, successor_);
  } else {
    log_.warning("journal-not-kept", model_.node().name, channel.error().message);
  }
}

base::Result<void> Worker::set_up_engine() {
  tls_ = std::make_unique<TlsWiring>(loop_, model_, log_, journal_);
  if (auto done = tls_->set_up(); !done) return done;
  tls_->watch(guardian_);
  engine_ = std::make_unique<lb::Engine>(loop_, log_, engine_settings(model_),
                                         log_targets_->access_sink());
  shortage_ =
      std::make_unique<Shortage>(loop_, model_, *engine_, std::move(memory_gauge_),
                                 memory_ceiling(model_.process, memory_limit_), log_, journal_);
  engine_->hold_accepts(successor_);
  rule_files_ = std::make_unique<RuleFiles>(loop_, model_, engine_->shelf(), log_, journal_);
  tls_->hand_on_to(*rule_files_);
  for (const config::Table& table : model_.tables) engine_->add_table(table_settings(table));
  for (std::size_t i = 0; i < model_.backends.size(); ++i) {
    engine_->add_backend(backend_settings(model_, i));
  }
  if (!model_.users.empty()) {
    if (auto done = engine_->use_passwords(*passwords_, model_.users); !done) return done;
  }
  use_backend_rules(model_, *engine_);
  tls_->use_in(*engine_);
  for (const config::Frontend& frontend : model_.frontends) {
    const std::size_t index = engine_->add_frontend(frontend_settings(frontend));
    use_rules(model_, index, *engine_);
    for (const config::Bind& bind : frontend.binds) {
      auto socket = guardian_.open_bind(bind.id);
      if (!socket) return std::unexpected(socket.error().within(frontend.name));
      auto added = engine_->add_bind(
          index, bind_settings(model_.process, bind, std::move(*socket), tls_->of(bind)));
      if (!added) return std::unexpected(added.error().within(frontend.name));
    }
  }
  return {};
}

base::Result<void> Worker::set_up_scripts() {
  scripts_ = std::make_unique<Scripts>(loop_, model_, log_, journal_);
  return scripts_->set_up(guardian_);
}

base::Result<void> Worker::set_up_vrrp() {
  master_of_.resize(model_.vips.size());
  engine_->use_quieter(*this);
  leaving_ = std::make_unique<Leaving>(loop_, model_, *engine_, log_, journal_);
  RoleListener& roles = *this;
  vips_ = std::make_unique<VipSet>(loop_, model_, *health_, guardian_, roles, log_, journal_);
  if (successor_) vips_->freeze();
  if (auto done = vips_->set_up(); !done) return done;
  if (!model_.cluster.says_hello()) return {};
  hello_ = std::make_unique<HelloWiring>(loop_, model_, *health_, *vips_, log_, journal_);
  set_up_drilling();
  return {};
}

void Worker::set_up_drilling() {
  drilling_ = std::make_unique<Drilling>(
      loop_, DrillParts{model_, *hello_, *vips_, *leaving_, *engine_, guardian_, log_, journal_},
      [this](std::size_t vip, std::string_view why) {
        return give_away(masters_with(vip), true, std::string(why));
      });
}

base::Result<void> Worker::set_up_control() {
  status_ = std::make_unique<WorkerStatus>(status_parts());
  auto socket = guardian_.open_control();
  if (!socket) return std::unexpected(socket.error().within("control socket"));
  std::optional<control::WriteGroup> write_group;
  if (write_gid_) write_group = {model_.process.write_group, *write_gid_};
  control::ControlActions& actions = *this;
  control_ = std::make_unique<control::ControlServer>(loop_, log_, std::move(*socket), *status_,
                                                      actions, journal_, std::move(write_group));
  return successor_ ? base::Result<void>() : control_->start();
}

void Worker::set_up_sight() {
  sight_ = std::make_unique<Sight>(loop_, *engine_, *status_, journal_);
  control::ControlActions& actions = *this;
  pages_ = std::make_unique<SightPages>(
      SightParts{loop_, *sight_, *engine_, *status_, actions, log_, journal_});
  engine_->use_pages(pages_.get());
  sight_->start();
}

StatusParts Worker::status_parts() const {
  return {model_,           config_text_, reload_status_,  *log_targets_, heartbeat_,
          guardian_.page(), *engine_,     *health_,        *names_,       *alerts_,
          *commands_,       *tls_,        *shortage_,      *rule_files_,  *scripts_,
          *vips_,           hello_.get(), drilling_.get(), journal_,      journal_feed_.get(),
          check_status_,    *changes_};
}

int Worker::run() {
  guardian::ReloadEvents& reloads = *this;
  guardian_.tell(reloads);
  if (auto started = guardian_.start(); !started) {
    log_.error("worker-start-failed", "", started.error().message);
    return 1;
  }
  heartbeat_.start();
  shortage_->start();
  if (successor_) {
    names_->start();
    prepared_by_ = loop_.now() + kPrepareLimit;
    prepare_.arm_after(base::Duration::zero());
    loop_.run();
    return exit_code_;
  }
  health_->start(loop_.now());
  names_->start();
  guardian_.ready();  // before the first order: only then the guardian takes any
  vips_->start();
  if (hello_) hello_->start();
  log_.info("worker-ready", model_.node().name, "serving");
  note(journal_, loop_, "worker-ready", model_.node().name, "serving", "a worker has started");
  loop_.run();
  return exit_code_;
}

void Worker::on_leave(base::Duration drain) noexcept {
  log_.info("worker-leaving", model_.node().name,
            base::concat("finishing ", engine_->session_count(), " connections within ",
                         base::format_duration(drain)));
  note(journal_, loop_, "worker-leaving", model_.node().name, "leaving",
       "the guardian was told to step down");
  break_off_drill("this node stops");
  engine_->begin_drain(loop_.now() + drain, [this](const lb::DrainReport& report) {
    leaving_->tell(model_.node().name, report);
    hand_over_.schedule();
  });
}

// Priority 0 first, so that the peer takes over at once; then the connections that are left; then
// the addresses. Router::resign() keeps that order, with on_role() in its middle.
void Worker::hand_over() noexcept {
  if (!retired_) vips_->resign("this node is stopping");
  engine_->reset_all();
  guardian_.left();
  loop_.stop();
}

void Worker::on_scripts(net::UniqueFd channel) noexcept {
  scripts_->on_channel(std::move(channel));
}

void Worker::on_decision(const guardian::Decision& decision) noexcept {
  if (decision.id == "upgrade-failed") {
    upgrade_ = {.phase = control::UpgradeState::Phase::kFailed, .why = decision.cause};
  }
  journal_.add(guardian::event_of(decision));
}

void Worker::on_vip_seen(const guardian::VipSeen& seen) noexcept {
  if (drilling_) drilling_->on_vip_seen(seen);
}

void Worker::on_guardian_gone() noexcept {
  log_.error("guardian-gone", model_.node().name,
             "the guardian has gone; the supervisor gives up the VIPs and starts both again");
  note(journal_, loop_, "guardian-gone", model_.node().name, "stopped", "the guardian has gone");
  engine_->reset_all();
  exit_code_ = 1;
  loop_.stop();
}

void Worker::on_vip_role(std::size_t vip, vrrp::State state) noexcept {
  master_of_[vip] = state == vrrp::State::kMaster;
  if (!master_of_[vip]) engine_->disable_binds(vip, true);
  if (drilling_) drilling_->on_role(vip, master_of_[vip]);
  tell_peers();
  scripts_->on_role(vip, state, vips_->routers()[vip]->election().priority());
}

void Worker::on_vip_fitness() noexcept { tell_peers(); }

void Worker::on_server_change(std::size_t /*backend*/) noexcept { tell_peers(); }

void Worker::tell_peers() {
  if (hello_ && tells_peers_) hello_->refresh();
}

void Worker::on_track_change(std::size_t vip, std::size_t /*track*/) noexcept {
  if (taking_over_) return;
  const base::Journal::Cause cause(journal_, health_->last_change());
  vips_->refresh(vip);
}

void Worker::on_target_found(const guardian::TargetFound& found) noexcept {
  health_->on_target_found(found);
}

void Worker::on_echo_socket(std::size_t target, net::UniqueFd socket) noexcept {
  health_->on_echo_socket(target, std::move(socket));
}

void Worker::on_maintenance(std::size_t group) noexcept { vips_->on_maintenance(group); }

base::Result<void> Worker::set_maintenance(std::string_view vip, bool on, std::string_view who) {
  const std::vector<std::size_t> vips = vips_named(vip);
  if (vips.empty() && !vip.empty()) return base::fail("there is no such VIP");
  break_off_drill(base::concat("maintenance ", on ? "on" : "off", ", ordered by ", who));
  for (const std::size_t each : vips) {
    if (!on) {
      (void)leaving_->cancel(each);
      vips_->set_maintenance(each, false, who);
      continue;
    }
    vips_->keep_maintenance(each, true);
    leaving_->begin(
        each, Leaving::Order::kMaintenance, masters_with(each),
        base::concat("maintenance, ordered by ", who),
        [this, each, by = std::string(who)] { vips_->set_maintenance(each, true, by); });
  }
  return {};
}

control::StepDown Worker::step_down(std::string_view vip, bool drain, std::string_view who) {
  using Outcome = control::StepDown::Outcome;
  const std::vector<std::size_t> vips = vips_named(vip);
  if (vips.empty()) return {.outcome = vip.empty() ? Outcome::kNotMaster : Outcome::kUnknownVip};
  const std::vector<std::size_t> masters = masters_with_all(vips);
  if (masters.empty()) return {.outcome = Outcome::kNotMaster};
  break_off_drill(base::concat("told to step down by ", who));
  return give_away(masters, drain, base::concat("told to step down by ", who));
}

control::StepDown Worker::give_away(const std::vector<std::size_t>& masters, bool drain,
                                    const std::string& why) {
  using Outcome = control::StepDown::Outcome;
  if (masters.empty()) return {.outcome = Outcome::kNotMaster};
  control::StepDown result;
  if (const auto unclaimed = unclaimed_of(masters)) {
    return {.outcome = Outcome::kNoPeer, .vips = {model_.vips[*unclaimed].name}};
  }
  for (const std::size_t each : masters) result.vips.push_back(model_.vips[each].name);
  if (drain) result.within = model_.process.drain_timeout;
  for (const std::size_t each : masters) {
    leaving_->begin(
        each, Leaving::Order::kStepDown, drain ? masters : std::vector<std::size_t>(), why,
        [this, each, why] { vips_->step_down(each, why); },
        [this, masters] { return !unclaimed_of(masters); });
  }
  return result;
}

std::optional<std::size_t> Worker::unclaimed_of(const std::vector<std::size_t>& vips) const {
  if (!hello_) return std::nullopt;
  const auto found = std::ranges::find_if(
      vips, [this](std::size_t each) { return !hello_->could_take_over(each); });
  return found == vips.end() ? std::nullopt : std::optional(*found);
}

control::DrillStart Worker::drill(std::string_view vip, std::string_view who) {
  using Outcome = control::DrillStart::Outcome;
  const std::vector<std::size_t> vips = vips_named(vip);
  if (vips.empty() && !vip.empty()) return {.outcome = Outcome::kUnknownVip};
  const std::vector<std::size_t> masters = masters_with_all(vips);
  if (masters.empty()) return {.outcome = Outcome::kNotMaster};
  if (drilling_) return drilling_->begin(masters, who);
  return {.outcome = Outcome::kRefused,
          .reasons = {"the nodes say no hello, by which a drill is done: give the cluster a "
                      "secret_file, and leave cluster.hello on"}};
}

void Worker::break_off_drill(std::string_view why) {
  if (drilling_) drilling_->break_off(why);
}

std::vector<std::size_t> Worker::masters_with_all(const std::vector<std::size_t>& vips) const {
  std::vector<std::size_t> masters;
  for (const std::size_t each : vips) {
    for (const std::size_t master : masters_with(each)) {
      if (std::ranges::find(masters, master) == masters.end()) masters.push_back(master);
    }
  }
  return masters;
}

std::vector<std::size_t> Worker::vips_named(std::string_view vip) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < model_.vips.size(); ++i) {
    if (vip.empty() || model_.vips[i].name == vip) found.push_back(i);
  }
  return found;
}

std::vector<std::size_t> Worker::masters_with(std::size_t vip) const {
  std::vector<std::size_t> all = leaving_->together(vip);
  std::erase_if(all, [this](std::size_t each) { return !master_of_[each]; });
  return all;
}

void Worker::on_link_state(std::size_t interface, bool carrier, bool addressed) noexcept {
  vips_->on_link_state(interface, carrier, addressed);
}

void Worker::on_vip_lost(std::size_t group, std::string_view reason) noexcept {
  vips_->on_addresses_lost(group, reason);
}

void Worker::on_routes_state(std::size_t group, std::string_view fault) noexcept {
  vips_->on_routes_state(group, fault);
}

base::Result<void> Worker::set_server_state(std::string_view backend, std::string_view server,
                                            check::Order order, std::string_view who) {
  const auto target = health_->find(backend, server);
  if (!target) return base::fail(control::no_server(backend, server));
  const check::Moment now{loop_.now(), event::wall_now()};
  const std::string name = base::concat(backend, "/", server);
  const std::string what = base::concat(check::to_string(order), ", ordered by ", who);
  log_.info("server-order", name, what);
  note(journal_, loop_, "server-order", name, check::to_string(order),
       base::concat("ordered by ", who));
  const base::Journal::Cause cause(journal_, journal_.last_number());
  health_->registry().set_order(*target, order, what, now);
  return {};
}

lb::SessionBook& Worker::sessions_to_close(std::string_view which, std::string_view who) {
  const std::string subject = base::printable(which, 200);
  log_.info("session-closed", subject, base::concat("ordered by ", who));
  note(journal_, loop_, "session-closed", subject, "closed", base::concat("ordered by ", who));
  return engine_->sessions();
}

std::expected<void, lb::TableFault> Worker::clear_table(std::string_view table,
                                                        std::optional<std::string_view> client,
                                                        std::string_view who) {
  auto done = engine_->clear_table(table, client);
  if (done) {
    tell_of_table(table, base::concat(client ? base::printable(*client, 64) : "all clients",
                                      " cleared, ordered by ", who));
  }
  return done;
}

std::expected<void, lb::TableFault> Worker::set_client(std::string_view table,
                                                       std::string_view client,
                                                       const lb::ClientEntry& entry,
                                                       std::string_view who) {
  auto done = engine_->set_client(table, client, entry);
  if (done) {
    tell_of_table(table, base::concat(base::printable(client, 64), " set, ordered by ", who));
  }
  return done;
}

void Worker::tell_of_table(std::string_view table, const std::string& what) {
  log_.info("table-changed", table, what);
  note(journal_, loop_, "table-changed", table, "", what);
}

}  // namespace hapair::worker
