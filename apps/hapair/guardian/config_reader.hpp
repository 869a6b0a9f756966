// Reads the configuration in a child process without network, so that no bug in a parser is one of
// the guardian. What comes back is binary: grants, checked again here, and the sealed envelope.
#pragma once

#include <expected>
#include <string>

#include "apps/hapair/guardian/config_source.hpp"
#include "apps/hapair/guardian/grants.hpp"
#include "common/base/log.hpp"
#include "common/net/unique_fd.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::guardian {

struct ReadConfig {
  Grants grants;
  net::UniqueFd envelope;  ///< sealed memory
};

/// Host name, interfaces and their addresses.
[[nodiscard]] base::Result<HostFacts> gather_host_facts(vrrp::Netlink& netlink);

/// Forks the reader and waits for it. On failure the reader has printed why; the value is the exit
/// code to leave with.
[[nodiscard]] std::expected<ReadConfig, int> read_config(ConfigSource& source,
                                                         const HostFacts& host, base::Logger& log);

}  // namespace hapair::guardian
