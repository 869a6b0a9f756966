// Distributions of times: recorded where the phase ends, rendered with quantiles.
#include <nlohmann/json.hpp>

#include <doctest/doctest.h>
#include "apps/hapair/control/latency_json.hpp"

namespace hapair::control {
namespace {

using std::chrono::milliseconds;

TEST_CASE("quantiles are right to within an eighth, and nothing is all zeros") {
  lb::FrontendLatency front;
  lb::BackendLatency back;
  for (int i = 1; i <= 1000; ++i) front.total.record(milliseconds(i));
  const auto json = nlohmann::json::parse(
      render_latency("lb1", {}, {{"http_front", &front, nullptr}, {"web", nullptr, &back}}));
  const auto& total = json["frontends"][0]["total_ms"];
  CHECK(total["count"] == 1000);
  CHECK(total["sum"] == 500500.0);
  CHECK(total["max"] == 1000.0);
  for (const auto& [name, wanted] : {std::pair("p50", 500.0), std::pair("p90", 900.0),
                                     std::pair("p99", 990.0), std::pair("p999", 999.0)}) {
    CAPTURE(name);
    CHECK(total[name] >= wanted);
    CHECK(total[name] <= wanted * 1.125);
  }
  CHECK(json["frontends"][0]["request_ms"]["p99"] == 0.0);
  CHECK(json["backends"][0]["name"] == "web");
  CHECK(json["backends"][0]["queue_ms"]["count"] == 0);
}

}  // namespace
}  // namespace hapair::control
