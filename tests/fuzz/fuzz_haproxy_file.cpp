#include "tests/fuzz/haproxy_file_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_haproxy_file({data, size});
  return 0;
}
