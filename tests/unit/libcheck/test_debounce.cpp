#include <doctest/doctest.h>

#include <chrono>

#include "libcheck/core/debounce.hpp"

namespace hapair::check {
namespace {

using namespace std::chrono_literals;

constexpr base::Instant at(base::Duration since_start) { return base::Instant{} + since_start; }

TEST_CASE("the first observation counts at once, good or bad") {
  for (const bool good : {true, false}) {
    Debounce debounce(5s);
    CHECK(debounce.on_observation(good, at(0s)));
    CHECK_FALSE(debounce.due().has_value());
    CHECK_FALSE(debounce.on_time(at(1h)));
  }
}

TEST_CASE("a change counts once it has lasted, not an instant before") {
  Debounce debounce(5s);
  CHECK(debounce.on_observation(true, at(0s)));
  CHECK_FALSE(debounce.on_observation(false, at(10s)));
  CHECK(debounce.due() == at(15s));
  CHECK_FALSE(debounce.on_time(at(15s) - 1ns));
  CHECK(debounce.on_time(at(15s)));
  CHECK_FALSE(debounce.due().has_value());
  CHECK(debounce.on_observation(false, at(16s)));  // agrees: counts, as ever
}

TEST_CASE("saying the same again does not begin its time anew") {
  Debounce debounce(5s);
  CHECK(debounce.on_observation(true, at(0s)));
  CHECK_FALSE(debounce.on_observation(false, at(10s)));
  CHECK_FALSE(debounce.on_observation(false, at(14s)));
  CHECK(debounce.due() == at(15s));
}

TEST_CASE("a change that is taken back in time has never been") {
  Debounce debounce(5s);
  CHECK(debounce.on_observation(true, at(0s)));
  CHECK_FALSE(debounce.on_observation(false, at(10s)));
  CHECK(debounce.on_observation(true, at(12s)));
  CHECK_FALSE(debounce.on_time(at(15s)));
  CHECK_FALSE(debounce.on_observation(false, at(16s)));  // the next one has its own time
  CHECK(debounce.due() == at(21s));
}

TEST_CASE("without a hold every change counts at once") {
  Debounce debounce(0s);
  CHECK(debounce.on_observation(true, at(0s)));
  CHECK(debounce.on_observation(false, at(0s)));
  CHECK(debounce.on_observation(true, at(0s)));
  CHECK_FALSE(debounce.due().has_value());
}

}  // namespace
}  // namespace hapair::check
