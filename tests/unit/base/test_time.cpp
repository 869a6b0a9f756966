#include <doctest/doctest.h>

#include "common/base/time.hpp"

using namespace hapair;
using namespace std::chrono_literals;

TEST_CASE("durations carry a unit and are read back as written") {
  CHECK(base::parse_duration("250ms").value() == 250ms);
  CHECK(base::parse_duration("2s").value() == 2s);
  CHECK(base::parse_duration("1h").value() == 1h);
  CHECK(base::parse_duration("0").value() == 0ns);
  for (const auto duration : {base::Duration(1500ms), base::Duration(2s), base::Duration(90s),
                              base::Duration(0), base::Duration(24h)}) {
    CHECK(base::parse_duration(base::format_duration(duration)).value() == duration);
  }
  CHECK(base::format_duration(1500ms) == "1500ms");
}

TEST_CASE("what is no duration is refused with the remedy") {
  for (const char* text : {"", "5", "s", "-1s", "1.5s", "1 s", "1sec", "9999999999s", "20000d"}) {
    CAPTURE(text);
    CHECK_FALSE(base::parse_duration(text));
  }
  CHECK(base::parse_duration("5").error().message ==
        "'5' is not a duration; write a whole number and a unit: \"500ms\", \"2s\", \"1m\", "
        "\"1h\" or \"1d\"");
}

TEST_CASE("wall time is written in UTC with milliseconds") {
  CHECK(base::format_wall_time(base::WallTime(1700000000123ms)) == "2023-11-14T22:13:20.123Z");
}
