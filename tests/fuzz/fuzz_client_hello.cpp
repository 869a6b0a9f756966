#include "tests/fuzz/client_hello_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_client_hello({data, size});
  return 0;
}
