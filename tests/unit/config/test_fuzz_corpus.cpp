// The fuzz body over its corpus and over all example files.
#include <doctest/doctest.h>

#include "tests/fuzz/config_body.hpp"
#include "tests/fuzz/replay.hpp"
#include "tests/unit/config/data_files.hpp"

using namespace hapair;

TEST_CASE("the fuzz body holds for its corpus") {
  const auto corpus = std::filesystem::path(HAPAIR_TEST_ROOT) / "fuzz" / "corpus" / "config";
  CHECK(fuzz::replay_corpus(corpus, fuzz::fuzz_config) >= 80);
}

TEST_CASE("the fuzz body holds for every example cut short anywhere") {
  const std::string text = config::read_text(config::kExamplesRoot / "full.json");
  for (std::size_t size = 0; size < text.size(); size += 29) {
    fuzz::fuzz_config(base::as_bytes(std::string_view(text).substr(0, size)));
  }
}
