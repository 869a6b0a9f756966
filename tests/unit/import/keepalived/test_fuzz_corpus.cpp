// The fuzz body over its corpus and over all examples.
#include <doctest/doctest.h>

#include "tests/fuzz/keepalived_conf_body.hpp"
#include "tests/fuzz/replay.hpp"
#include "tests/unit/import/keepalived/examples.hpp"

using namespace hapair;

TEST_CASE("the fuzz body of keepalived.conf holds for its corpus") {
  const auto corpus =
      std::filesystem::path(HAPAIR_TEST_ROOT) / "fuzz" / "corpus" / "keepalived_conf";
  CHECK(fuzz::replay_corpus(corpus, fuzz::fuzz_keepalived_conf) >= 60);
}

TEST_CASE("the fuzz body of keepalived.conf holds for every example") {
  for (const auto& folder : test::example_folders()) {
    CAPTURE(folder.filename().string());
    for (const auto& [name, text] : test::load_example(folder).files) {
      fuzz::fuzz_keepalived_conf(base::as_bytes(text));
    }
  }
}
