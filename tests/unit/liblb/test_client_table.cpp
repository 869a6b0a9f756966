// What is counted of clients: several figures in one entry, in virtual time.
#include "liblb/core/client_table.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "liblb/core/request_counts.hpp"
#include "tests/unit/sanitized.hpp"

namespace hapair::lb::test {
namespace {

using namespace std::chrono_literals;

constexpr base::SipKey kHash{.low = 1, .high = 2};
constexpr base::Instant kTableStart = base::from_ns(7'123'456'789);
const base::IpAddress kClient = base::IpAddress::v4(0xc0000207);
const base::IpAddress kOther = base::IpAddress::v4(0xc0000208);

const std::vector<CounterSettings> kAll = {{RateOf::kRequests, 10s}, {RateOf::kConnections, 1min},
                                           {RateOf::kErrors, 1min},  {RateOf::kFailures, 8s},
                                           {RateOf::kBytesIn, 1h},   {RateOf::kBytesOut, 1h}};

ClientTableSettings counting(std::vector<CounterSettings> counters, std::size_t size = 1000) {
  return {.name = "clients", .size = size, .counters = std::move(counters), .active = true};
}

TEST_CASE("every figure of a steady client is exact within one percent") {
  ClientTable table(counting(kAll), kHash);
  const TableKey key = table.key_for(kClient, nullptr).value();
  base::Instant now = kTableStart;
  // 100 requests a second for an hour and a bit: one in ten meets an error, one in four a failure.
  for (int i = 0; i < 450'000; ++i) {
    now += 10ms;
    table.note(key, RateOf::kRequests, now);
    if (i % 5 == 0) table.note(key, RateOf::kConnections, now);
    const int status = i % 10 == 0 ? 404 : i % 4 == 1 ? 503 : 200;
    table.note(key, RequestCost{.status = status, .bytes_in = 100, .bytes_out = 700}, now);
  }
  const auto off = [&](RateOf of, double should) {
    return std::abs(static_cast<double>(table.figure(key, of, now)) - should) / should;
  };
  CHECK(off(RateOf::kRequests, 1000) <= 0.01);
  CHECK(off(RateOf::kConnections, 1200) <= 0.01);
  CHECK(off(RateOf::kErrors, 600) <= 0.01);
  CHECK(off(RateOf::kFailures, 200) <= 0.01);
  CHECK(off(RateOf::kBytesIn, 36e6) <= 0.01);
  CHECK(off(RateOf::kBytesOut, 252e6) <= 0.01);
  CHECK(table.entries().entries() == 1);
  CHECK(table.figure(table.key_for(kOther, nullptr).value(), RateOf::kRequests, now) == 0);
}

TEST_CASE("each window ends in its own time, and the entry lives as long as the longest") {
  ClientTable table(counting({{RateOf::kRequests, 8s}, {RateOf::kErrors, 80s}}), kHash);
  const TableKey key = table.key_for(kClient, nullptr).value();
  table.note(key, RateOf::kRequests, kTableStart);
  table.note(key, RequestCost{.status = 404}, kTableStart);
  CHECK(table.figure(key, RateOf::kRequests, kTableStart + 20s) == 0);
  CHECK(table.figure(key, RateOf::kErrors, kTableStart + 20s) == 1);
  CHECK_FALSE(table.find(key, kTableStart + 89s).empty());
  CHECK(table.find(key, kTableStart + 91s).empty());
}

TEST_CASE("what is not counted is no figure, and makes no entry") {
  ClientTable table({.counters = {{RateOf::kErrors, 8s}}}, kHash);
  const TableKey key = table.key_for(kClient, nullptr).value();
  table.note(key, RateOf::kRequests, kTableStart);
  table.note(key, RequestCost{.status = 200, .bytes_in = 9}, kTableStart);
  table.enter(key, kTableStart);
  table.leave(key);
  CHECK(table.entries().entries() == 0);
  CHECK(table.figure(key, RateOf::kRequests, kTableStart) == 0);
  CHECK(table.figure(key, RateOf::kActive, kTableStart) == 0);
  CHECK_FALSE(table.counts(RateOf::kRequests));
  CHECK_FALSE(table.set(key, RateOf::kRequests, 5, kTableStart));
}

TEST_CASE("a figure that was set goes on from there, and fades as any other") {
  ClientTable table(counting({{RateOf::kRequests, 8s}, {RateOf::kErrors, 8s}}), kHash);
  const TableKey key = table.key_for(kClient, nullptr).value();
  table.note(key, RequestCost{.status = 404}, kTableStart);
  for (int i = 0; i < 3; ++i) table.note(key, RateOf::kRequests, kTableStart);
  CHECK(table.set(key, RateOf::kRequests, 100, kTableStart + 1s));
  CHECK(table.figure(key, RateOf::kRequests, kTableStart + 1s) == 100);
  table.note(key, RateOf::kRequests, kTableStart + 1s);
  CHECK(table.figure(key, RateOf::kRequests, kTableStart + 1s) == 101);
  CHECK(table.figure(key, RateOf::kErrors, kTableStart + 1s) == 1);
  CHECK(table.figure(key, RateOf::kRequests, kTableStart + 11s) == 0);
}

TEST_CASE("a request counts in its tables while it is under way, and by what it came with") {
  ClientTable by_address(counting({{RateOf::kRequests, 8s}, {RateOf::kErrors, 8s}}), kHash);
  ClientTableSettings settings = counting({{RateOf::kBytesIn, 8s}});
  settings.by = {.source = KeySource::kHeader, .name = "x-key"};
  ClientTable by_key(settings, kHash);
  ClientTable* const tables[] = {&by_address, &by_key};
  http::RequestHead head;
  head.fields.add({.name = "X-Key", .value = "a"});
  const TableKey address = by_address.key_for(kClient, &head).value();
  const TableKey key = by_key.key_for(kClient, &head).value();
  {
    RequestCounts first;
    RequestCounts second;
    first.begin(tables, kClient, head, kTableStart);
    second.begin(tables, kClient, head, kTableStart);
    CHECK(by_address.figure(address, RateOf::kActive, kTableStart) == 2);
    CHECK(by_key.figure(key, RateOf::kActive, kTableStart) == 2);
    // Rules have taken the field off meanwhile.
    head.fields = {};
    first.end({.status = 404, .bytes_in = 50}, kTableStart);
    CHECK(by_address.figure(address, RateOf::kActive, kTableStart) == 1);
    first.end({.status = 404, .bytes_in = 50}, kTableStart);
  }
  CHECK(by_address.figure(address, RateOf::kActive, kTableStart) == 0);
  CHECK(by_address.figure(address, RateOf::kRequests, kTableStart) == 2);
  CHECK(by_address.figure(address, RateOf::kErrors, kTableStart) == 1);
  CHECK(by_key.figure(key, RateOf::kBytesIn, kTableStart) == 50);
  CHECK(by_key.active().keys() == 0);
}

TEST_CASE("a client has so many places at once, and one that is free serves the next") {
  AddressCounts places(7, 64);
  RequestCounts first;
  RequestCounts second;
  CHECK(first.take_place(places, kClient, 1));
  CHECK_FALSE(second.take_place(places, kClient, 1));
  CHECK(second.take_place(places, kOther, 1));
  first.end({}, kTableStart);
  RequestCounts third;
  CHECK(third.take_place(places, kClient, 1));
}

TEST_CASE("what is under way still counts when its entry had to make room") {
  ClientTable table(counting({{RateOf::kRequests, 8s}}, 1), kHash);
  const TableKey key = table.key_for(kClient, nullptr).value();
  table.enter(key, kTableStart);
  table.note(table.key_for(kOther, nullptr).value(), RateOf::kRequests, kTableStart);
  CHECK(table.entries().evictions() == 1);
  CHECK(table.figure(key, RateOf::kActive, kTableStart) == 1);
  table.leave(key);
  CHECK(table.active().keys() == 0);
}

TEST_CASE("a client is found again by what the table tells of it, or by its own text") {
  ClientTable by_address(counting({{RateOf::kRequests, 8s}}), kHash);
  CHECK(by_address.parse_key("192.0.2.7") == by_address.key_for(kClient, nullptr));
  CHECK(by_address.parse_key("2001:db8::1") == by_address.parse_key("2001:db8::"));
  for (const char* bad : {"", "192.0.2", "00000000000000000000ffffc0000207"}) {
    CHECK_FALSE(by_address.parse_key(bad));
  }
  ClientTable by_name({.by = {.source = KeySource::kServerName}}, kHash);
  const TableKey key = by_name.parse_key("A.Example").value();
  CHECK(key == by_name.parse_key("a.example"));
  CHECK(key == by_name.parse_key(to_text(key, KeySource::kServerName)));
  CHECK_FALSE(by_name.parse_key(""));
}

TEST_CASE("a table that is cleared keeps its memory, and serves on") {
  ClientTable table(counting(kAll, 5000), kHash);
  const auto fill = [&] {
    for (std::uint32_t i = 1; i <= 5000; ++i) {
      table.note(table.key_for(base::IpAddress::v4(i), nullptr).value(), RateOf::kRequests,
                 kTableStart);
    }
  };
  fill();
  const std::size_t memory = table.entries().memory();
  table.entries().clear();
  CHECK(table.entries().entries() == 0);
  CHECK(table.figure(table.key_for(base::IpAddress::v4(9), nullptr).value(), RateOf::kRequests,
                     kTableStart) == 0);
  fill();
  CHECK(table.entries().entries() == 5000);
  CHECK(table.entries().memory() == memory);
  CHECK(table.entries().evictions() == 0);
}

TEST_CASE("a million clients with six counters each fit into 300 bytes each, and no flood more") {
  constexpr std::uint32_t kMany = kSanitized ? 62'500 : 1'000'000;
  ClientTable table(counting(kAll, kMany), kHash);
  const auto flood = [&](std::uint32_t from, base::Instant now) {
    for (std::uint32_t i = from; i < from + kMany; ++i) {
      const TableKey key = table.key_for(base::IpAddress::v4(i), nullptr).value();
      table.note(key, RateOf::kRequests, now);
    }
  };
  flood(1, kTableStart);
  REQUIRE(table.entries().entries() == kMany);
  const std::size_t memory = table.entries().memory();
  flood(1 + kMany, kTableStart + 1s);
  CHECK(table.entries().entries() == kMany);
  CHECK(table.entries().evictions() == kMany);
  CHECK(table.entries().memory() == memory);
  const double each = static_cast<double>(memory) / kMany;
  MESSAGE("bytes per entry: table with six counters " << each);
  CHECK(each <= 300);
}

}  // namespace
}  // namespace hapair::lb::test
