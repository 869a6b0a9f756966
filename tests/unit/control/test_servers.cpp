#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "apps/hapair/control/servers_command.hpp"
#include "apps/hapair/control/status_json.hpp"
#include "sample_status.hpp"
#include "tests/unit/golden.hpp"

using namespace hapair;
using namespace hapair::control;
using Json = nlohmann::ordered_json;

namespace {

Json sample() { return Json::parse(render_status(sample_status())); }

}  // namespace

TEST_CASE("servers are listed with what the checks say of them") {
  const Json servers = list_servers(sample(), "");
  REQUIRE(servers.size() == 2);
  CHECK(servers[0]["backend"] == "web_server");
  CHECK(servers[0]["name"] == "node1");
  CHECK(servers[0]["target"]["state"] == "up");
  CHECK(servers[1]["target"]["last_checks"][0]["code"] == "L4CON");
  CHECK(list_servers(sample(), "web_server") == servers);
  CHECK(list_servers(sample(), "other").is_null());
  CHECK(list_servers(Json::object(), "").empty());
}

TEST_CASE("servers as a table") {
  CHECK(matches_golden(render_servers(list_servers(sample(), ""), false), "control/servers.txt"));
  CHECK(render_servers(Json::array(), false) == "There is no server.\n");
  const std::string coloured = render_servers(list_servers(sample(), ""), true);
  CHECK(coloured.find("\x1b[1;31mDOWN 1/2\x1b[0m") != std::string::npos);
}

TEST_CASE("a weight that is not the whole one says of how much") {
  Json status = sample();
  status["backends"][0]["servers"][0]["weight_now"] = 15;
  const std::string text = render_servers(list_servers(status, ""), false);
  CHECK(text.find("15 of 30") != std::string::npos);
}
