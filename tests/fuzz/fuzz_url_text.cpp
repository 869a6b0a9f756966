#include "tests/fuzz/url_text_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_url_text({data, size});
  return 0;
}
