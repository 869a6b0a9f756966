#include "tests/fuzz/http2_response_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_http2_response({data, size});
  return 0;
}
