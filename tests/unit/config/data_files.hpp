// The example configurations below tests/data/config and configs, and their expected results.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace hapair::config {

inline const std::filesystem::path kDataRoot =
    std::filesystem::path(HAPAIR_TEST_ROOT) / "data" / "config";
inline const std::filesystem::path kExamplesRoot =
    std::filesystem::path(HAPAIR_TEST_ROOT).parent_path() / "configs";

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// True when expectations are to be written anew; review the change as a diff.
inline bool rewriting() { return std::getenv("HAPAIR_REWRITE") != nullptr; }

/// All *.json below the folder, but for the schema.
inline std::vector<std::filesystem::path> configs_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json" && entry.path().filename() != "schema.json") {
      paths.push_back(entry.path());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace hapair::config
