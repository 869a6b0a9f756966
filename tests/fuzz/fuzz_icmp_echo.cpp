#include "tests/fuzz/icmp_echo_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_icmp_echo({data, size});
  return 0;
}
