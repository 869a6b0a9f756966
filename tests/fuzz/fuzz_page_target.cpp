#include "tests/fuzz/page_target_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_page_target({data, size});
  return 0;
}
