#include "apps/hapair/control/state_tone.hpp"

namespace hapair::control {

Tone tone_of(std::string_view state) {
  for (const std::string_view good : {"master", "backup", "UP", "up", "OPEN", "no check"}) {
    if (state == good) return Tone::kGood;
  }
  for (const std::string_view bad : {"fault", "DOWN", "down", "STOP"}) {
    if (state.starts_with(bad)) return Tone::kBad;
  }
  return Tone::kWarning;
}

}  // namespace hapair::control
