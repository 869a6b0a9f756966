// How well something is by the word for its state.
#pragma once

#include <string_view>

#include "apps/hapair/control/text_table.hpp"

namespace hapair::control {

/// For roles of VIPs, states of targets and HAProxy's words for servers and proxies.
[[nodiscard]] Tone tone_of(std::string_view state);

}  // namespace hapair::control
