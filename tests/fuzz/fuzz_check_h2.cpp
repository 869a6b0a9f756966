#include "tests/fuzz/check_h2_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_check_h2({data, size});
  return 0;
}
