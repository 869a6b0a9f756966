#include "apps/hapair/worker/agent_checks.hpp"

#include <utility>

#include "apps/hapair/worker/check_specs.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::worker {

AgentChecks::AgentChecks(event::EventLoop& loop, check::Registry& servers,
                         check::RunnerSettings settings)
    : loop_(loop),
      servers_(servers),
      runner_(loop, agents_, std::move(settings)),
      subscription_(agents_.subscribe_all(*this)) {}

void AgentChecks::add(check::TargetId server, const config::Agent& agent,
                      const config::Server& config) {
  const check::TargetId id = agents_.add(servers_.get(server).name, {.rise = 1, .fall = 1},
                                         {loop_.now(), event::wall_now()});
  if (id.index >= server_of_.size()) server_of_.resize(id.index + 1);
  server_of_[id.index] = server;
  runner_.add(id, agent_spec(agent, config));
}

void AgentChecks::remove(check::TargetId server) {
  for (const check::TargetId id : agents_.ids()) {
    if (server_of_[id.index] != server) continue;
    runner_.remove(id);
    agents_.remove(id);
    return;
  }
}

void AgentChecks::on_health_change(check::TargetId id, const check::Target& agent,
                                   check::State /*previous*/) noexcept {
  pass_on(id, agent.results.newest().result);
}

void AgentChecks::on_health_result(check::TargetId id, const check::Target& agent) noexcept {
  pass_on(id, agent.results.newest().result);
}

void AgentChecks::pass_on(check::TargetId id, const check::CheckResult& result) {
  if (!result.agent) return;
  servers_.hear(server_of_[id.index], *result.agent, base::concat("its agent says: ", result.info),
                {loop_.now(), event::wall_now()});
}

}  // namespace hapair::worker
