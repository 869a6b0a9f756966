// What the guardian does of a reload; see reload.hpp.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "apps/hapair/guardian/guardian.hpp"
#include "apps/hapair/guardian/regrant.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::guardian {
namespace {

using Phase = ReloadState::Phase;

constexpr std::size_t kLoggedFaults = 50;

std::string path_or_endpoint(const BindGrant& bind) {
  return bind.unix_path.empty() ? bind.endpoint.to_string() : bind.unix_path;
}

}  // namespace

void Guardian::on_reload_request(const Request& request) {
  if (const auto* asked = std::get_if<AskReload>(&request)) {
    return asked->check ? begin_check(asked->who) : begin_reload(asked->who, true);
  }
  if (reload_.phase != Phase::kOffered || !core_.takes_orders()) {
    return refuse(base::concat(name_of(request), ": no reload waits for that"));
  }
  if (const auto* refused = std::get_if<RefuseReload>(&request)) {
    return fail_reload(refused->reason);
  }
  commit_reload();
}

void Guardian::begin_reload(std::string who, bool waits) {
  if (reload_.phase != Phase::kIdle) {
    // One more serves all who ask meanwhile; it bears the name of who waits for its end.
    if (!reload_.again || waits) reload_.again = std::move(who);
    return;
  }
  reload_.who = std::move(who);
  if (giver_ || !has_duty()) {
    return fail_reload("the program is being upgraded: reload when that has ended");
  }
  reload_.phase = Phase::kWaiting;
  reload_.limit = event::now() + ReloadState::kReadLimit;
  report(WantReader{.check = reload_.check});
}

/// A reload that ends with what the reader tells.
void Guardian::begin_check(std::string who) {
  if (reload_.phase != Phase::kIdle) {
    reply(ReloadFailed{.who = std::move(who),
                       .reason = "a reload is under way: check when it has ended",
                       .at = event::wall_now(),
                       .check = true});
    return;
  }
  reload_.check = true;
  begin_reload(std::move(who), true);
}

void Guardian::offer_check(NewConfig config) {
  // A reader that was asked for a reload before, and is late, has started them.
  config.logs.retire();
  config.certificates.retire();
  if (!worker_ || !worker_ready_) return end_check("the worker is not there");
  const auto message = encode_reply(ReloadModel{.who = reload_.who, .check = true});
  if (!worker_.send(message, {config.envelope.get()})) {
    return end_check("the worker takes no more at this moment; try again");
  }
  reload_.handed = event::now();
  end_check({});
}

/// `reason`: why nothing came of it; empty: the worker has it.
void Guardian::end_check(std::string_view reason) {
  if (!reason.empty() && worker_ready_) {
    reply(ReloadFailed{.who = reload_.who,
                       .reason = std::string(reason.substr(0, kMaxReason)),
                       .at = event::wall_now(),
                       .check = true});
  }
  reload_.reader.close();
  reload_.check = false;
  reload_.phase = Phase::kIdle;
  if (auto who = std::exchange(reload_.again, {})) begin_reload(std::move(*who), false);
}

void Guardian::take_reader(net::UniqueFd channel) {
  if (reload_.phase != Phase::kWaiting) return;
  reload_.reader = net::SeqpacketChannel(std::move(channel));
}

void Guardian::hear_reader() {
  net::Packet packet;
  const auto received = reload_.reader.receive(packet);
  if (received && *received == net::SeqpacketChannel::Received::kNothing) return;
  reload_.reader.close();
  if (!received || *received == net::SeqpacketChannel::Received::kClosed) {
    return fail_reload("the config reader ended without an answer; see the log for why");
  }
  auto config = take_new_config(std::move(packet));
  if (!config) return fail_reload(config.error());
  if (reload_.check) return offer_check(std::move(*config));
  prepare_reload(std::move(*config));
}

void Guardian::prepare_reload(NewConfig config) {
  auto next = guardian::prepare_beside(config, *parts_, host_);
  if (!next) {
    // Nobody waits for their end in here, where adverts are sent.
    config.logs.retire();
    config.certificates.retire();
    return fail_reload(next.error().message);
  }
  reload_.next = std::move(*next);
  if (has_routes(*reload_.next->grants) && !has_routes(grants())) {
    auto monitor = vrrp::NetlinkMonitor::open(true);
    if (!monitor) return fail_reload(monitor.error().message);
    reload_.monitor = std::move(*monitor);
  }
  if (const std::string faults = open_for_reload(); !faults.empty()) return fail_reload(faults);
  reload_.phase = Phase::kPrepared;
  advance_reload();
}

/// Everything the worker needs, in the order in which it gets it; a line for each fault.
std::string Guardian::open_for_reload() {
  Parts& next = *reload_.next;
  std::vector<std::string> faults;
  const auto keep = [&](const Reply& reply, base::Result<net::UniqueFd> opened) {
    if (opened) {
      reload_.outbox.emplace_back(reply, std::move(*opened));
    } else {
      faults.push_back(opened.error().message);
    }
  };
  for (const std::uint16_t bind : binds_to_open(grants(), *next.grants)) {
    const BindGrant& grant = next.grants->binds[bind];
    auto socket = next.listeners.open_bind(bind, next.actuator);
    if (socket && !grant.unix_path.empty()) reload_.made_sockets.push_back(grant.unix_path);
    if (!socket) socket = std::unexpected(socket.error().within(path_or_endpoint(grant)));
    keep(ReloadBind{bind}, std::move(socket));
  }
  for (const auto& [interface, family] : receivers_to_open(grants(), *next.grants)) {
    const bool ipv6 = family == base::Family::kIpv6;
    const OpenVrrpReceive request{.interface = static_cast<std::uint16_t>(interface), .ipv6 = ipv6};
    keep(ReloadReceive{request.interface, ipv6},
         next.listeners.open_vrrp_receive(request, next.actuator));
  }
  if (!next.grants->logs.paths.empty()) {
    keep(ReloadChannel{ReloadChannelTo::kLogs}, next.logs.connect());
  }
  if (!next.grants->tls_files.empty()) {
    keep(ReloadChannel{ReloadChannelTo::kTlsFiles}, next.certificates.connect());
  }
  if (scripts_change(grants(), *next.grants) && !next.grants->scripts.empty()) {
    keep(ReloadChannel{ReloadChannelTo::kScripts}, next.scripts.connect());
  }
  return base::join(faults, "\n");
}

/// To the worker what it needs, as fast as it reads; without one there is nobody to wait for.
void Guardian::advance_reload() {
  if (reload_.phase == Phase::kWaiting && event::now() > reload_.limit) {
    return fail_reload("the config reader does not answer; is a file system out of reach?");
  }
  if (reload_.phase == Phase::kOffered) {
    while (!reload_.outbox.empty()) {
      const auto& [message, fd] = reload_.outbox.front();
      if (!worker_.send(encode_reply(message), {fd.get()})) return;  // its queue is full
      reload_.outbox.pop_front();
    }
    return;
  }
  if (reload_.phase != Phase::kPrepared) return;
  if (!worker_) return commit_reload();
  if (!worker_ready_) return;
  net::UniqueFd envelope(::dup(reload_.next->envelope.get()));
  reload_.outbox.emplace_back(
      ReloadModel{.who = reload_.who, .scripts = scripts_change(grants(), *reload_.next->grants)},
      std::move(envelope));
  reload_.phase = Phase::kOffered;
  advance_reload();
}

void Guardian::commit_reload() {
  Parts& next = *reload_.next;
  const auto places = places_before(grants(), *next.grants);
  std::vector<GuardianCore::Origin> origins;
  std::vector<base::Instant> last_adverts;
  std::vector<GroupFigures> figures;
  for (std::size_t i = 0; i < places.size(); ++i) {
    GuardianCore::Origin origin{.place = places[i]};
    if (places[i]) {
      const GroupGrant& before = grants().groups[*places[i]];
      const GroupGrant& after = next.grants->groups[i];
      origin.changed = before.addresses != after.addresses || before.routes != after.routes ||
                       before.rules != after.rules;
    }
    origins.push_back(origin);
    last_adverts.push_back(places[i] ? start_.page.last_advert(*places[i]) : base::Instant{});
    figures.push_back(places[i] ? start_.page.figures(*places[i]) : GroupFigures{});
  }
  const bool scripts = scripts_change(grants(), *next.grants);
  guardian::take_over(next, *parts_, places, host_);
  parts_ = std::move(reload_.next);
  if (reload_.monitor) monitor_ = std::move(*std::exchange(reload_.monitor, {}));
  for (std::size_t i = 0; i < last_adverts.size(); ++i) {
    start_.page.set_last_advert(i, last_adverts[i]);
    start_.page.set_figures(i, figures[i]);
  }
  const Actions actions =
      core_.on_reload(plans_of(grants()), origins, grants().heartbeat_limit, event::now());
  perform(actions);
  reload_.last_failure.reset();
  reload_.made_sockets.clear();
  reload_.handed = event::now();
  reply(ReloadDone{});
  if (worker_ready_) tell_worker_all();
  end_reload(true, scripts);
}

void Guardian::fail_reload(std::string_view reason) {
  if (reload_.check) return end_check(reason);
  const std::vector<std::string_view> lines = base::split(reason, '\n');
  std::size_t told = 0;
  for (const std::string_view line : lines) {
    if (line.empty() || ++told > kLoggedFaults) continue;
    start_.log.error("reload-refused", "guardian", line);
  }
  if (reload_.next) reload_.next->actuator.undo(parts_->actuator);
  for (const std::string& path : reload_.made_sockets) (void)::unlink(path.c_str());
  reload_.made_sockets.clear();
  reload_.outbox.clear();
  reload_.monitor.reset();
  if (reload_.next) {
    reload_.next->logs.retire();
    reload_.next->certificates.retire();
    reload_.next.reset();
  }
  reload_.reader.close();
  reload_.last_failure = ReloadFailed{.who = reload_.who,
                                      .reason = std::string(reason.substr(0, kMaxReason)),
                                      .at = event::wall_now()};
  if (worker_ready_) reply(*reload_.last_failure);
  end_reload(false, false);
}

void Guardian::end_reload(bool good, bool scripts) {
  reload_.phase = Phase::kIdle;
  ReloadEnded ended{.good = good,
                    .scripts = scripts,
                    .drain_timeout = grants().drain_timeout,
                    .script_time = ScriptHost::longest_finish(grants())};
  std::vector<net::UniqueFd> made;
  if (scripts) made = parts_->scripts.take_parts();
  std::vector<int> fds;
  for (const net::UniqueFd& part : made) fds.push_back(part.get());
  report(ended, fds);
  if (auto who = std::exchange(reload_.again, {})) begin_reload(std::move(*who), false);
}

/// Those that an earlier configuration needed; they end by themselves.
void Guardian::reap_retired() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

}  // namespace hapair::guardian
