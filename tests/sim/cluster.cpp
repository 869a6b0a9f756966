#include "tests/sim/cluster.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/base/text.hpp"

namespace hapair::sim {

using vrrp::State;

namespace {

constexpr std::int64_t kMillion = 1'000'000;

}  // namespace

Cluster::Cluster(std::vector<vrrp::GroupSettings> groups, std::uint64_t seed) : random_(seed) {
  for (vrrp::GroupSettings& group : groups) {
    Node node;
    node.fitness = {vrrp::Verdict::kServes, group.priority, ""};
    node.settings = std::move(group);
    nodes_.push_back(std::move(node));
  }
}

void Cluster::start(std::size_t node) {
  Node& self = nodes_[node];
  if (self.election) return;
  self.election = std::make_unique<vrrp::Election>(self.settings, self.fitness);
  self.checks = std::make_unique<vrrp::ReceiveChecks>(self.settings);
  self.sending = {.since = time_of(node)};
  perform(node, self.election->on_start(time_of(node)));
  take_note();
}

void Cluster::shut_down(std::size_t node) {
  Node& self = nodes_[node];
  if (!self.election || self.paused) return;
  perform(node, self.election->on_shutdown("told to stop"));
  crash(node);
}

void Cluster::crash(std::size_t node) {
  Node& self = nodes_[node];
  if (!self.election) return;
  note(node, "gone");
  self.election.reset();
  self.checks.reset();
  self.order.reset();
  self.holds = false;
  self.deadline.reset();
  self.paused.reset();
  self.order_came_due.reset();
  self.waiting.clear();
  self.news = false;
  take_note();
}

void Cluster::pause(std::size_t node, PauseKind kind, base::Duration time) {
  Node& self = nodes_[node];
  if (!self.election || self.paused) return;
  note(node, base::concat(kind == PauseKind::kMachine ? "machine" : "worker", " paused for ",
                          base::format_duration(time)));
  self.paused = kind;
  take_note();
  push({.at = now_ + time, .what = What::kResume, .node = node});
}

void Cluster::set_fitness(std::size_t node, vrrp::Verdict verdict, std::uint8_t priority) {
  Node& self = nodes_[node];
  if (self.paused) return;
  self.fitness = {verdict, priority, "tracking"};
  note(node, base::concat("priority ", priority, ", ", to_string(verdict)));
  if (self.election) perform(node, self.election->on_fitness(self.fitness, time_of(node)));
  take_note();
}

void Cluster::run_until(base::Instant until) {
  while (!events_.empty() && events_.top().at <= until) {
    const Event event = events_.top();
    events_.pop();
    now_ = event.at;
    dispatch(event);
    take_note();
  }
  now_ = until;
  take_note();
}

std::optional<base::Instant> Cluster::next_at() const {
  if (events_.empty()) return std::nullopt;
  return events_.top().at;
}

void Cluster::grant(std::size_t node) {
  perform(node, nodes_[node].election->on_grant(time_of(node)));
  take_note();
}

void Cluster::give_way(std::size_t node, std::string_view why) {
  perform(node, nodes_[node].election->on_give_way(why, time_of(node)));
  take_note();
}

std::vector<std::size_t> Cluster::masters() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (running(i) && nodes_[i].election->state() == State::kMaster) found.push_back(i);
  }
  return found;
}

void Cluster::watch() {
  two_ = {};
  none_ = {};
  take_note();
}

void Cluster::Spell::note(bool is_so, base::Instant now) {
  if (since) longest = std::max(longest, now - *since);
  if (!is_so) {
    since.reset();
  } else if (!since) {
    since = now;
  }
}

/// A machine that does not run answers nobody, whatever it believes to be.
void Cluster::take_note() {
  const std::vector<std::size_t> all = masters();
  const auto awake = std::ranges::count_if(
      all, [this](std::size_t node) { return nodes_[node].paused != PauseKind::kMachine; });
  two_.note(awake > 1, now_);
  none_.note(awake == 0, now_);
}

base::Instant Cluster::shown(std::size_t node, base::Instant at) const {
  return at + at.time_since_epoch() * nodes_[node].drift_ppm / kMillion;
}

/// When the node's clock shows that time: never a nanosecond too early.
base::Instant Cluster::when(std::size_t node, base::Instant on_its_clock) const {
  const std::int64_t ppm = nodes_[node].drift_ppm;
  base::Instant at =
      on_its_clock - on_its_clock.time_since_epoch() * ppm / (kMillion + ppm) - base::Duration(2);
  while (shown(node, at) < on_its_clock) at += base::Duration(1);
  return std::max(at, now_);
}

void Cluster::push(Event event) {
  event.sequence = next_sequence_++;
  events_.push(std::move(event));
}

void Cluster::dispatch(const Event& event) {
  Node& self = nodes_[event.node];
  if (!self.election) return;
  switch (event.what) {
    case What::kDeliver:
      deliver(event);
      break;
    case What::kDeadline:
      if (event.generation == self.deadline_generation && !self.paused)
        look_at_deadline(event.node);
      break;
    case What::kAdvertise:
      if (event.generation == self.order_generation) send_by_order(event.node);
      break;
    case What::kResume:
      resume(event.node);
      break;
  }
}

void Cluster::deliver(const Event& event) {
  Node& self = nodes_[event.node];
  if (self.paused) {
    if (*self.paused == PauseKind::kWorker) self.waiting.push_back(event);
    return;
  }
  const auto accepted = self.checks->accept(
      {event.from, vrrp::multicast_group(base::Family::kIpv4), vrrp::kTtl, *event.payload});
  if (!accepted) return;
  self.election->on_sending(self.sending);
  perform(event.node, self.election->on_advert(accepted->advert, event.from, time_of(event.node)));
}

void Cluster::look_at_deadline(std::size_t node) {
  Node& self = nodes_[node];
  if (!self.deadline || time_of(node) < *self.deadline) return;
  self.deadline.reset();
  self.election->on_sending(self.sending);
  perform(node, self.election->on_deadline(time_of(node)));
}

void Cluster::send_by_order(std::size_t node) {
  Node& self = nodes_[node];
  if (!self.order) return;
  if (self.paused == PauseKind::kMachine) {
    if (!self.order_came_due) self.order_came_due = time_of(node);
    return;
  }
  perform(node, *self.order);
}

/// The sender's rule for a pause in which a peer may have taken over.
void Cluster::send_late(std::size_t node, base::Instant due) {
  Node& self = nodes_[node];
  if (!self.order) return;
  if (time_of(node) - due <= 2 * self.order->interval) return send_by_order(node);
  self.sending.since = time_of(node);
  schedule_advert(node);
}

/// As the driver does it: what waits in the socket is read before a deadline is believed. The
/// sender is as awake as the rest by then, and may be quicker.
void Cluster::resume(std::size_t node) {
  Node& self = nodes_[node];
  if (!self.paused) return;
  self.paused.reset();
  note(node, "resumed");
  if (const auto due = std::exchange(self.order_came_due, std::nullopt)) send_late(node, *due);
  for (const Event& packet : std::exchange(self.waiting, {})) deliver(packet);
  look_at_deadline(node);
}

void Cluster::send(std::size_t node, std::uint8_t priority) {
  const vrrp::GroupSettings& settings = nodes_[node].settings;
  const vrrp::Advert advert{.version = settings.version,
                            .vrid = settings.vrid,
                            .priority = priority,
                            .interval = settings.advert_interval,
                            .addresses = settings.addresses,
                            .auth_type = settings.auth_type,
                            .auth = settings.auth};
  const auto payload = std::make_shared<const std::vector<std::uint8_t>>(vrrp::encode_advert(
      advert, settings.own_address, vrrp::multicast_group(base::Family::kIpv4)));
  for (std::size_t to = 0; to < nodes_.size(); ++to) {
    if (to == node) continue;
    send_copy(to, settings.own_address, payload);
    if (random_.below(100) < wire_.repeat) send_copy(to, settings.own_address, payload);
  }
}

void Cluster::send_copy(std::size_t to, const base::IpAddress& from,
                        const std::shared_ptr<const std::vector<std::uint8_t>>& payload) {
  if (random_.below(100) < wire_.loss) return;
  Event event{.at = now_ + random_.below(wire_.max_delay),
              .what = What::kDeliver,
              .node = to,
              .from = from,
              .payload = payload};
  if (random_.below(100) < wire_.spoil) {
    auto spoilt = std::make_shared<std::vector<std::uint8_t>>(*payload);
    const std::uint64_t bit = random_.below(std::uint64_t{8} * spoilt->size());
    (*spoilt)[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    event.payload = std::move(spoilt);
  }
  push(std::move(event));
}

void Cluster::perform(std::size_t node, const vrrp::Effects& effects) {
  for (const vrrp::Effect& effect : effects) {
    std::visit([this, node](const auto& one) { perform(node, one); }, effect);
  }
  check_consistent(node);
}

void Cluster::perform(std::size_t node, const vrrp::Advertise& order) {
  Node& self = nodes_[node];
  self.order = order;
  send(node, order.priority);
  self.sending.until = time_of(node);
  schedule_advert(node);
}

void Cluster::schedule_advert(std::size_t node) {
  Node& self = nodes_[node];
  push({.at = when(node, time_of(node) + self.order->interval),
        .what = What::kAdvertise,
        .node = node,
        .generation = ++self.order_generation});
}

void Cluster::perform(std::size_t node, const vrrp::StopAdvertising& order) {
  expect(nodes_[node].holds, node, "adverts stop before the addresses are released");
  nodes_[node].order.reset();
  if (order.resign) send(node, vrrp::kResignPriority);
}

void Cluster::perform(std::size_t node, const vrrp::AcquireVips& /*order*/) {
  expect(nodes_[node].order.has_value(), node, "a master advertises before it holds");
  expect(!nodes_[node].holds, node, "addresses are acquired once");
  nodes_[node].holds = true;
}

void Cluster::perform(std::size_t node, const vrrp::ReleaseVips& /*order*/) {
  expect(nodes_[node].holds, node, "only held addresses are released");
  nodes_[node].holds = false;
}

void Cluster::perform(std::size_t node, const vrrp::Announce& /*order*/) {
  expect(nodes_[node].holds, node, "only held addresses are announced");
}

void Cluster::perform(std::size_t node, const vrrp::ArmDeadline& order) {
  Node& self = nodes_[node];
  expect(order.at >= time_of(node), node, "deadlines lie ahead");
  self.deadline = order.at;
  push({.at = when(node, order.at),
        .what = What::kDeadline,
        .node = node,
        .generation = ++self.deadline_generation});
}

void Cluster::perform(std::size_t node, const vrrp::DisarmDeadline& /*order*/) {
  nodes_[node].deadline.reset();
}

void Cluster::perform(std::size_t node, const vrrp::Claim& /*claim*/) {
  expect(nodes_[node].settings.synced, node, "only a member of a sync group claims");
  nodes_[node].news = true;
}

void Cluster::perform(std::size_t node, const vrrp::Transition& transition) {
  Node& self = nodes_[node];
  ++transitions_;
  self.news = true;
  note(node, base::concat(to_string(transition.from), " -> ", to_string(transition.to), ": ",
                          transition.reason));
  const bool concerns_master = transition.from == State::kMaster || transition.to == State::kMaster;
  expect(self.holds == concerns_master, node, "role changes are told while the addresses are held");
  if (transition.from == State::kMaster) {
    expect(!self.order, node, "the adverts have stopped when the loss of a role is told");
  }
}

void Cluster::perform(std::size_t /*node*/, const vrrp::Alarm& /*alarm*/) {}

/// Between two inputs: a master, and only a master, advertises and holds the addresses; whoever
/// takes part has a deadline.
void Cluster::check_consistent(std::size_t node) {
  const Node& self = nodes_[node];
  const State state = self.election->state();
  expect(self.holds == (state == State::kMaster), node, "a master, and only a master, holds");
  expect(self.order.has_value() == self.holds, node, "a master, and only a master, advertises");
  expect(self.deadline.has_value() == (state == State::kMaster || state == State::kBackup), node,
         "who takes part has a deadline");
}

void Cluster::expect(bool holds, std::size_t node, const char* invariant) {
  if (holds) return;
  note(node, base::concat("BROKEN: ", invariant));
  violations_.push_back(journal_.back());
}

void Cluster::note(std::size_t node, const std::string& what) {
  journal_.push_back(base::concat(
      base::format_duration(std::chrono::round<std::chrono::microseconds>(now_.time_since_epoch())),
      " node ", node, ": ", what));
}

}  // namespace hapair::sim
