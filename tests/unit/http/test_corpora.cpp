#include <doctest/doctest.h>

#include "tests/fuzz/forwarded_body.hpp"
#include "tests/fuzz/http2_body.hpp"
#include "tests/fuzz/http2_response_body.hpp"
#include "tests/fuzz/http_chunks_body.hpp"
#include "tests/fuzz/http_request_body.hpp"
#include "tests/fuzz/http_response_body.hpp"
#include "tests/fuzz/replay.hpp"

using namespace hapair;

TEST_CASE("the corpus of HTTP/2 connections keeps the invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/http2", fuzz::fuzz_http2) > 60);
}

TEST_CASE("the corpus of HTTP/2 servers keeps the invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/http2_response",
                            fuzz::fuzz_http2_response) > 60);
}

TEST_CASE("the corpus of requests keeps the invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/http_request", fuzz::fuzz_http_request) >
        100);
}

TEST_CASE("the corpus of responses keeps the invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/http_response",
                            fuzz::fuzz_http_response) > 50);
}

TEST_CASE("the corpus of chunked bodies keeps the invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/http_chunks", fuzz::fuzz_http_chunks) >
        50);
}

TEST_CASE("the corpus of what is accepted and forwarded keeps the invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/forwarded", fuzz::fuzz_forwarded) > 30);
}
