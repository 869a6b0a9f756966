#include "tests/fuzz/check_response_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_check_response({data, size});
  return 0;
}
