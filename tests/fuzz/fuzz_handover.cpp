#include "tests/fuzz/handover_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_handover({data, size});
  return 0;
}
