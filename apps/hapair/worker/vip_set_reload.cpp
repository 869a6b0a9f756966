// VIPs of another configuration in place of those that run: elections of those that stay go on.
#include <algorithm>
#include <utility>

#include "apps/hapair/wiring/grants_from_model.hpp"
#include "apps/hapair/worker/settings.hpp"
#include "apps/hapair/worker/vip_set.hpp"
#include "common/base/text.hpp"

namespace hapair::worker {
namespace {

/// The same virtual router on the same network, whatever its name.
bool is_same_router(const config::Vip& before, const config::Vip& after) {
  return before.router_id == after.router_id && before.family == after.family &&
         before.interface == after.interface;
}

}  // namespace

base::Result<VipSet::Change> VipSet::prepare(const config::Model& next,
                                             std::vector<NewReceiver> sockets) {
  Change change;
  std::vector<std::string> faults;
  for (const config::Vip& after : next.vips) {
    auto& place = change.places.emplace_back();
    for (std::size_t i = 0; i < model_.vips.size(); ++i) {
      if (is_same_router(model_.vips[i], after)) place = i;
    }
    for (const config::VipAddress& each : after.addresses) {
      const base::IpAddress& address = each.prefix.address;
      for (std::size_t i = 0; i < model_.vips.size(); ++i) {
        if (i == place || !model_.vips[i].has(address)) continue;
        // It would be on two hosts: where this VIP is master, and where that one is.
        if (!routers_[i]->held_elsewhere(address)) continue;
        faults.push_back(base::concat("vips.", after.name, ": ", address.to_string(),
                                      " moves here from ", model_.vips[i].name,
                                      ", whose master is another node and still has it: reload "
                                      "there first"));
      }
    }
  }
  for (NewReceiver& each : sockets) {
    auto receiver = make_receiver(std::move(each.socket), each.family);
    if (auto started = receiver->start(); !started) {
      faults.push_back(started.error().within(each.interface).message);
    }
    change.receivers.push_back(std::move(receiver));
    change.opened.emplace_back(std::move(each.interface), each.family);
  }
  if (!faults.empty()) return base::fail(base::join(faults, "\n"));
  return change;
}

void VipSet::leave(const Change& change) {
  for (std::size_t i = 0; i < routers_.size(); ++i) {
    if (std::ranges::find(change.places, std::optional(i)) != change.places.end()) continue;
    routers_[i]->resign("taken out of the configuration");
  }
}

void VipSet::take_over(Change change, const config::Model& before) {
  conditions_.on_reload(before, change.places);
  interfaces_ = wiring::interfaces_of(model_);
  for (std::size_t i = 0; i < change.opened.size(); ++i) {
    receivers_.insert_or_assign(change.opened[i], std::move(change.receivers[i]));
  }
  std::vector<std::unique_ptr<vrrp::Router>> routers(model_.vips.size());
  std::vector<std::string> faults(model_.vips.size());
  for (std::size_t i = 0; i < routers.size(); ++i) {
    const auto& place = change.places[i];
    if (!place) continue;
    routers[i] = std::move(routers_[*place]);
    faults[i] = std::move(routes_faults_[*place]);
  }
  sync_groups_.clear();
  routers_ = std::move(routers);
  routes_faults_ = std::move(faults);
  address_retries_.assign(routers_.size(), {});
  vrrp::RouterListener& roles = *this;
  for (std::size_t i = 0; i < routers_.size(); ++i) {
    if (routers_[i]) continue;
    const config::Vip& vip = model_.vips[i];
    vrrp::AdvertReceiver& receiver = *receivers_.at({vip.interface, vip.family});
    routers_[i] =
        std::make_unique<vrrp::Router>(loop_, i, group_settings(model_, i), conditions_.fitness(i),
                                       receiver, guardian_, roles, log_, journal_);
  }
  drop_idle_receivers();
  for (const auto& [place, receiver] : receivers_) {
    for (const config::Vip& each : model_.vips) receiver->reserve(each.router_id);
  }
  make_sync_groups();
  for (std::size_t i = 0; i < routers_.size(); ++i) {
    if (!change.places[i]) continue;
    routers_[i]->use(i, group_settings(model_, i));
    routers_[i]->set_fitness(conditions_.fitness(i));
  }
  for (std::size_t i = 0; i < routers_.size(); ++i) {
    if (!change.places[i]) routers_[i]->start();
  }
  settle_.schedule();
}

void VipSet::drop_idle_receivers() {
  std::erase_if(receivers_, [this](const auto& each) {
    return std::ranges::none_of(model_.vips, [&](const config::Vip& vip) {
      return each.first == std::pair(vip.interface, vip.family);
    });
  });
}

}  // namespace hapair::worker
