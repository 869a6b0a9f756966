#include "tests/fuzz/journal_lines_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_journal_lines({data, size});
  return 0;
}
