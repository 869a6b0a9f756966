#include "tests/fuzz/control_request_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_control_request({data, size});
  return 0;
}
