// Cross checks of the log targets; see validate.hpp.
#include "apps/hapair/config/cross_check.hpp"

namespace hapair::config {

void check_log(const CrossCheck& check) {
  for (const auto& [path, target] : check.draft.log) {
    if (target.type == LogType::kFile && !check.positions.given(path + ".path")) {
      check.fault(path, "a target of type \"file\" needs a path; add it");
    }
    if (!target.socket.empty() && check.positions.given(path + ".address")) {
      check.fault(path + ".address",
                  "the target has a socket already, and a daemon is reached by one way; remove "
                  "one of the two");
    }
  }
}

}  // namespace hapair::config
