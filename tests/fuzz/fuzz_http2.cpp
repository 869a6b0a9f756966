#include "tests/fuzz/http2_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_http2({data, size});
  return 0;
}
