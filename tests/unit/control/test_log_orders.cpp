#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "router_bench.hpp"

using namespace hapair;
using namespace hapair::control;
using http::Method;

TEST_CASE("log targets are told, and changed by index or name by those who may") {
  RouterBench bench;
  const auto told = nlohmann::json::parse(bench.ask(Method::kGet, "/v1/log", {}, kUser).body);
  CHECK(told["targets"][0]["index"] == 0);
  CHECK(told["targets"][0]["level"] == "debug");
  CHECK(told["targets"][0]["configured_level"] == "info");
  CHECK(told["targets"][0]["held_back"] == 37);
  CHECK(told["targets"][1]["level"].is_null());
  CHECK(told["targets"][1]["enabled"] == false);
  const auto post = [&](std::string_view body, const net::PeerCredentials& who = kAdmin) {
    return bench.ask(Method::kPost, "/v1/log", body, who);
  };
  CHECK(nlohmann::json::parse(post(R"({"target": 0, "level": "error"})").body) == told);
  CHECK(post(R"({"target": "stderr", "enabled": false, "level": "debug"})").status == 200);
  CHECK(bench.node.orders ==
        "log target 0 at error by uid 1001 (pid 4712); "
        "log target by name at debug off by uid 1001 (pid 4712); ");
  CHECK(post(R"({"target": 0, "level": "error"})", kUser).status == 403);
  CHECK(bench.ask(Method::kDelete, "/v1/log").allow == "GET, HEAD, POST");
}

TEST_CASE("an order to a log target that makes no sense is refused with what is wrong about it") {
  RouterBench bench;
  const auto post = [&](std::string_view body) {
    return bench.ask(Method::kPost, "/v1/log", body, kAdmin);
  };
  CHECK(post(R"({"target": 9, "enabled": true})").status == 404);
  CHECK(error_of(post(R"({"target": 9, "enabled": true})"))["message"] ==
        "there is no log target 9");
  CHECK(error_of(post(R"({"target": "twice", "enabled": true})"))["code"] == "ambiguous_target");
  CHECK(error_of(post(R"({"target": 1, "level": "info"})"))["message"] ==
        "log target 1 takes no records, only access lines, and these have no level");
  for (const auto& [body, message] :
       {std::pair{"{", "the body is not JSON"},
        {"[]", "the body is not an object"},
        {R"({"target": 0, "target": 1, "enabled": true})",
         "a key of the body is given twice, or within another"},
        {R"({"target": 0, "enabled": {"enabled": true}})",
         "a key of the body is given twice, or within another"},
        {R"({"enabled": true})", "the order names no target"},
        {R"({"target": 0})", "the order changes nothing"},
        {R"({"target": -1, "enabled": true})", "\"target\" is neither an index nor a name"},
        {R"({"target": 0, "enabled": 1})", "\"enabled\" is neither true nor false"},
        {R"({"target": 0, "level": 3})", "\"level\" is no text"},
        {R"({"target": 0, "level": "loud"})", "'loud' is no level"},
        {R"({"target": 0, "size": 3})", "an order about a log target has no 'size'"}}) {
    CAPTURE(body);
    const auto answer = post(body);
    CHECK(answer.status == 400);
    CHECK(error_of(answer)["code"] == "bad_body");
    CHECK(error_of(answer)["message"] == message);
  }
  CHECK(bench.node.orders.empty());
}
