#include "common/http/trailers.hpp"

#include <doctest/doctest.h>

#include "common/http/body_decoder.hpp"

using namespace hapair;

TEST_CASE("what describes the content goes on") {
  for (const char* name :
       {"ETag", "Content-Digest", "X-Checksum", "grpc-status", "Server-Timing"}) {
    CAPTURE(name);
    CHECK(http::trailer_goes_on(name));
  }
}

TEST_CASE("what frames, routes, authenticates or controls does not, in any case of letters") {
  for (const char* name : {"Content-Length",
                           "TRANSFER-ENCODING",
                           "connection",
                           "Host",
                           "Trailer",
                           "TE",
                           "Upgrade",
                           "X-Forwarded-For",
                           "x-forwarded-anything",
                           "Forwarded",
                           "Authorization",
                           "Cookie",
                           "Set-Cookie",
                           "Proxy-Anything",
                           "If-Match",
                           "Range",
                           "Expect",
                           "Content-Type",
                           "Content-Encoding",
                           "Cache-Control",
                           "Vary"}) {
    CAPTURE(name);
    CHECK_FALSE(http::trailer_goes_on(name));
  }
}

TEST_CASE("a trailer section goes on line by line, as it came") {
  CHECK(http::trailers_to_pass_on("A:1\r\nHost: x\r\nB:  2 \r\n\r\n") == "A:1\r\nB:  2 \r\n");
  CHECK(http::trailers_to_pass_on("\r\n").empty());
}

TEST_CASE("the trailers are known at the end of their body and not before") {
  http::BodyDecoder decoder({http::BodyFraming::Kind::kChunked, 0});
  (void)decoder.next("0\r\nA: 1\r\n");
  CHECK(decoder.trailers().empty());
  (void)decoder.next("\r\n");
  CHECK(decoder.trailers() == "A: 1\r\n");
}
