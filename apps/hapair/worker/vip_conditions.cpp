#include "apps/hapair/worker/vip_conditions.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/worker/settings.hpp"
#include "common/base/text.hpp"

namespace hapair::worker {
namespace {

vrrp::Verdict verdict_of(const config::Model& model, const config::Track& track) {
  if (track.fault) return vrrp::Verdict::kUnfit;
  if (track.penalty) return vrrp::Verdict::kServes;
  if (!track.target) return vrrp::Verdict::kBackendsShort;
  const bool is_gateway = model.targets[*track.target].type == config::TargetType::kGateway;
  return is_gateway ? vrrp::Verdict::kGatewayLost : vrrp::Verdict::kUnfit;
}

/// "backend web", "interface uplink".
std::string name_of(const config::Model& model, const config::Track& track) {
  if (!track.target) return base::concat("backend ", model.backends[track.backend].name);
  const config::Target& target = model.targets[*track.target];
  return base::concat(config::to_string(target.type), " ", target.name);
}

}  // namespace

VipConditions::VipConditions(const config::Model& model, const HealthWiring& health)
    : model_(model),
      health_(health),
      faults_(model.vips.size()),
      maintenance_(model.vips.size()),
      elsewhere_(model.vips.size()) {}

void VipConditions::on_reload(const config::Model& before,
                              std::span<const std::optional<std::size_t>> places) {
  std::vector<std::string> faults(places.size());
  std::vector<std::string> maintenance(places.size());
  std::vector<std::map<std::size_t, std::string>> elsewhere(places.size());
  for (std::size_t vip = 0; vip < places.size(); ++vip) {
    if (!places[vip]) continue;
    faults[vip] = std::move(faults_[*places[vip]]);
    maintenance[vip] = std::move(maintenance_[*places[vip]]);
    const std::vector<NeededBackend> needed = needed_backends(model_, vip);
    for (auto& [backend, why] : elsewhere_[*places[vip]]) {
      const std::string& name = before.backends[backend].name;
      const auto now = std::ranges::find(model_.backends, name, &config::Backend::name);
      const auto place = static_cast<std::size_t>(now - model_.backends.begin());
      if (std::ranges::find(needed, place, &NeededBackend::backend) == needed.end()) continue;
      elsewhere[vip].emplace(place, std::move(why));
    }
  }
  faults_ = std::move(faults);
  maintenance_ = std::move(maintenance);
  elsewhere_ = std::move(elsewhere);
}

std::vector<vrrp::TrackedCondition> VipConditions::of(std::size_t vip) const {
  std::vector<vrrp::TrackedCondition> conditions;
  add_own(vip, "", conditions);
  for (const std::size_t other : concerned(vip)) {
    if (other != vip) add_own(other, base::concat(model_.vips[other].name, ": "), conditions);
  }
  return conditions;
}

vrrp::Fitness VipConditions::fitness(std::size_t vip) const {
  const config::Vip& config = model_.vips[vip];
  return vrrp::assess_fitness(config.priority, verdict_scale(model_, config), of(vip));
}

std::vector<std::size_t> VipConditions::concerned(std::size_t vip) const {
  const config::SyncGroup* group = model_.sync_group_of(vip);
  return group != nullptr ? group->vips : std::vector{vip};
}

bool VipConditions::set_link(const std::string& interface, bool carrier, bool addressed) {
  const LinkState state{.carrier = carrier, .addressed = addressed};
  return std::exchange(links_[interface], state) != state;
}

vrrp::TrackedCondition VipConditions::link_condition(const config::Vip& vip) const {
  const auto found = links_.find(vip.interface);
  const LinkState state = found == links_.end() ? LinkState{} : found->second;
  const std::string address =
      vip.source.is_link_local() ? std::string("link-local address") : vip.source.to_string();
  return {.name = base::concat("interface ", vip.interface),
          .met = state.carrier && state.addressed,
          .detail = !state.carrier     ? "no carrier"
                    : !state.addressed ? base::concat("its address ", address, " is gone")
                                       : "up",
          .verdict = vrrp::Verdict::kUnfit,
          .network = true};
}

void VipConditions::add_own(std::size_t vip, std::string_view prefix,
                            std::vector<vrrp::TrackedCondition>& out) const {
  const config::Vip& config = model_.vips[vip];
  if (!maintenance_[vip].empty()) {
    out.push_back({.name = base::concat(prefix, "maintenance"),
                   .met = false,
                   .detail = maintenance_[vip],
                   .verdict = vrrp::Verdict::kUnfit});
  }
  out.push_back(link_condition(config));
  out.back().name.insert(0, prefix);
  for (std::size_t i = 0; i < config.track.size(); ++i) {
    const config::Track& track = config.track[i];
    out.push_back({.name = base::concat(prefix, name_of(model_, track)),
                   .met = !health_.track_failed(vip, i),
                   .detail = health_.track_text(vip, i),
                   .penalty = track.penalty.value_or(0),
                   .verdict = verdict_of(model_, track)});
  }
  for (const auto& [backend, why] : elsewhere_[vip]) {
    if (why.empty()) continue;
    out.push_back({.name = base::concat(prefix, "backend ", model_.backends[backend].name,
                                        ", compared with other nodes"),
                   .met = false,
                   .detail = why,
                   .verdict = vrrp::Verdict::kBackendsElsewhere});
  }
  if (faulty(vip)) {
    out.push_back({.name = base::concat(prefix, "the addresses"),
                   .met = false,
                   .detail = faults_[vip],
                   .verdict = vrrp::Verdict::kUnfit});
  }
}

}  // namespace hapair::worker
