// The times of the protocol against the RFCs' formulas, and the bounds on what is learnt.
#include <doctest/doctest.h>

#include <chrono>

#include "libvrrp/core/timing.hpp"

namespace hapair::vrrp {
namespace {

using namespace std::chrono_literals;

TEST_CASE("version 2 skews in 256ths of a second") {
  CHECK(skew_time(Version::kV2, 100, 10s) == 609375us);
  CHECK(skew_time(Version::kV2, 255, 1s) == 3906250ns);
  CHECK(master_down_interval(Version::kV2, 100, 1s) == 3609375us);
  CHECK(master_down_interval(Version::kV2, 100, 10s) == 30609375us);
}

TEST_CASE("version 3 skews in 256ths of the master's interval") {
  CHECK(skew_time(Version::kV3, 100, 1s) == 609375us);
  CHECK(skew_time(Version::kV3, 100, 100ms) == 60937500ns);
  CHECK(skew_time(Version::kV3, 254, 10ms) == 78125ns);
  CHECK(master_down_interval(Version::kV3, 254, 10ms) == 30078125ns);
}

TEST_CASE("a better priority always waits less") {
  for (int priority = 1; priority < 255; ++priority) {
    const auto better = static_cast<std::uint8_t>(priority + 1);
    const auto worse = static_cast<std::uint8_t>(priority);
    CHECK(skew_time(Version::kV3, better, 10ms) < skew_time(Version::kV3, worse, 10ms));
    CHECK(skew_time(Version::kV2, better, 10ms) < skew_time(Version::kV2, worse, 10ms));
  }
}

TEST_CASE("an interval is believed within a factor of ten") {
  CHECK(believable_interval(1s, 1s) == 1s);
  CHECK(believable_interval(100ms, 1s) == 100ms);
  CHECK(believable_interval(90ms, 1s) == 100ms);
  CHECK(believable_interval(10s, 1s) == 10s);
  CHECK(believable_interval(10010ms, 1s) == 10s);
}

TEST_CASE("3 s are always believed, more only of a slow group") {
  CHECK(believable_interval(3s, 10ms) == 3s);
  CHECK(believable_interval(3010ms, 10ms) == 3s);
  CHECK(believable_interval(40950ms, 100ms) == 3s);
}

TEST_CASE("an interval of 0 counts as our own") { CHECK(believable_interval(0s, 1s) == 1s); }

}  // namespace
}  // namespace hapair::vrrp
