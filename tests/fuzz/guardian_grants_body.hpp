// Any bytes in place of the grants: grants within every limit or a refusal; one encoding.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "apps/hapair/guardian/grants.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_guardian_grants(std::span<const std::uint8_t> bytes) {
  const auto grants = guardian::decode_grants(bytes);
  if (!grants) return;
  require(std::ranges::equal(guardian::encode_grants(*grants), bytes), "grants have one encoding");
  require(grants->groups.size() <= guardian::kMaxGroups, "bounded groups");
  for (const auto& group : grants->groups) {
    require(group.interface < grants->interfaces.size(), "an interface that is granted");
    require(!group.addresses.empty(), "an address at least");
  }
}

}  // namespace hapair::fuzz
