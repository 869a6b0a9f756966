// The counters of HTTP/2 clients, by frontend.
#include <nlohmann/json.hpp>

#include <doctest/doctest.h>
#include "apps/hapair/control/http2_json.hpp"

namespace hapair::control {
namespace {

TEST_CASE("a frontend's HTTP/2 counters are told by their names") {
  lb::H2Counters counters;
  counters.connections.add();
  counters.connections_total = 3;
  counters.streams_total = 7;
  counters.peer_resets = 1;
  counters.goaways = 4;
  counters.floods[static_cast<std::size_t>(lb::H2Flood::kPings)] = 2;
  const auto json = nlohmann::json::parse(
      render_http2("lb1", {}, {{"front", false, &counters}, {"pool", true, &counters}}));
  CHECK(json["node"] == "lb1");
  const auto& front = json["frontends"][0];
  CHECK(front["name"] == "front");
  CHECK(front["connections"] == nlohmann::json{{"now", 1}, {"max", 1}, {"total", 3}});
  CHECK(front["streams"]["total"] == 7);
  CHECK(front["client_resets"] == 1);
  CHECK(front["stream_errors"] == 0);
  CHECK(front["refused_streams"] == 0);
  CHECK(front["connection_errors"] == 0);
  CHECK(front["ping_timeouts"] == 0);
  CHECK(front["floods"] == nlohmann::json{{"resets", 0},
                                          {"pings", 2},
                                          {"settings", 0},
                                          {"empty_data", 0},
                                          {"priorities", 0},
                                          {"head_pieces", 0}});
  CHECK(json["frontends"].size() == 1);
  const auto& pool = json["backends"][0];
  CHECK(pool["name"] == "pool");
  CHECK(pool["server_resets"] == 1);
  CHECK(pool["goaways"] == 4);
  CHECK_FALSE(pool.contains("client_resets"));
  CHECK_FALSE(front.contains("goaways"));
}

}  // namespace
}  // namespace hapair::control
