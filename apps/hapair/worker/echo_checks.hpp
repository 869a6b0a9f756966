// Checks of servers by ICMP echo. Their sockets take a privilege, so the guardian opens them, as
// those of gateways: its targets behind the model's.
#pragma once

#include <cstddef>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/unique_fd.hpp"
#include "libcheck/core/registry.hpp"
#include "libcheck/io/echo_prober.hpp"
#include "libcheck/io/runner.hpp"

namespace hapair::worker {

class EchoChecks {
 public:
  /// `first`: the guardian's number of the first; all that is passed by reference outlives it.
  EchoChecks(event::EventLoop& loop, check::Runner& runner, std::size_t first)
      : loop_(loop), runner_(runner), first_(first) {}

  /// In the order of the model's echoes; before the runner starts.
  void add(check::TargetId id, const config::Check& check, const config::Echo& echo);

  /// The guardian has news of one of its targets, which may be none of these.
  void on_found(const guardian::TargetFound& found);
  void on_socket(std::size_t target, net::UniqueFd socket);

 private:
  /// Null: it is none of these.
  [[nodiscard]] check::EchoProber* prober(std::size_t target) const;

  event::EventLoop& loop_;
  check::Runner& runner_;
  const std::size_t first_;
  std::vector<check::EchoProber*> probers_;  ///< the runner's
};

}  // namespace hapair::worker
