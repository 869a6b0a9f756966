#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/hapair/top/look_json.hpp"

using namespace hapair;
using namespace hapair::top;
using Json = nlohmann::ordered_json;

namespace {

Json plain_status() {
  return Json::parse(std::ifstream(HAPAIR_TEST_ROOT "/data/control/status.json"));
}

/// After so many seconds with three requests, a kilobyte and a failure more, of each frontend and
/// server.
Json grown_status(double seconds) {
  Json status = plain_status();
  status["uptime_seconds"] = status["uptime_seconds"].get<double>() + seconds;
  const auto add = [](Json& value, double more) {
    if (value.is_number()) value = value.get<double>() + more;
  };
  const auto count = [&add](Json& row) {
    add(row["requests"]["total"], 3);
    add(row["bytes"]["out"], 1000);
    add(row["responses"]["5xx"], 1);
    add(row["errors"]["connect"], 1);
  };
  for (Json& frontend : status["frontends"]) count(frontend);
  for (Json& backend : status["backends"]) {
    for (Json& server : backend["servers"]) count(server);
  }
  return status;
}

Json plain_latency() {
  const Json times{{"count", 9}, {"p50", 1.25}, {"p90", 8.0}, {"p99", 123.4}, {"p999", 400.0}};
  return {{"frontends", Json::array({Json{{"name", "http_front"}, {"total_ms", times}}})}};
}

Json plain_events() {
  return {{"events", Json::array({Json{{"number", 18}, {"id", "check-state"}}})}};
}

Json looked(const Json& status, const Rates& rates, const Json& latency = plain_latency(),
            const Json& events = plain_events()) {
  return look_json({.status = status, .latency = latency, .events = events}, rates);
}

Json row_of(const Json& list, const std::string& name) {
  for (const Json& row : list) {
    if (row["name"] == name) return row;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("a look has what the screen shows") {
  Rates rates;
  rates.take(plain_status());
  const Json status = grown_status(2);
  rates.take(status);
  const Json told = looked(status, rates);

  CHECK(told["node"] == "lb1");
  CHECK(told["time"] == status["time"]);
  CHECK(told["uptime_seconds"] == status["uptime_seconds"]);
  CHECK(told["loop_lag_p99_ms"] == 0.412);
  REQUIRE(told["vips"].size() == status["vips"].size());
  CHECK(told["vips"][0]["role"] == status["vips"][0]["role"]);
  CHECK(told["vips"][0]["reason"] == status["vips"][0]["reason"]);
  REQUIRE(told["peers"].size() == status["peers"].size());
  CHECK(told["peers"][0]["present"] == status["peers"][0]["present"]);
  CHECK(told["peers"][0]["vips"].size() == status["peers"][0]["vips"].size());
  REQUIRE(told["shortages"].size() == 1);  // the other one gives up nothing
  CHECK(told["shortages"][0]["resource"] == "descriptors");
  CHECK(told["events"] == plain_events()["events"]);

  const Json front = row_of(told["frontends"], "http_front");
  REQUIRE(front.is_object());
  CHECK(front["rates"]["requests"] == 1.5);
  CHECK(front["rates"]["bytes_out"] == 500.0);
  CHECK(front["rates"]["responses_5xx"] == 0.5);
  CHECK(front["rates"]["responses_4xx"] == 0.0);
  CHECK(front["total_ms"] == Json{{"p50", 1.25}, {"p90", 8.0}, {"p99", 123.4}, {"p999", 400.0}});
  const double fronts = static_cast<double>(told["frontends"].size());
  CHECK(told["rates"]["requests"] == 1.5 * fronts);

  const Json server = row_of(told["servers"], "web_server/node1");
  REQUIRE(server.is_object());
  CHECK(server["rates"]["failures"] == 0.5);
  CHECK(server["status"].is_string());
  CHECK(server["reason"].is_string());
}

TEST_CASE("sums are of all frontends and backends") {
  Json status = plain_status();
  status["frontends"] = Json::parse(R"([{"name": "a", "sessions": {"current": 3, "limit": 9}},
                                        {"name": "b", "sessions": {"current": 4}}])");
  status["backends"] = Json::parse(R"([{"name": "x", "servers_usable": 2, "queue": {"current": 1}},
                                       {"name": "y", "servers_usable": 1, "queue": {}}])");
  const Json told = looked(status, Rates());
  CHECK(told["sessions"] == 7);
  CHECK(told["servers_usable"] == 3);
  CHECK(told["waiting"] == 1);
  CHECK(told["frontends"][0]["sessions_limit"] == 9);
  CHECK(told["frontends"][1]["sessions_limit"] == nullptr);
  CHECK(told["frontends"][1]["total_ms"] == nullptr);
}

TEST_CASE("rates are told to three places, and only where there are two looks of one process") {
  Rates rates;
  rates.take(plain_status());
  CHECK(looked(plain_status(), rates)["rates"] == nullptr);
  const Json status = grown_status(7);
  rates.take(status);
  CHECK(looked(status, rates)["frontends"][0]["rates"]["requests"].dump() == "0.429");
  Json other = grown_status(9);
  other["pid"] = 1;
  rates.take(other);
  const Json told = looked(other, rates);
  CHECK(told["rates"] == nullptr);
  CHECK(told["frontends"][0]["rates"] == nullptr);
  CHECK(told["servers"][0]["rates"] == nullptr);
}

TEST_CASE("documents of any shape make a look") {
  for (const char* text :
       {"{}", "[]", "7", R"({"vips": 7, "frontends": [1, null, {}], "backends": {"a": []}})",
        R"({"vips": [{"name": []}], "peers": [{"vips": [1]}], "targets": [3], "shortages": [2]})",
        R"({"frontends": [{"name": "f", "total_ms": 5}], "backends": [{"servers": [5, {}]}]})",
        R"({"events": {"number": 1}})"}) {
    CAPTURE(text);
    const Json document = Json::parse(text);
    Rates rates;
    rates.take(document);
    const Json told = looked(document, rates, document, document);
    CHECK(told["node"] == nullptr);
    CHECK(told["events"].is_array());
    CHECK(told["servers"].is_array());
  }
}
