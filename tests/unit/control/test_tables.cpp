// What is known of clients, as a document.
#include <nlohmann/json.hpp>

#include <doctest/doctest.h>
#include "apps/hapair/control/tables_json.hpp"

namespace hapair::control {
namespace {

using namespace std::chrono_literals;
using lb::RateOf;
using Kind = lb::TableView::Kind;

nlohmann::json parsed(const lb::KeepingView& views) {
  return nlohmann::json::parse(render_tables("lb1", {}, views));
}

TEST_CASE("a table tells what it counts, and the figures of its clients in the same order") {
  lb::TableView table{.name = "clients",
                      .by = "source",
                      .size = 1000,
                      .entries = 1,
                      .memory = 324,
                      .counters = {{RateOf::kRequests, 10s}, {RateOf::kBytesIn, 1h}},
                      .active_clients = 2};
  table.clients = {
      {.key = "192.0.2.7",
       .figures = {{RateOf::kRequests, 5}, {RateOf::kBytesIn, 700}, {RateOf::kActive, 1}},
       .expires = 1500ms}};
  const auto json = parsed({.tables = {table}});
  CHECK(json["node"] == "lb1");
  CHECK(json["cookies"].empty());
  CHECK(json["tables"] == nlohmann::json::parse(R"([{"name": "clients", "kind": "table",
          "by": "source", "size": 1000, "entries": 1, "evictions": 0, "expirations": 0,
          "memory_bytes": 324,
          "counters": [{"of": "requests", "per_seconds": 10.0},
                       {"of": "bytes_in", "per_seconds": 3600.0}, {"of": "active"}],
          "active_clients": 2,
          "clients": [{"client": "192.0.2.7", "figures": [5, 700, 1],
                       "expires_seconds": 1.5}]}])"));
}

TEST_CASE("the table of limits tells what each of them allows and has refused") {
  lb::TableView table{.name = "frontend:web", .kind = Kind::kLimit, .by = "header:X-Key"};
  table.counters = {{RateOf::kRequests, 10s}};
  table.limits = {{.limit = 100, .per = 10s, .refused = 3}};
  const auto json = parsed({.tables = {table}})["tables"][0];
  CHECK(json["kind"] == "limit");
  CHECK(json["limits"] ==
        nlohmann::json::parse(R"([{"requests": 100, "per_seconds": 10.0, "refused": 3}])"));
  CHECK_FALSE(json.contains("active_clients"));
}

TEST_CASE("a stick table tells whose clients are whose, and cookies have a list of their own") {
  lb::TableView table{.name = "stick:db",
                      .kind = Kind::kStick,
                      .by = "sni",
                      .size = 10,
                      .entries = 1,
                      .evictions = 2,
                      .expirations = 3,
                      .persistence = {.kept = 8, .moved = 1}};
  table.clients = {{.key = "00ff", .server = "s1", .expires = 1min}};
  const lb::CookieView cookie{
      .backend = "pool", .name = "SRV", .counters = {.kept = 7, .moved = 1, .forged = 2, .set = 4}};
  const auto json = parsed({.tables = {table}, .cookies = {cookie}});
  const auto& stick = json["tables"][0];
  CHECK(stick["kind"] == "stick");
  CHECK(stick["evictions"] == 2);
  CHECK(stick["kept"] == 8);
  CHECK_FALSE(stick.contains("counters"));
  CHECK(stick["clients"][0] ==
        nlohmann::json::parse(R"({"client": "00ff", "server": "s1", "expires_seconds": 60.0})"));
  CHECK(json["cookies"][0] ==
        nlohmann::json::parse(R"({"backend": "pool", "name": "SRV", "kept": 7, "moved": 1,
          "forged": 2, "unreadable": 0, "expired": 0, "unknown": 0, "set": 4})"));
}

TEST_CASE("what is counted has one name, there and back") {
  for (const RateOf of :
       {RateOf::kRequests, RateOf::kConnections, RateOf::kErrors, RateOf::kFailures,
        RateOf::kBytesIn, RateOf::kBytesOut, RateOf::kActive}) {
    CHECK(counter_named(name_of(of)) == of);
  }
  CHECK_FALSE(counter_named("gpc"));
}

}  // namespace
}  // namespace hapair::control
