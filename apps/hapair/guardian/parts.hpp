// All that the guardian makes of one configuration, together: a reload prepares the next one beside
// what runs, and then puts it in its place or drops it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "apps/hapair/guardian/certificate_keeper.hpp"
#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/guardian_core.hpp"
#include "apps/hapair/guardian/link_states.hpp"
#include "apps/hapair/guardian/listeners.hpp"
#include "apps/hapair/guardian/log_keeper.hpp"
#include "apps/hapair/guardian/reload_reader.hpp"
#include "apps/hapair/guardian/script_host.hpp"
#include "apps/hapair/guardian/target_watch.hpp"
#include "apps/hapair/guardian/vip_actuator.hpp"
#include "apps/hapair/guardian/vip_look.hpp"
#include "apps/hapair/guardian/vip_routing.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::guardian {

struct Parts {
  std::unique_ptr<const Grants> grants;  ///< the others refer to it
  net::UniqueFd envelope;                ///< of the model; sealed memory
  LogKeeper logs;
  CertificateKeeper certificates;
  ScriptHost scripts;
  VipActuator actuator;
  VipRouting routing;
  TargetWatch targets;
  Listeners listeners{*grants};
  LinkStates links{*grants};
  VipLook look{*grants};
};

[[nodiscard]] bool has_routes(const Grants& grants);

/// What the core plans with.
[[nodiscard]] std::vector<GuardianCore::GroupPlan> plans_of(const Grants& grants);

/// What outlives every configuration.
struct HostAccess {
  Ledger& ledger;
  vrrp::Netlink& netlink;
  base::Logger& log;
};

/// Those that a guardian begins with. `beside`: another hapair on this host goes on holding and
/// advertising, and nothing of it changes.
[[nodiscard]] base::Result<std::unique_ptr<Parts>> prepare_first(NewConfig config, bool beside,
                                                                 const HostAccess& host);

/// The parts for `config` beside those that run, which it leaves as they are. An error has a line
/// for each fault; then nothing of it is left, and the keepers are still in `config`.
[[nodiscard]] base::Result<std::unique_ptr<Parts>> prepare_beside(NewConfig& config,
                                                                  const Parts& running,
                                                                  const HostAccess& host);

/// `next` in place of `running`, as far as this host goes; `places` has for each of its groups the
/// place in `running`. Cannot fail.
void take_over(Parts& next, Parts& running, std::span<const std::optional<std::size_t>> places,
               const HostAccess& host);

}  // namespace hapair::guardian
