// What the configuration says of a server's check, as libcheck has it.
#pragma once

#include <cstddef>
#include <optional>

#include "apps/hapair/config/model.hpp"
#include "libcheck/core/spec.hpp"

namespace hapair::worker {

/// How often it is checked.
[[nodiscard]] check::Intervals intervals_of(const config::Check& check);

/// `tls`: which of the runner's contexts the backend's check uses, where it is under TLS.
[[nodiscard]] check::CheckSpec check_spec(const config::Check& check, const config::Server& server,
                                          std::optional<std::size_t> tls);

/// The same of a question to the agent beside a server.
[[nodiscard]] check::CheckSpec agent_spec(const config::Agent& agent, const config::Server& server);

}  // namespace hapair::worker
