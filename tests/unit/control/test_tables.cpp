// What is known of clients, as a document.
#include <nlohmann/json.hpp>

#include <doctest/doctest.h>
#include "apps/hapair/control/tables_json.hpp"

namespace hapair::control {
namespace {

using namespace std::chrono_literals;

TEST_CASE("tables, limits and cookies are told by the names of their frontends and backends") {
  lb::KeepingView front{.proxy = "front",
                        .rate_limit = lb::RateLimitView{.limit = 100, .per = 10s, .refused = 3}};
  front.rate_limit->table = {.by = "source", .size = 1000, .entries = 1, .memory = 84};
  front.rate_limit->table.clients = {{.key = "192.0.2.7", .count = 5, .expires = 1500ms}};
  lb::KeepingView pool{.proxy = "pool", .backend = true};
  pool.cookie = {.name = "SRV", .counters = {.kept = 7, .moved = 1, .forged = 2, .set = 4}};
  lb::KeepingView db{.proxy = "db", .backend = true, .stick = lb::StickView{}};
  db.stick->table = {.by = "sni", .size = 10, .entries = 1, .evictions = 2, .expirations = 3};
  db.stick->table.clients = {{.key = "00ff", .server = "s1", .expires = 1min}};
  const auto json = nlohmann::json::parse(render_tables("lb1", {}, {front, pool, db}));
  CHECK(json["node"] == "lb1");
  CHECK(json["frontends"].size() == 1);
  CHECK(json["frontends"][0]["rate_limit"] ==
        nlohmann::json::parse(R"({"requests": 100, "per_seconds": 10.0, "refused": 3,
          "by": "source", "size": 1000, "entries": 1, "evictions": 0, "expirations": 0,
          "memory_bytes": 84,
          "clients": [{"client": "192.0.2.7", "count": 5, "expires_seconds": 1.5}]})"));
  CHECK(json["backends"][0] ==
        nlohmann::json::parse(R"({"name": "pool", "cookie": {"name": "SRV", "kept": 7, "moved": 1,
          "forged": 2, "unreadable": 0, "expired": 0, "unknown": 0, "set": 4}})"));
  CHECK(json["backends"][1]["stick"]["clients"][0] ==
        nlohmann::json::parse(R"({"client": "00ff", "server": "s1", "expires_seconds": 60.0})"));
  CHECK(json["backends"][1]["stick"]["evictions"] == 2);
}

}  // namespace
}  // namespace hapair::control
