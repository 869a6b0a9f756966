#include "apps/hapair/guardian/gateways.hpp"

#include <utility>
#include <variant>

#include "common/base/text.hpp"
#include "common/net/icmp_socket.hpp"

namespace hapair::guardian {
namespace {

using vrrp::NeighbourState;

/// The outcome that follows from the kernel's state, and its words.
std::pair<TargetOutcome, std::string_view> judge(NeighbourState state) {
  switch (state) {
    case NeighbourState::kReachable:
      return {TargetOutcome::kGood, "the neighbour answers"};
    case NeighbourState::kStatic:
      return {TargetOutcome::kGood, "the neighbour is set by hand"};
    case NeighbourState::kFailed:
      return {TargetOutcome::kBad, "the neighbour does not answer"};
    case NeighbourState::kNone:
    case NeighbourState::kAsked:
    case NeighbourState::kOld:
      return {TargetOutcome::kPending, {}};
  }
  return {TargetOutcome::kPending, {}};
}

}  // namespace

Gateways::Gateways(const Grants& grants, std::optional<vrrp::Neighbours> neighbours)
    : grants_(grants), neighbours_(std::move(neighbours)) {}

base::Result<Gateways> Gateways::open(const Grants& grants) {
  std::optional<vrrp::Neighbours> neighbours;
  for (const TargetGrant& target : grants.targets) {
    const auto* gateway = std::get_if<GatewayTarget>(&target);
    if (gateway == nullptr || gateway->by != GatewayTarget::By::kNeighbour || neighbours) continue;
    auto opened = vrrp::Neighbours::open();
    if (!opened) return std::unexpected(opened.error());
    neighbours = std::move(*opened);
  }
  return Gateways(grants, std::move(neighbours));
}

const GatewayTarget* Gateways::gateway(std::size_t target, GatewayTarget::By by) const {
  if (target >= grants_.targets.size()) return nullptr;
  const auto* found = std::get_if<GatewayTarget>(&grants_.targets[target]);
  return found != nullptr && found->by == by ? found : nullptr;
}

std::vector<Gateways::News> Gateways::take_changes(const InterfaceTargets& links) {
  std::vector<News> changes;
  for (std::size_t i = 0; i < grants_.targets.size(); ++i) {
    const GatewayTarget* wanted = gateway(i, GatewayTarget::By::kEcho);
    if (wanted == nullptr) continue;
    const bool anywhere = wanted->interface.empty();
    const std::uint32_t index = anywhere ? 0 : links.index_of(wanted->interface).value_or(0);
    const auto before = opened_.find(i);
    if (before != opened_.end() && before->second == index) continue;
    changes.push_back(open_socket(i, anywhere || index != 0));
    opened_[i] = index;
  }
  return changes;
}

Gateways::News Gateways::open_socket(std::size_t target, bool interface_is_there) const {
  const auto& wanted = std::get<GatewayTarget>(grants_.targets[target]);
  News news{.target = static_cast<std::uint16_t>(target), .socket = {}, .fault = {}};
  if (!interface_is_there) {
    news.fault = base::concat("there is no ", wanted.interface);
    return news;
  }
  auto socket = net::open_echo_socket(
      {.family = wanted.address.family(), .interface = wanted.interface, .source = wanted.source});
  if (socket) {
    news.socket = std::move(*socket);
  } else {
    news.fault = socket.error().message;
  }
  return news;
}

std::optional<TargetFound> Gateways::check(const CheckTarget& request,
                                           const InterfaceTargets& links) {
  const GatewayTarget* wanted = gateway(request.target, GatewayTarget::By::kNeighbour);
  if (wanted == nullptr) return std::nullopt;
  TargetFound found{.target = request.target,
                    .run = request.run,
                    .outcome = TargetOutcome::kBad,
                    .detail = base::concat("there is no ", wanted->interface)};
  const auto link = links.index_of(wanted->interface);
  if (!link) return found;
  auto state = neighbours_->state(*link, wanted->address);
  if (state && !request.again && *state != NeighbourState::kStatic) {
    // What it has answered before proves nothing now.
    const auto asked = neighbours_->ask(*link, wanted->address);
    state = asked ? base::Result<NeighbourState>(NeighbourState::kAsked)
                  : std::unexpected(asked.error());
  }
  if (state) {
    const auto [outcome, words] = judge(*state);
    found.outcome = outcome;
    found.detail = words;
  } else {
    found.outcome = TargetOutcome::kUnknown;
    found.detail = state.error().message;
  }
  return found;
}

}  // namespace hapair::guardian
