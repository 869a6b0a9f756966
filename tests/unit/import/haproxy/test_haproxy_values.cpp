#include <doctest/doctest.h>

#include "apps/hapair/import/haproxy/addresses.hpp"
#include "apps/hapair/import/haproxy/keyword_table.hpp"
#include "apps/hapair/import/haproxy/status_ranges.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

#include <set>
#include <string>

using namespace hapair;
using namespace hapair::importing;
using namespace hapair::importing::haproxy;

TEST_CASE("times have units, milliseconds without") {
  CHECK(parse_time("5000") == 5'000'000);
  CHECK(parse_time("5s") == 5'000'000);
  CHECK(parse_time("30", "s") == 30'000'000);
  CHECK(parse_time("1d") == 86'400'000'000);
  CHECK(parse_time("10us") == 10);
  CHECK_FALSE(parse_time("").has_value());
  CHECK_FALSE(parse_time("5x").has_value());
  CHECK_FALSE(parse_time("s").has_value());
  CHECK_FALSE(parse_time("-1").has_value());
  CHECK_FALSE(parse_time("25d").has_value());
  CHECK(duration_text(5'000'000) == "5s");
  CHECK(duration_text(1'500'000) == "1500ms");
  CHECK(duration_text(7'200'000'000) == "2h");
  CHECK(duration_text(0) == "0s");
}

TEST_CASE("sizes have units of 1024") {
  CHECK(parse_size("100k") == 102'400);
  CHECK(parse_size("1m") == 1'048'576);
  CHECK(parse_size("7") == 7);
  CHECK_FALSE(parse_size("1t").has_value());
  CHECK_FALSE(parse_size("99999999999g").has_value());
  CHECK(size_text(1024) == "1KiB");
  CHECK(size_text(1500) == "1500B");
  CHECK(size_text(0) == "0B");
}

TEST_CASE("addresses come in many forms") {
  const auto form = [](std::string_view text) {
    const auto address = parse_address(text);
    if (!address) return std::string("none");
    return base::concat(static_cast<int>(address->form), " ", address->host, " ", address->port,
                        "-", address->last_port, address->relative ? "+" : "");
  };
  CHECK(form("*:80") == "0 * 80-80");
  CHECK(form(":80") == "0  80-80");
  CHECK(form("0.0.0.0:80-82") == "0 0.0.0.0 80-82");
  CHECK(form(":::80") == "1 :: 80-80");
  CHECK(form("[::]:80") == "1 :: 80-80");
  CHECK(form("192.0.2.1:80") == "2 192.0.2.1 80-80");
  CHECK(form("ipv6@[2001:db8::1]:80") == "2 2001:db8::1 80-80");
  CHECK(form("2001:db8::1:80") == "2 2001:db8::1 80-80");
  CHECK(form("localhost:80") == "2 127.0.0.1 80-80");
  CHECK(form("web.internal:80") == "3 web.internal 80-80");
  CHECK(form("web.internal") == "3 web.internal 0-0");
  CHECK(form("10.0.0.1:+1000") == "2 10.0.0.1 1000-1000+");
  CHECK(form("unix@/run/x.sock") == "4 /run/x.sock 0-0");
  CHECK(form("/run/x.sock") == "4 /run/x.sock 0-0");
  CHECK(form("abns@x") == "5 abns@x 0-0");
  CHECK(form("x:port") == "none");
  CHECK(form(":99999") == "none");
  CHECK(form(":82-80") == "none");
  CHECK(host_and_port(*parse_address("[::1]:80"), 81) == "[::1]:81");
}

TEST_CASE("statuses are written as ranges") {
  CHECK(status_ranges([](int status) { return status / 100 == 2 || status == 404; }) ==
        "200-299,404");
  CHECK(status_ranges([](int status) { return status >= 598; }) == "598-599");
  CHECK(status_ranges([](int) { return false; }).empty());
  CHECK(status_in("200,300-399", 302) == true);
  CHECK(status_in("200, 300-399", 404) == false);
  CHECK_FALSE(status_in("ok", 200).has_value());
  CHECK_FALSE(status_in("300-200", 200).has_value());
}

TEST_CASE("each keyword stands in the table once, with a sentence") {
  std::set<std::string> seen;
  for (const Keyword& each : keywords()) {
    CAPTURE(each.word);
    CHECK_FALSE(each.text.empty());
    CHECK(seen.insert(base::concat(each.where, ": ", each.word)).second);
    CHECK((each.fate == Fate::kKept || each.fate == Fate::kChanged ||
           each.fate == Fate::kNotNeeded || each.fate == Fate::kNotSupported));
  }
  CHECK(seen.size() > 400);
}
