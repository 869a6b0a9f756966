#include "tests/fuzz/http_chunks_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_http_chunks({data, size});
  return 0;
}
