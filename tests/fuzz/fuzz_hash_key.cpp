#include "tests/fuzz/hash_key_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_hash_key({data, size});
  return 0;
}
