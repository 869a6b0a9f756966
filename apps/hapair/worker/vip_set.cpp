#include "apps/hapair/worker/vip_set.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/wiring/grants_from_model.hpp"
#include "apps/hapair/worker/journal_note.hpp"
#include "apps/hapair/worker/settings.hpp"
#include "common/base/text.hpp"

namespace hapair::worker {

VipSet::VipSet(event::EventLoop& loop, const config::Model& model, const HealthWiring& health,
               guardian::GuardianClient& guardian, RoleListener& listener, const base::Logger& log,
               base::Journal& journal)
    : loop_(loop),
      model_(model),
      guardian_(guardian),
      listener_(listener),
      log_(log),
      journal_(journal),
      conditions_(model, health),
      interfaces_(wiring::interfaces_of(model)),
      routes_faults_(model.vips.size()),
      address_retries_(model.vips.size()),
      settle_(loop, event::Priority::kVrrp, event::Callback<>::to<&VipSet::settle>(this)),
      retry_(loop, event::Priority::kVrrp, event::Callback<>::to<&VipSet::on_retry>(this)) {}

base::Result<void> VipSet::set_up() {
  vrrp::RouterListener& roles = *this;
  for (std::size_t i = 0; i < model_.vips.size(); ++i) {
    const auto receiver = receiver_for(model_.vips[i]);
    if (!receiver) return std::unexpected(receiver.error());
    routers_.push_back(std::make_unique<vrrp::Router>(loop_, i, group_settings(model_, i),
                                                      conditions_.fitness(i), **receiver, guardian_,
                                                      roles, log_, journal_));
  }
  make_sync_groups();
  return {};
}

void VipSet::make_sync_groups() {
  sync_groups_.clear();
  for (const config::SyncGroup& group : model_.sync_groups) {
    vrrp::SyncGroup& made = sync_groups_.emplace_back(group.name);
    for (const std::size_t vip : group.vips) made.add(*routers_[vip]);
  }
}

/// One for each interface and family.
base::Result<vrrp::AdvertReceiver*> VipSet::receiver_for(const config::Vip& vip) {
  auto& receiver = receivers_[{vip.interface, vip.family}];
  if (receiver) return receiver.get();
  const auto interface = std::ranges::find(interfaces_, vip.interface) - interfaces_.begin();
  auto socket = guardian_.open_vrrp_receive(static_cast<std::size_t>(interface), vip.family);
  if (!socket) return std::unexpected(socket.error().within(vip.interface));
  receiver = make_receiver(std::move(*socket), vip.family);
  if (frozen_) return receiver.get();
  if (auto started = receiver->start(); !started) return std::unexpected(started.error());
  return receiver.get();
}

std::unique_ptr<vrrp::AdvertReceiver> VipSet::make_receiver(net::UniqueFd socket,
                                                            base::Family family) {
  auto receiver = std::make_unique<vrrp::AdvertReceiver>(loop_, std::move(socket), family);
  vrrp::ForeignVridListener& listener = *this;
  receiver->tell(listener);
  for (const config::Vip& each : model_.vips) receiver->reserve(each.router_id);
  return receiver;
}

void VipSet::start() {
  for (const auto& router : routers_) router->start();
}

void VipSet::freeze() {
  frozen_ = true;
  for (const auto& [where, receiver] : receivers_) receiver->pause();
  for (const auto& router : routers_) router->freeze();
}

void VipSet::thaw() {
  frozen_ = false;
  for (const auto& [where, receiver] : receivers_) {
    if (const auto started = receiver->start(); !started) {
      log_.error("vrrp-receive-failed", where.first, started.error().message);
    }
  }
  for (const auto& router : routers_) router->thaw();
  // What has changed meanwhile.
  for (std::size_t vip = 0; vip < routers_.size(); ++vip) refresh(vip);
}

std::vector<VipSet::Receiver> VipSet::receivers() const {
  std::vector<Receiver> all;
  for (const auto& [where, receiver] : receivers_) {
    const auto interface = std::ranges::find(interfaces_, where.first) - interfaces_.begin();
    all.push_back({.interface = static_cast<std::size_t>(interface),
                   .family = where.second,
                   .fd = receiver->fd()});
  }
  return all;
}

void VipSet::resign(std::string_view why) {
  for (const auto& router : routers_) router->resign(why);
}

void VipSet::refresh(std::size_t vip) {
  for (const std::size_t each : conditions_.concerned(vip)) {
    routers_[each]->set_fitness(conditions_.fitness(each));
  }
  listener_.on_vip_fitness();
}

void VipSet::set_maintenance(std::size_t vip, bool on, std::string_view who) {
  const std::string order = base::concat(on ? "ordered by " : "ended by ", who);
  conditions_.set_maintenance(vip, on ? order : std::string());
  guardian_.keep_maintenance(vip, on);
  log_.warning("maintenance", model_.vips[vip].name, base::concat(on ? "on, " : "off, ", order));
  note(journal_, loop_, "maintenance", model_.vips[vip].name, on ? "on" : "off", order);
  const base::Journal::Cause cause(journal_, journal_.last("maintenance", model_.vips[vip].name));
  refresh(vip);
}

void VipSet::on_maintenance(std::size_t vip) {
  if (vip >= routers_.size()) return;
  conditions_.set_maintenance(vip, "ordered before this start");
  refresh(vip);
}

void VipSet::on_link_state(std::size_t interface, bool carrier, bool addressed) {
  if (interface >= interfaces_.size()) return;
  const std::string& name = interfaces_[interface];
  if (!conditions_.set_link(name, carrier, addressed)) return;
  note(journal_, loop_, "interface-state", name,
       !carrier    ? "no carrier"
       : addressed ? "up"
                   : "without its address",
       "told by the kernel");
  const base::Journal::Cause cause(journal_, journal_.last("interface-state", name));
  for (std::size_t vip = 0; vip < routers_.size(); ++vip) {
    if (model_.vips[vip].interface == interfaces_[interface]) refresh(vip);
  }
}

void VipSet::set_elsewhere(std::size_t vip, std::size_t backend, std::string_view why) {
  if (why.empty() && !conditions_.elsewhere(vip, backend)) return;
  conditions_.set_elsewhere(vip, backend, why);
  const std::string& name = model_.vips[vip].name;
  note(journal_, loop_, "backend-elsewhere", name, why.empty() ? "here" : "elsewhere",
       base::concat("backend ", model_.backends[backend].name, ": ",
                    why.empty() ? "no other node is better off" : why));
  const base::Journal::Cause cause(journal_, journal_.last("backend-elsewhere", name));
  refresh(vip);
}

void VipSet::on_addresses_lost(std::size_t vip, std::string_view reason) {
  conditions_.set_fault(vip, reason);
  address_retries_[vip].on_lost(loop_.now());
  note(journal_, loop_, "vip-lost", model_.vips[vip].name, "", std::string(reason));
  const base::Journal::Cause cause(journal_, journal_.last("vip-lost", model_.vips[vip].name));
  refresh(vip);
  retry_.arm_after(AddressRetry::kFirst);
}

void VipSet::on_routes_state(std::size_t vip, std::string_view fault) {
  if (vip >= routes_faults_.size()) return;
  routes_faults_[vip] = fault;
  note(journal_, loop_, "routes-state", model_.vips[vip].name, fault.empty() ? "there" : "missing",
       fault.empty() ? "all routes and rules are there" : std::string(fault));
}

void VipSet::on_role(std::size_t group, vrrp::State state, std::string_view /*reason*/) noexcept {
  listener_.on_vip_role(group, state);
  if (state != vrrp::State::kMaster) routes_faults_[group].clear();  // gone with the VIP
  if (routers_[group]->settings().synced) settle_.schedule();
}

void VipSet::on_claim(std::size_t /*group*/) noexcept { settle_.schedule(); }

void VipSet::on_foreign_vrid(std::uint8_t vrid, const base::IpAddress& from) noexcept {
  const std::string message =
      base::concat(from.to_string(), " advertises with router_id ", vrid,
                   ", which is none of this node's: another cluster shares this network");
  const std::string subject = base::concat("router_id ", vrid);
  note(journal_, loop_, "vrrp-foreign-vrid", subject, "", message);
  if (foreign_guard_.pass(loop_.now())) log_.info("vrrp-foreign-vrid", subject, message);
}

void VipSet::settle() noexcept {
  for (vrrp::SyncGroup& group : sync_groups_) group.settle();
}

void VipSet::on_retry() noexcept {
  const base::Instant now = loop_.now();
  bool waits = false;
  for (std::size_t vip = 0; vip < routers_.size(); ++vip) {
    if (!conditions_.faulty(vip)) continue;
    const bool served = routers_[vip]->peers().master(now) != nullptr;
    if (!address_retries_[vip].is_due(now, served)) {
      waits = true;
      continue;
    }
    conditions_.set_fault(vip, "");
    refresh(vip);
  }
  if (waits) retry_.arm_after(AddressRetry::kFirst);
}

}  // namespace hapair::worker
