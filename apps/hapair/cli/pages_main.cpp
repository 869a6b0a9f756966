// A tool of the build: prints what packages install beside the program, from the program's own
// table of commands, so that it can't say anything else.
#include <cstdio>
#include <string>
#include <string_view>

#include "apps/hapair/cli/completion.hpp"
#include "apps/hapair/cli/manual.hpp"

int main(int argc, char** argv) {
  const std::string_view page = argc == 2 ? argv[1] : "";
  std::string text;
  if (page == "manual") text = hapair::cli::render_manual();
  if (page == "completion") text = hapair::cli::render_completion();
  if (text.empty()) {
    std::fputs("usage: hapair-pages manual|completion\n", stderr);
    return 2;
  }
  return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
}
