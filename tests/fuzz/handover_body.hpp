// Any bytes in place of what another hapair hands over: a state or a refusal, and what was read is
// written and read again as it was.
#pragma once

#include <cstdint>
#include <span>

#include "apps/hapair/handover/node_state.hpp"
#include "apps/hapair/handover/steps.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_handover(std::span<const std::uint8_t> bytes) {
  if (const auto step = handover::decode_step(bytes)) {
    const auto again = handover::decode_step(handover::encode_step(*step));
    require(again && *again == *step, "a step is read as it was written");
  }
  const auto state = handover::decode_state(bytes);
  if (!state) {
    require(!state.error().message.empty(), "a refusal says why");
    return;
  }
  const auto once = handover::encode_state(*state, 1);
  const auto again = handover::decode_state(once);
  require(again.has_value(), "what was written can be read");
  require(handover::encode_state(*again, 1) == once, "a state is read as it was written");
  for (const lb::TableMemory& table : state->engine.tables) {
    require(table.last_uses.size() == table.keys.size(), "each client has its last use");
    require(table.servers.empty()
                ? table.windows.size() == table.keys.size() * table.counters.size()
                : table.server_of.size() == table.keys.size(),
            "each client has its row");
  }
}

}  // namespace hapair::fuzz
