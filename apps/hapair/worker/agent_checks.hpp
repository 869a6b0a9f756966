// Asks the agents beside servers and passes on what they say: a word laid over the servers' own
// checks. An agent that can't be reached, or makes no sense, says nothing: its last word stays.
#pragma once

#include <vector>

#include "apps/hapair/config/model.hpp"
#include "common/event/event_loop.hpp"
#include "libcheck/core/registry.hpp"
#include "libcheck/io/runner.hpp"

namespace hapair::worker {

class AgentChecks final : check::HealthListener {
 public:
  /// `servers`: the registry that hears the agents' words; it outlives this.
  AgentChecks(event::EventLoop& loop, check::Registry& servers, check::RunnerSettings settings);

  /// The agent of one server.
  void add(check::TargetId server, const config::Agent& agent, const config::Server& config);
  /// A server that has no agent is none to it.
  void remove(check::TargetId server);
  void start(base::Instant now) { runner_.start(now); }

 private:
  void on_health_change(check::TargetId id, const check::Target& agent,
                        check::State previous) noexcept override;
  void on_health_result(check::TargetId id, const check::Target& agent) noexcept override;
  void pass_on(check::TargetId id, const check::CheckResult& result);

  event::EventLoop& loop_;
  check::Registry& servers_;
  check::Registry agents_;  ///< of their answers; nobody else looks into it
  check::Runner runner_;
  std::vector<check::TargetId> server_of_;  ///< by agent's index
  check::Subscription subscription_;
};

}  // namespace hapair::worker
