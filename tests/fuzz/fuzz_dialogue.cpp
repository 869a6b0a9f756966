#include "tests/fuzz/dialogue_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_dialogue({data, size});
  return 0;
}
