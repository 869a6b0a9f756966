// Each example gives the config and the report that stand beside it. HAPAIR_REWRITE=1 writes them
// anew, for a reader to judge the difference.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "tests/unit/import/keepalived/examples.hpp"

namespace {

void compare(const std::filesystem::path& path, const std::string& text) {
  if (std::getenv("HAPAIR_REWRITE") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  CHECK_EQ(text, hapair::test::read_text(path));
}

}  // namespace

TEST_CASE("keepalived's examples are imported as expected") {
  const auto folders = hapair::test::example_folders();
  CHECK_GE(folders.size(), 45);
  for (const auto& folder : folders) {
    CAPTURE(folder.filename().string());
    const hapair::test::Run run(hapair::test::load_example(folder));
    REQUIRE(run.outcome.has_value());
    compare(folder / "expected.json", run.outcome->config);
    compare(folder / "expected.report", run.report());
  }
}
