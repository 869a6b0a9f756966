#include "tests/fuzz/keepalived_conf_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_keepalived_conf({data, size});
  return 0;
}
