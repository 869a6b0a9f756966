// Which runs a simulation makes, and how a failed one tells its story.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/base/text.hpp"
#include "tests/sim/cluster.hpp"

namespace hapair::sim {

constexpr std::uint64_t kSeeds = 400;

/// The seeds to run: all of them, so many as HAPAIR_SEEDS says, or the one that HAPAIR_SEED names.
inline std::vector<std::uint64_t> seeds() {
  const auto asked = [](const char* name) -> std::optional<std::uint64_t> {
    const char* text = std::getenv(name);
    return text == nullptr ? std::nullopt : base::parse_unsigned(text);
  };
  if (const auto seed = asked("HAPAIR_SEED")) return {*seed};
  std::vector<std::uint64_t> all(asked("HAPAIR_SEEDS").value_or(kSeeds));
  for (std::uint64_t i = 0; i < all.size(); ++i) all[i] = i + 1;
  return all;
}

inline std::string story(const Cluster& cluster) {
  std::string text;
  for (const std::string& line : cluster.journal()) text += line + "\n";
  return text;
}

}  // namespace hapair::sim
