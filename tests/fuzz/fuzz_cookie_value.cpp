#include "tests/fuzz/cookie_value_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_cookie_value({data, size});
  return 0;
}
