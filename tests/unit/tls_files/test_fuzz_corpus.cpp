#include <doctest/doctest.h>

#include "tests/fuzz/replay.hpp"
#include "tests/fuzz/tls_files_body.hpp"

using namespace hapair;

TEST_CASE("the fuzz body holds for its corpus") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/tls_files", fuzz::fuzz_tls_files) >= 25);
}
