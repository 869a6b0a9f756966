// The shell completion is a file of its own: it must know every command and option that the help
// pages name.
#include <doctest/doctest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "apps/hapair/cli/command_line.hpp"

using namespace hapair;

namespace {

std::string completion_of(const std::string& verb) {
  std::stringstream text;
  text << std::ifstream(HAPAIR_TEST_ROOT "/../packaging/bash-completion/hapair").rdbuf();
  const std::string file = text.str();
  const std::size_t begin = file.find("        " + verb + ")\n");
  REQUIRE(begin != std::string::npos);
  return file.substr(begin, file.find(";;\n        ", begin) - begin);
}

}  // namespace

TEST_CASE("bash completion knows every option of every command") {
  const std::regex option("--[a-z-]+");
  for (const std::string verb :
       {"run",    "check",  "diff",        "reload",    "status",  "explain", "why-not",
        "events", "errors", "maintenance", "step-down", "drill",   "drift",   "server",
        "tables", "log",    "upgrade",     "import",    "version", "help"}) {
    const std::string help = cli::help_text(verb);
    const std::string completion = completion_of(verb);
    for (auto at = std::sregex_iterator(help.begin(), help.end(), option);
         at != std::sregex_iterator(); ++at) {
      CAPTURE(verb);
      CAPTURE(at->str());
      CHECK(completion.find(at->str()) != std::string::npos);
    }
    CHECK(completion_of("''").find(verb) != std::string::npos);
    CHECK(completion_of("help").find(verb) != std::string::npos);
  }
}
