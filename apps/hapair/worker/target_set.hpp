// The targets that VIPs can track besides the servers of backends. Each is an entry of the health
// registry. Of an interface the guardian tells at each change, which counts as its debounce has it;
// the others are checked at intervals, by the worker or by the guardian for it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "apps/hapair/guardian/target_port.hpp"
#include "apps/hapair/worker/scripts.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/unique_fd.hpp"
#include "libcheck/core/registry.hpp"
#include "libcheck/io/runner.hpp"

namespace hapair::worker {

/// What targets are made with; all outlive them.
struct TargetParts {
  event::EventLoop& loop;
  check::Registry& registry;
  check::Runner& runner;
  guardian::TargetPort& guardian;
  Scripts& scripts;
};

class TargetSet {
 public:
  /// Adds them to the registry, in the model's order, and to the runner, which has not started.
  TargetSet(const TargetParts& parts, const config::Model& model);
  ~TargetSet();
  TargetSet(const TargetSet&) = delete;
  TargetSet& operator=(const TargetSet&) = delete;

  [[nodiscard]] check::TargetId id(std::size_t target) const;
  void on_found(const guardian::TargetFound& found);
  void on_echo_socket(std::size_t target, net::UniqueFd socket);

 private:
  class Entry;
  class Observed;
  class Echoed;
  class Asked;
  class Scripted;

  [[nodiscard]] static std::unique_ptr<Entry> make(const TargetParts& parts,
                                                   const config::Model& model, std::size_t index);

  std::vector<std::unique_ptr<Entry>> entries_;  ///< by target
};

}  // namespace hapair::worker
