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

/// Why there is none, for people, and the exit code of a node that can't start for it.
struct ReadFailure {
  int exit_code = 1;
  std::string text;     ///< a line for each fault
  bool logged = false;  ///< already
};

/// Forks the reader and waits for it.
[[nodiscard]] std::expected<ReadConfig, ReadFailure> read_config(ConfigSource& source,
                                                                 const HostFacts& host,
                                                                 base::Logger& log);

}  // namespace hapair::guardian
