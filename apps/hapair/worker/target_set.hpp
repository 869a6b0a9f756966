// The targets that VIPs can track besides the servers of backends. Each is an entry of the health
// registry. Of an interface the guardian tells at each change, which counts as its debounce has it;
// the others are checked at intervals, by the worker or by the guardian for it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
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

  /// The model is another one now, which `parts` are to serve: targets of the same name keep their
  /// state, those that are the same otherwise, too, are watched on. Nobody tracks or follows what
  /// goes. In two steps, as scripts are listened to by one at a time.
  void leave(const TargetParts& parts, const config::Model& before, const config::Model& model);
  void follow_change(const TargetParts& parts, const config::Model& model);

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
                                                   const config::Model& model, std::size_t index,
                                                   std::optional<check::TargetId> known = {});

  std::vector<std::unique_ptr<Entry>> entries_;       ///< by target
  std::vector<std::optional<check::TargetId>> kept_;  ///< between leave() and follow_change()
};

}  // namespace hapair::worker
