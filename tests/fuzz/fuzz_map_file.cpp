#include "tests/fuzz/map_file_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_map_file({data, size});
  return 0;
}
