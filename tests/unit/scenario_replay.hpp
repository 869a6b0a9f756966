// Replays the *.txt of a folder of tests/scenarios in virtual time. A scenario is a list of
// commands; below each stand, marked with "  > ", what it led to. HAPAIR_REWRITE=1 writes them
// anew.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "common/base/text.hpp"

namespace hapair::scenarios {

inline constexpr std::string_view kTraceMark = "  > ";

/// One line of what a command led to.
template <class... Parts>
std::string trace_line(const Parts&... parts) {
  return base::concat(kTraceMark, parts..., '\n');
}

/// The commands of the text, each with the trace that Scenario::run gives for it.
template <class Scenario>
std::string with_traces(const std::string& text) {
  Scenario scenario;
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kTraceMark)) continue;
    out += line + '\n';
    if (!line.empty() && line[0] != '#') out += scenario.run(line);
  }
  return out;
}

/// Checks every scenario of the folder against its traces; there must be as many at least.
template <class Scenario>
void replay(const std::string& folder, int at_least) {
  const bool rewrite = std::getenv("HAPAIR_REWRITE") != nullptr;
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(HAPAIR_TEST_ROOT "/scenarios/" + folder)) {
    CAPTURE(entry.path().string());
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const std::string now = with_traces<Scenario>(text.str());
    if (rewrite) std::ofstream(entry.path()) << now;
    CHECK((rewrite || now == text.str()));
    if (!rewrite && now != text.str()) MESSAGE(now);
    ++count;
  }
  CHECK(count >= at_least);
}

}  // namespace hapair::scenarios
