// The targets that VIPs can track besides the servers of backends. Each is an entry of the health
// registry; what is found of them comes from the guardian, and counts as their debounce has it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "common/event/event_loop.hpp"
#include "libcheck/core/debounce.hpp"
#include "libcheck/core/registry.hpp"

namespace hapair::worker {

class TargetSet {
 public:
  /// Adds them to the registry, in the model's order. All outlive it.
  TargetSet(event::EventLoop& loop, const std::vector<config::Target>& targets,
            check::Registry& registry);
  ~TargetSet();

  [[nodiscard]] check::TargetId id(std::size_t target) const;
  void on_found(const guardian::TargetFound& found);

 private:
  class Observed;

  std::vector<std::unique_ptr<Observed>> observed_;  ///< by target
};

}  // namespace hapair::worker
