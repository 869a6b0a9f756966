#include <doctest/doctest.h>

#include "libcheck/core/expectation.hpp"

using namespace hapair;
using check::ExpectedStatus;

TEST_CASE("by default every success and redirection is healthy") {
  const ExpectedStatus expect;
  CHECK(expect.to_string() == "200-399");
  CHECK_FALSE(expect.contains(199));
  CHECK(expect.contains(200));
  CHECK(expect.contains(399));
  CHECK_FALSE(expect.contains(400));
}

TEST_CASE("statuses and ranges are read, joined and written in their shortest form") {
  const auto expect = ExpectedStatus::parse(" 304, 200-299 ,100,599, 300 - 303").value();
  CHECK(expect.to_string() == "100,200-304,599");
  CHECK(expect.contains(100));
  CHECK(expect.contains(250));
  CHECK(expect.contains(599));
  CHECK_FALSE(expect.contains(101));
  CHECK_FALSE(expect.contains(305));
  CHECK_FALSE(expect.contains(99));
  CHECK_FALSE(expect.contains(600));
  CHECK_FALSE(expect.contains(100000));
  CHECK(ExpectedStatus::parse(expect.to_string()).value() == expect);
  CHECK(ExpectedStatus::parse("200-399").value() == ExpectedStatus());
  CHECK(ExpectedStatus::parse("200").value() != ExpectedStatus());
}

TEST_CASE("what is no set of statuses is refused with the remedy") {
  for (const char* text : {"", ",", "200,", "abc", "99", "600", "2000", "200-", "-299", "200--299",
                           "200-299-300", "2xx", "+200", "20 0"}) {
    CAPTURE(text);
    CHECK_FALSE(ExpectedStatus::parse(text));
  }
  CHECK(ExpectedStatus::parse("200,2xx").error().message ==
        "'2xx' is no status or range of statuses; write 100 to 599, like \"200\" or "
        "\"200-299,304\"");
  CHECK(ExpectedStatus::parse("299-200").error().message ==
        "'299-200' runs backwards; write 200-299");
}
