#include "apps/hapair/worker/hello_wiring.hpp"

#include <algorithm>
#include <limits>

#include "apps/hapair/version.hpp"
#include "apps/hapair/worker/journal_note.hpp"
#include "apps/hapair/worker/settings.hpp"
#include "common/base/text.hpp"

namespace hapair::worker {

HelloWiring::HelloWiring(event::EventLoop& loop, const config::Model& model,
                         const HealthWiring& health, VipSet& vips, const base::Logger& log,
                         base::Journal& journal)
    : loop_(loop),
      model_(model),
      health_(health),
      vips_(vips),
      log_(log),
      journal_(journal),
      settings_(hello_settings(model)),
      peers_(settings_.exchange.peers),
      link_(loop, settings_, *this),
      comparison_(loop, model, health, link_.exchange(), vips),
      refresh_(loop, event::Priority::kControl,
               event::Callback<>::to<&HelloWiring::on_change>(this)) {}

bool HelloWiring::serves(const config::Model& next) const {
  if (!next.cluster.says_hello()) return false;
  const vrrp::HelloLinkSettings after = hello_settings(next);
  return after.own == settings_.own && after.peers == settings_.peers &&
         after.key == settings_.key && after.exchange.node == settings_.exchange.node &&
         after.exchange.peers == settings_.exchange.peers &&
         after.exchange.interval == settings_.exchange.interval;
}

void HelloWiring::on_reload() {
  link_.refresh(report());
  comparison_.on_reload();
}

/// What this node says first: a change of verdict that follows comes with the next turn.
void HelloWiring::on_change() noexcept {
  link_.refresh(report());
  comparison_.update();
}

vrrp::NodeReport HelloWiring::report() const {
  vrrp::NodeReport report{
      .version = std::string(kVersion), .config_hash = model_.hash, .vips = {}, .backends = {}};
  for (const auto& router : vips_.routers()) {
    const vrrp::Election& election = router->election();
    report.vips.push_back({.name = router->settings().name,
                           .role = election.state(),
                           .verdict = election.fitness().verdict,
                           .priority = election.priority()});
  }
  for (std::size_t i = 0; i < model_.backends.size(); ++i) {
    const std::size_t usable = health_.count(i).usable;
    report.backends.push_back(
        {.name = model_.backends[i].name, .usable = static_cast<std::uint16_t>(usable)});
  }
  return report;
}

bool HelloWiring::could_take_over(std::size_t vip) const {
  const std::string& name = model_.vips[vip].name;
  for (const vrrp::HelloPeer& peer : link_.exchange().peers()) {
    if (!peer.present) continue;
    const auto it = std::ranges::find(peer.report.vips, name, &vrrp::HelloVip::name);
    if (it != peer.report.vips.end() && it->verdict != vrrp::Verdict::kUnfit) return true;
  }
  return false;
}

void HelloWiring::on_hello() noexcept {
  comparison_.update();
  if (follower_ != nullptr) follower_->on_hello();
}

void HelloWiring::on_peer_heard(std::size_t peer) noexcept {
  tell(base::LogLevel::kInfo, "hello-peer-heard", peer, "heard",
       base::concat(peers_[peer], " says hello"));
}

void HelloWiring::on_peer_silent(std::size_t peer) noexcept {
  tell(base::LogLevel::kWarning, "hello-peer-silent", peer, "silent",
       base::concat("no hello from ", peers_[peer], " for ",
                    base::format_duration(3 * model_.cluster.hello.interval),
                    ": whether it would take over is not known"));
  comparison_.update();
  if (follower_ != nullptr) follower_->on_peer_silent(peer);
}

void HelloWiring::on_hello_alarm(const vrrp::HelloAlarm& alarm) noexcept {
  const bool notice = alarm.over || alarm.kind == vrrp::HelloAlarmKind::kVersionDiffers;
  tell(notice ? base::LogLevel::kInfo : base::LogLevel::kWarning, vrrp::to_string(alarm.kind),
       alarm.peer, alarm.over ? "same" : "differs", alarm.message);
}

void HelloWiring::on_hello_unavailable(std::string_view why) noexcept {
  const std::string message =
      base::concat(why, ": no node hears of this one but by its adverts; it is tried again");
  log_.warning("hello-unavailable", model_.node().name, message);
  note(journal_, loop_, "hello-unavailable", model_.node().name, "", message);
}

void HelloWiring::tell(base::LogLevel level, std::string_view id, std::size_t peer,
                       std::string_view state, const std::string& message) {
  log_.log(level, id, peers_[peer], message);
  note(journal_, loop_, id, peers_[peer], state, message);
}

}  // namespace hapair::worker
