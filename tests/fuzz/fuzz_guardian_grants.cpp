#include "tests/fuzz/guardian_grants_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_guardian_grants({data, size});
  return 0;
}
