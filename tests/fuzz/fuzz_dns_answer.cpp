#include "tests/fuzz/dns_answer_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_dns_answer({data, size});
  return 0;
}
