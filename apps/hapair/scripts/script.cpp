#include "apps/hapair/scripts/script.hpp"

#include <cstring>

#include "common/base/text.hpp"

namespace hapair::scripts {

std::string ScriptResult::how() const {
  switch (ended_by) {
    case EndedBy::kNotStarted:
      return base::concat("could not be started: ", line);
    case EndedBy::kSignal:
      return base::concat("signal ", number, " (", ::strsignal(static_cast<int>(number)), ")",
                          timed_out ? " after its time limit" : "");
    case EndedBy::kExit:
      break;
  }
  return base::concat("exit code ", number, timed_out ? " after its time limit" : "");
}

}  // namespace hapair::scripts
