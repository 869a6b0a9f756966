// Replays tests/scenarios/vrrp/*.txt: commands with the expected trace below each. With
// HAPAIR_REWRITE=1 in the environment the expectations are written anew; review the diff.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "common/base/text.hpp"
#include "tests/unit/libvrrp/election_script.hpp"

namespace hapair::vrrp {
namespace {

const std::filesystem::path kFolder = HAPAIR_TEST_ROOT "/scenarios/vrrp";

/// The file's text with each trace replaced by what the election does. Comments and blank lines
/// before a command are kept.
std::string replay(const std::string& file) {
  test::ElectionScript script;
  std::istringstream in(file);
  std::string out;
  std::string line;
  bool in_trace = false;
  while (std::getline(in, line)) {
    if (line.empty()) in_trace = false;
    if (in_trace) continue;
    if (line.empty() || line.starts_with('#')) {
      out += line + "\n";
      continue;
    }
    out += line + "\n----\n" + script.run(line);
    in_trace = true;
  }
  return out;
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE_MESSAGE(in, path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("elections go as their scenario files say") {
  const bool rewrite = std::getenv("HAPAIR_REWRITE") != nullptr;
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".txt") files.insert(entry.path());
  }
  REQUIRE_FALSE(files.empty());
  for (const auto& path : files) {
    CAPTURE(path.filename().string());
    const std::string expected = contents(path);
    const std::string actual = replay(expected);
    if (rewrite) {
      std::ofstream(path, std::ios::binary) << actual;
    } else {
      CHECK(actual == expected);
    }
  }
}

}  // namespace
}  // namespace hapair::vrrp
