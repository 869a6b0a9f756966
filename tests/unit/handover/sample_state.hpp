// A state with something of everything in it.
#pragma once

#include <chrono>

#include "apps/hapair/handover/node_state.hpp"

namespace hapair::handover::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline base::IpAddress address(std::string_view text) {
  return base::IpAddress::parse(text).value();
}

inline NodeState sample_state() {
  NodeState state;
  const base::Instant now = base::from_ns(5'000'000'000);
  const base::WallTime wall{milliseconds(1'700'000'000'000)};
  VipState& vip = state.vips.emplace_back();
  vip.name = "VI_1";
  vip.router.times_master = 3;
  vip.router.history.push_back({.from = vrrp::State::kBackup,
                                .to = vrrp::State::kMaster,
                                .reason = "10.0.0.2 resigned",
                                .at = now - seconds(1),
                                .wall = wall});
  vip.router.figures.adverts = 1200;
  vip.router.figures.farewells = 2;
  vip.router.figures.transitions[1][2] = 3;
  vip.router.figures.transitions[2][1] = 2;
  vip.router.figures.silence = {.count = 3, .sum = seconds(2), .max = seconds(1)};
  vip.router.election = {.state = vrrp::State::kBackup,
                         .priority = 90,
                         .master_interval = milliseconds(100),
                         .deadline = now + milliseconds(310),
                         .heard = vrrp::HeardMaster{address("10.0.0.2"), 100, now},
                         .obeyed = vrrp::HeardMaster{address("fe80::2"), 100, now},
                         .preempt_at = now + seconds(1),
                         .listening_since = now - seconds(2),
                         .listen_until = now - seconds(1),
                         .claim = "not heard",
                         .master_since = now - seconds(9),
                         .asserted = now - seconds(8),
                         .listened_again = 2,
                         .yields = true};
  check::Target& target = state.targets.emplace_back();
  target.name = "web/one";
  target.state = check::State::kDrain;
  target.reason = "drain, ordered by root";
  target.since = {now - seconds(3), wall};
  target.counter = check::RiseFall({.rise = 2, .fall = 3}, check::Verdict::kPassing, 2);
  target.warns = true;
  target.tried = true;
  target.agent_down = true;
  target.agent_admin = check::AgentWord::Admin::kDrain;
  target.agent_reason = "drain";
  target.weight_percent = 50;
  target.max_connections = 7;
  target.order = check::Order::kDrain;
  target.order_reason = "ordered by root";
  target.results.push({wall,
                       {.code = check::CheckCode::kL7WrongStatus,
                        .status = 500,
                        .duration = milliseconds(2),
                        .info = "Internal Server Error",
                        .warns = true}});
  target.checks = 11;
  target.failures = 4;
  target.observed_failures = 2;
  target.times_down = 1;
  state.engine.counted.push_back({.name = "backend web",
                                  .traffic = {{1, 12}, {4, 600}},
                                  .latency = {{{17, 5}}, {}},
                                  .h2 = {{1, 2}},
                                  .keeping = {{1, 9}}});
  lb::TableMemory clients{.name = "clients", .hash = {.low = 1, .high = 2}};
  clients.counters = {{.of = lb::RateOf::kErrors, .per = seconds(10)}};
  clients.keys = {{{1, 2, 3}}, {{4, 5, 6}}};
  clients.last_uses = {now - seconds(2), now - seconds(1)};
  clients.windows = {{7, 1, 2}, {7, 3}};
  state.engine.tables.push_back(clients);
  lb::TableMemory sticks{.name = "stick:web", .servers = {"one", "two"}};
  sticks.keys = {{{9}}};
  sticks.last_uses = {now};
  sticks.server_of = {1};
  state.engine.tables.push_back(sticks);
  state.journal.push_back({.number = 41,
                           .id = "check-state",
                           .subject = "web/one",
                           .from = "up",
                           .to = "drain",
                           .cause = "ordered by root",
                           .caused_by = 40,
                           .at = now - seconds(3),
                           .wall = wall,
                           .figures = {{"holds", "VI_1"}, {"empty", ""}}});
  return state;
}

}  // namespace hapair::handover::test
