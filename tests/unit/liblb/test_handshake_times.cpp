#include <doctest/doctest.h>

#include <chrono>

#include "liblb/core/handshake_times.hpp"

namespace hapair::lb {
namespace {

using namespace std::chrono_literals;

void add(HandshakeTimes& times, std::size_t count, base::Duration round_trip) {
  for (std::size_t i = 0; i < count; ++i) times.add(round_trip);
}

TEST_CASE("few handshakes tell nothing") {
  HandshakeTimes times;
  CHECK_FALSE(times.enough());
  add(times, HandshakeTimes::kNeeded - 1, 100us);
  CHECK_FALSE(times.enough());
  times.add(100us);
  CHECK(times.enough() == 10ms);
}

TEST_CASE("the slowest of the last ones counts, twice and within bounds") {
  HandshakeTimes times;
  add(times, 20, 1ms);
  times.add(30ms);
  add(times, 20, 1ms);
  CHECK(times.enough() == 65ms);
  times.add(150ms);
  CHECK(times.enough() == 200ms);
}

TEST_CASE("one slow client is forgotten after at most 128 others, and not before 64") {
  HandshakeTimes times;
  times.add(50ms);
  add(times, 64, 1ms);
  CHECK(times.enough() == 105ms);
  add(times, 64, 1ms);
  CHECK(times.enough() == 10ms);
}

TEST_CASE("the first clients are looked at, then one in sixteen") {
  HandshakeTimes times;
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < HandshakeTimes::kNeeded; ++i) wanted += times.wants_next() ? 1U : 0U;
  CHECK(wanted == HandshakeTimes::kNeeded);
  for (std::size_t i = 0; i < 160; ++i) wanted += times.wants_next() ? 1U : 0U;
  CHECK(wanted == HandshakeTimes::kNeeded + 10);
}

}  // namespace
}  // namespace hapair::lb
