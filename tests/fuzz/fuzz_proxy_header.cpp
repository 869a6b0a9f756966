#include "tests/fuzz/proxy_header_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_proxy_header({data, size});
  return 0;
}
