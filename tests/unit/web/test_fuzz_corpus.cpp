#include <doctest/doctest.h>

#include "tests/fuzz/page_target_body.hpp"
#include "tests/fuzz/replay.hpp"

TEST_CASE("whatever stands behind the page's URI gives an answer or an error") {
  using namespace hapair;
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/page_target", fuzz::fuzz_page_target) >=
        10);
}
