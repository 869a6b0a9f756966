// All that the worker of one hapair hands to its successor's: roles, health, what is known of
// clients, what is counted, and the journal. Of everything by its name, for the successor may have
// another configuration; what it does not have there is left out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/hapair/handover/records.hpp"
#include "common/base/bytes.hpp"
#include "common/base/journal.hpp"
#include "common/base/result.hpp"
#include "libcheck/core/target.hpp"
#include "liblb/core/engine_memory.hpp"
#include "libvrrp/core/election_memory.hpp"

namespace hapair::handover {

struct VipState {
  std::string name;
  vrrp::RouterMemory router;
};

struct NodeState {
  /// A state that is larger is none.
  static constexpr std::size_t kMaxBytes = std::size_t{256} << 20;

  std::vector<VipState> vips{};
  /// With what Registry::adopt() takes in.
  std::vector<check::Target> targets{};
  lb::EngineMemory engine{};
  std::vector<base::JournalEvent> journal{};  ///< oldest first
};

/// `format`: as a binary of that one would write it; for tests.
[[nodiscard]] std::vector<std::uint8_t> encode_state(const NodeState& state,
                                                     std::uint16_t format = kFormat);
[[nodiscard]] base::Result<NodeState> decode_state(base::Bytes bytes);

// The parts of it, each in a file of its own.
[[nodiscard]] RecordWriter vip_records(const VipState& vip);
[[nodiscard]] VipState take_vip(base::Bytes bytes);
[[nodiscard]] RecordWriter target_records(const check::Target& target);
[[nodiscard]] check::Target take_target(base::Bytes bytes);
[[nodiscard]] RecordWriter engine_records(const lb::EngineMemory& engine);
[[nodiscard]] lb::EngineMemory take_engine(base::Bytes bytes);
[[nodiscard]] RecordWriter event_records(const base::JournalEvent& event);
[[nodiscard]] base::JournalEvent take_event(base::Bytes bytes);

}  // namespace hapair::handover
