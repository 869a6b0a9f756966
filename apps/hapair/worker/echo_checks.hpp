// Checks of servers by ICMP echo. Their sockets take a privilege, so the guardian opens them, as
// those of gateways: its targets behind the model's.
#pragma once

#include <cstddef>
#include <utility>
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

  /// `index`: of the model's echoes.
  void add(check::TargetId id, const config::Check& check, const config::Echo& echo,
           std::size_t index);

  /// The target goes; nobody is told of its news any more.
  void forget(check::TargetId id);

  // The model is another one now, with other numbers:
  void renumber(std::size_t first) {
    first_ = first;
    before_ = std::exchange(probers_, {});
  }
  /// What was checked as one of the model's before is checked on, as one of this one's.
  void keep(std::size_t before, std::size_t index) { put(index, before_.at(before)); }

  /// The guardian has news of one of its targets, which may be none of these.
  void on_found(const guardian::TargetFound& found);
  void on_socket(std::size_t target, net::UniqueFd socket);

 private:
  struct Known {
    check::TargetId id{};
    check::EchoProber* prober = nullptr;  ///< the runner's; null: there is none
  };

  void put(std::size_t index, const Known& known);
  /// Null: it is none of these.
  [[nodiscard]] check::EchoProber* prober(std::size_t target) const;

  event::EventLoop& loop_;
  check::Runner& runner_;
  std::size_t first_;
  std::vector<Known> probers_;  ///< by echo
  std::vector<Known> before_;   ///< those of the model before
};

}  // namespace hapair::worker
