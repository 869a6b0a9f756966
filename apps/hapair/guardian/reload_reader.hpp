// Reading the configuration anew, for a guardian that runs: it must not fork while it sends
// adverts, so the supervisor starts this process, at the guardian's word. Like the guardian at its
// start it forks the config reader, which alone parses; then it starts the small processes that
// the new configuration needs, and hands all of it to the guardian.
#pragma once

#include <expected>
#include <string>

#include "apps/hapair/guardian/certificate_keeper.hpp"
#include "apps/hapair/guardian/config_source.hpp"
#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/log_keeper.hpp"
#include "common/base/log.hpp"
#include "common/net/seqpacket.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

/// The process's main function. Closes every descriptor but the channel's. `check`: nothing of what
/// it reads is taken over, so that none of the small processes is started. The value is its exit
/// code.
[[nodiscard]] int run_reload_reader(ConfigSource& source, net::SeqpacketChannel guardian,
                                    bool check, base::Logger& log);

struct NewConfig {
  Grants grants;
  net::UniqueFd envelope;  ///< sealed memory
  LogKeeper logs{};
  CertificateKeeper certificates{};
};

/// What it has sent, in the guardian; else why there is no configuration, a line for each fault.
[[nodiscard]] std::expected<NewConfig, std::string> take_new_config(net::Packet packet);

}  // namespace hapair::guardian
