#include "common/base/siphash.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <numeric>

namespace hapair::base::test {
namespace {

TEST_CASE("SipHash-2-4 gives what its authors say it does") {
  // Appendix A of the paper: key and message are the bytes 0, 1, 2, ...
  constexpr SipKey kKey{.low = 0x0706050403020100, .high = 0x0f0e0d0c0b0a0908};
  std::array<std::uint8_t, 64> message{};
  std::iota(message.begin(), message.end(), std::uint8_t{0});
  const auto of_first = [&](std::size_t size) {
    return siphash(kKey, std::span(message).first(size));
  };
  CHECK(of_first(15) == 0xa129ca6149be45e5);
  CHECK(of_first(0) == 0x726fdb47dd0e0e31);
  CHECK(of_first(8) == 0x93f5f5799a932462);
  CHECK(of_first(8) != siphash({}, std::span(message).first(8)));
}

}  // namespace
}  // namespace hapair::base::test
