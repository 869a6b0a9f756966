// The process that runs the operator's scripts: what it begins with, and what it gives up.
#pragma once

#include <cstdint>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/scripts/running_scripts.hpp"
#include "common/base/bytes.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

/// Of the grants only what may be run and who is told by it: no password, no key.
[[nodiscard]] std::vector<std::uint8_t> encode_script_grants(const Grants& grants);
[[nodiscard]] base::Result<Grants> decode_script_grants(base::Bytes bytes);

/// The process's main function, after a fork of the supervisor. The descriptors are those of
/// ScriptHost::take_parts(); all others are closed. `running`: what runs, for the parent. Returns
/// the exit code: 0 when it was told to finish, or its guardian has gone.
[[nodiscard]] int run_script_host(net::UniqueFd channel, net::UniqueFd granted,
                                  scripts::RunningScripts& running, base::Logger& log);

}  // namespace hapair::guardian
