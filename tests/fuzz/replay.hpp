// Runs a fuzz body over its committed corpus; the unit tests' half of a fuzz target.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <vector>

namespace hapair::fuzz {

/// Returns how many files were fed.
template <class Body>
int replay_corpus(const std::filesystem::path& folder, Body body) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    body(std::span<const std::uint8_t>(bytes));
    ++count;
  }
  return count;
}

}  // namespace hapair::fuzz
