#include "tests/fuzz/dns_message_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_dns_message({data, size});
  return 0;
}
