#include "tests/fuzz/http_request_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_http_request({data, size});
  return 0;
}
