#include "tests/fuzz/guardian_messages_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_guardian_messages({data, size});
  return 0;
}
