#include "tests/fuzz/hosts_file_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_hosts_file({data, size});
  return 0;
}
