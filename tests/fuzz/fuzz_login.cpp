#include "tests/fuzz/login_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_login({data, size});
  return 0;
}
