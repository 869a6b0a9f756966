// The fuzz target's body over its committed corpus.
#include <doctest/doctest.h>

#include "tests/fuzz/replay.hpp"
#include "tests/fuzz/vrrp_body.hpp"

TEST_CASE("the VRRP corpus keeps every invariant") {
  CHECK(hapair::fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/vrrp", hapair::fuzz::fuzz_vrrp) >
        30);
}
