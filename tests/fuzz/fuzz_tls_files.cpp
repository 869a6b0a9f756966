#include "tests/fuzz/tls_files_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_tls_files({data, size});
  return 0;
}
