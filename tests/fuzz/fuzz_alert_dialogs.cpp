#include "tests/fuzz/alert_dialogs_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hapair::fuzz::fuzz_alert_dialogs({data, size});
  return 0;
}
