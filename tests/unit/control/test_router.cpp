#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "router_bench.hpp"

using namespace hapair;
using namespace hapair::control;
using http::Method;

namespace {

constexpr const char* kStatePath = "/v1/servers/web_server/node1/state";
constexpr const char* kMaintenance = R"({"state": "maintenance"})";

}  // namespace

TEST_CASE("every document can be read, also by whoever may change nothing") {
  RouterBench bench;
  for (const char* path : {"/", "/v1/status", "/v1/health", "/v1/version"}) {
    CAPTURE(path);
    const auto answer = bench.ask(Method::kGet, path, {}, kUser);
    CHECK(answer.status == 200);
    CHECK(nlohmann::json::accept(answer.body));
    CHECK(bench.ask(Method::kHead, path).status == 200);
  }
  CHECK(bench.ask(Method::kGet, "/v1/status").body.find("\"VI_1\"") != std::string::npos);
  CHECK(bench.ask(Method::kGet, "/metrics", {}, kUser).document != nullptr);
  CHECK(bench.ask(Method::kPost, "/metrics").allow == "GET, HEAD");
}

TEST_CASE("an unknown path is 404 and says which ones there are") {
  RouterBench bench;
  for (const char* path : {"/v2/status", "/v1", "/v1/status/", "//", "*", "", "/v1/servers/a/",
                           "/v1/servers//node1/state", "/v1/servers/a/b/state/x"}) {
    CAPTURE(path);
    const auto answer = bench.ask(Method::kGet, path);
    CHECK(answer.status == 404);
    CHECK(error_of(answer)["code"] == "unknown_path");
    CHECK(error_of(answer)["remedy"].get<std::string>().find("/v1/health") != std::string::npos);
  }
}

TEST_CASE("a path's wrong method is 405 with the right ones") {
  RouterBench bench;
  CHECK(bench.ask(Method::kPost, "/v1/status").status == 405);
  CHECK(bench.ask(Method::kPost, "/v1/status").allow == "GET, HEAD");
  CHECK(bench.ask(Method::kOther, "/").allow == "GET, HEAD");
  CHECK(bench.ask(Method::kGet, kStatePath).status == 405);
  CHECK(bench.ask(Method::kGet, kStatePath).allow == "POST");
}

TEST_CASE("a query is refused, not ignored") {
  RouterBench bench;
  CHECK(bench.ask(Method::kGet, "/v1/status?pretty").status == 400);
  CHECK(bench.ask(Method::kGet, "/v1/status?").status == 400);
}

TEST_CASE("root and the write group may change a server's state; the order names them") {
  RouterBench bench;
  CHECK(bench.ask(Method::kPost, kStatePath, kMaintenance, kRoot).status == 200);
  CHECK(bench.ask(Method::kPost, kStatePath, R"({"state":"ready"})", kAdmin).status == 200);
  for (const char* body :
       {R"({"state":"drain"})", R"({"state":"force-up"})", R"({"state":"force-down"})"}) {
    CHECK(bench.ask(Method::kPost, kStatePath, body, kRoot).status == 200);
  }
  CHECK(bench.node.orders ==
        "maintenance by uid 0 (pid 1); ready by uid 1001 (pid 4712); drain by uid 0 (pid 1); "
        "force-up by uid 0 (pid 1); force-down by uid 0 (pid 1); ");
}

TEST_CASE("anybody else may not: 403 with the rule and the remedy, and nothing happens") {
  RouterBench bench;
  const auto answer = bench.ask(Method::kPost, kStatePath, kMaintenance, kUser);
  CHECK(answer.status == 403);
  CHECK(error_of(answer)["code"] == "forbidden");
  CHECK(error_of(answer)["message"] ==
        "uid 1000 (pid 4711) may not change anything: that takes root or group 'hapair-admin' "
        "(process.write_group)");
  CHECK(error_of(answer)["remedy"] ==
        "use root, or add the user with 'usermod -aG hapair-admin USER' and log in anew");
  CHECK(bench.node.orders.empty());

  const Router without_group(bench.node, bench.node, std::nullopt);
  const auto refused = without_group.handle(
      {.method = Method::kPost, .target = kStatePath, .body = kMaintenance, .who = kAdmin});
  CHECK(refused.status == 403);
  CHECK(error_of(refused)["remedy"] ==
        "use root, or name a group in the config as process.write_group");
  CHECK(bench.node.orders.empty());
}

TEST_CASE("a body that is not exactly an order is refused with what to send") {
  RouterBench bench;
  for (const char* body :
       {"", "maintenance", "{", "[]", "{}", "\"ready\"", R"({"state": 1})", R"({"state": "up"})",
        R"({"state": "ready", "state": "maintenance"})", R"({"state": "ready", "force": true})",
        R"({"state": "ready"} x)", R"({"state": {"state": "ready"}})", "{\"state\": \"\xff\"}"}) {
    CAPTURE(body);
    const auto answer = bench.ask(Method::kPost, kStatePath, body);
    CHECK(answer.status == 400);
    CHECK(
        error_of(answer)["remedy"] ==
        R"(send {"state": ...} with "ready", "drain", "maintenance", "force-up" or "force-down")");
  }
  CHECK(bench.node.orders.empty());
}

TEST_CASE("an unknown server is 404") {
  RouterBench bench;
  const auto answer = bench.ask(Method::kPost, "/v1/servers/web_server/node9/state", kMaintenance);
  CHECK(answer.status == 404);
  CHECK(error_of(answer)["code"] == "unknown_server");
}

TEST_CASE("a table's client is set or forgotten, and so are all of them") {
  RouterBench bench;
  const auto set = bench.ask(Method::kPut, "/v1/tables/clients/192.0.2.7",
                             R"({"requests": 5, "bytes_out": 4294967295})");
  CHECK(set.status == 200);
  CHECK(nlohmann::json::parse(set.body) ==
        nlohmann::json::parse(R"({"table": "clients", "client": "192.0.2.7", "change": "set"})"));
  CHECK(bench.ask(Method::kPut, "/v1/tables/clients/a%2Fb%3a", R"({"server": "s1"})", kAdmin)
            .status == 200);
  CHECK(bench.ask(Method::kDelete, "/v1/tables/clients/2001:db8::").status == 200);
  const auto cleared = bench.ask(Method::kDelete, "/v1/tables/clients");
  CHECK(nlohmann::json::parse(cleared.body)["client"].is_null());
  CHECK(bench.node.orders ==
        "192.0.2.7 requests=5 bytes_out=4294967295  by uid 0 (pid 1); a/b: s1 by uid 1001 (pid "
        "4712); 2001:db8:: cleared by uid 0 (pid 1); all cleared by uid 0 (pid 1); ");
}

TEST_CASE("a change of a table that can't be made is refused with the reason") {
  RouterBench bench;
  const auto code = [&](Method method, std::string_view target, std::string_view body = {}) {
    const auto answer = bench.ask(method, target, body);
    return std::to_string(answer.status) + " " + error_of(answer)["code"].get<std::string>();
  };
  CHECK(code(Method::kDelete, "/v1/tables/other") == "404 unknown_table");
  CHECK(code(Method::kDelete, "/v1/tables/clients/192.0.2.9") == "404 unknown_client");
  CHECK(code(Method::kDelete, "/v1/tables/clients/x") == "400 bad_client");
  CHECK(code(Method::kPut, "/v1/tables/other/192.0.2.7", R"({"requests": 1})") ==
        "404 unknown_table");
  CHECK(code(Method::kPut, "/v1/tables/clients", R"({"requests": 1})") == "405 wrong_method");
  CHECK(code(Method::kPost, "/v1/tables/clients/192.0.2.7") == "405 wrong_method");
  CHECK(code(Method::kGet, "/v1/tables/clients/192.0.2.7") == "405 wrong_method");
  CHECK(bench.ask(Method::kPost, "/v1/tables/clients/x").allow == "PUT, DELETE");
  CHECK(bench.ask(Method::kPost, "/v1/tables/clients").allow == "DELETE");
  for (const char* path : {"/v1/tables/", "/v1/tables//x", "/v1/tables/a/", "/v1/tables/a/b/c"}) {
    CHECK(code(Method::kDelete, path) == "404 unknown_path");
  }
  for (const char* body :
       {"", "5", "[]", "{}", R"({"server": ""})", R"({"server": 1})", R"({"requests": -1})",
        R"({"requests": 1.5})", R"({"requests": "1"})", R"({"gpc": 1})",
        R"({"requests": 1, "requests": 2})", R"({"requests": {"errors": 1}})"}) {
    CAPTURE(body);
    CHECK(code(Method::kPut, "/v1/tables/clients/192.0.2.7", body) == "400 bad_body");
  }
  CHECK(bench.ask(Method::kDelete, "/v1/tables/clients", {}, kUser).status == 403);
  CHECK(bench.node.orders.empty());
}

TEST_CASE("explain and why-not tell of all VIPs, or of the one that is named") {
  RouterBench bench;
  const auto all = nlohmann::json::parse(bench.ask(Method::kGet, "/v1/explain").body);
  CHECK(all["node"] == "lb1");
  CHECK(all["vips"].size() == 2);
  const auto one =
      nlohmann::json::parse(bench.ask(Method::kGet, "/v1/why-not/VI_1", {}, kUser).body);
  REQUIRE(one["vips"].size() == 1);
  CHECK(one["vips"][0]["sentences"][0] == "lb1 is master of VI_1.");
  const auto none = bench.ask(Method::kGet, "/v1/explain/VI_9");
  CHECK(none.status == 404);
  CHECK(error_of(none)["code"] == "unknown_vip");
  CHECK(bench.ask(Method::kGet, "/v1/explain/").status == 404);
  CHECK(bench.ask(Method::kGet, "/v1/explain/a/b").status == 404);
  CHECK(bench.ask(Method::kPost, "/v1/explain").status == 405);
}

TEST_CASE("events are shown from a number on") {
  RouterBench bench;
  bench.node.events.add(
      {.id = "maintenance", .subject = "VI_1", .from = {}, .to = "on", .cause = "x"});
  bench.node.events.add({.id = "vrrp-transition",
                         .subject = "VI_1",
                         .from = "master",
                         .to = "fault",
                         .cause = "maintenance: x",
                         .caused_by = 1,
                         .figures = {{"priority", "254"}}});
  const auto all = nlohmann::json::parse(bench.ask(Method::kGet, "/v1/events").body)["events"];
  REQUIRE(all.size() == 2);
  CHECK(all[0]["caused_by"] == nullptr);
  CHECK(all[1]["caused_by"] == 1);
  CHECK(all[1]["figures"]["priority"] == "254");
  CHECK(nlohmann::json::parse(bench.ask(Method::kGet, "/v1/events/1").body)["events"].size() == 1);
  CHECK(error_of(bench.ask(Method::kGet, "/v1/events/x"))["code"] == "bad_number");
}

TEST_CASE("maintenance of the node or of one VIP is an order for those who may change things") {
  RouterBench bench;
  constexpr const char* kOn = R"({"maintenance": "on"})";
  CHECK(bench.ask(Method::kPost, "/v1/maintenance", kOn).status == 200);
  CHECK(bench.ask(Method::kPost, "/v1/vips/VI_1/maintenance", R"({"maintenance": "off"})").status ==
        200);
  CHECK(bench.node.orders.starts_with("maintenance of all on by "));
  CHECK(bench.node.orders.find("maintenance of VI_1 off by ") != std::string::npos);
  CHECK(bench.ask(Method::kPost, "/v1/maintenance", kOn, kUser).status == 403);
  CHECK(bench.ask(Method::kPost, "/v1/vips/VI_9/maintenance", kOn).status == 404);
  CHECK(bench.ask(Method::kGet, "/v1/maintenance").status == 405);
  for (const char* body : {"", "{}", R"({"maintenance": "maybe"})", R"({"maintenance": true})",
                           R"({"maintenance": "on", "maintenance": "off"})"}) {
    CAPTURE(body);
    const auto answer = bench.ask(Method::kPost, "/v1/maintenance", body);
    CHECK(answer.status == 400);
    CHECK(error_of(answer)["remedy"] == R"(send {"maintenance": "on"} or {"maintenance": "off"})");
  }
}

TEST_CASE("an upgrade is ordered, and what became of it is asked for") {
  RouterBench bench;
  const auto state = [&] {
    return nlohmann::json::parse(bench.ask(Method::kGet, "/v1/upgrade").body);
  };
  CHECK(state()["upgrade"] == "none");
  CHECK(bench.ask(Method::kPost, "/v1/upgrade", "", kUser).status == 403);
  const auto ordered = bench.ask(Method::kPost, "/v1/upgrade");
  CHECK(ordered.status == 200);
  CHECK(nlohmann::json::parse(ordered.body) ==
        nlohmann::json({{"upgrade", "under way"}, {"why", nullptr}}));
  CHECK(bench.node.orders == "upgrade by uid 0 (pid 1); ");
  bench.node.upgrade_phase = {.phase = UpgradeState::Phase::kFailed, .why = "it ended"};
  CHECK(state()["upgrade"] == "failed");
  CHECK(state()["why"] == "it ended");
  bench.node.upgrade_phase = {.phase = UpgradeState::Phase::kDone};
  CHECK(state()["upgrade"] == "done");
  CHECK(bench.ask(Method::kPut, "/v1/upgrade").status == 405);
}

TEST_CASE(
    "stepping down is an order with a limit, refused where there is nothing to give or nobody") {
  RouterBench bench;
  constexpr const char* kDrain = R"({"step_down": "drain"})";
  const auto all = bench.ask(Method::kPost, "/v1/step-down", kDrain);
  CHECK(all.status == 200);
  CHECK(nlohmann::json::parse(all.body) ==
        nlohmann::json({{"vips", {"VI_1"}}, {"within_seconds", 10}}));
  const auto one = bench.ask(Method::kPost, "/v1/vips/VI_1/step-down", R"({"step_down": "now"})");
  CHECK(nlohmann::json::parse(one.body)["within_seconds"] == 0);
  CHECK(bench.node.orders ==
        "step down from all in time by uid 0 (pid 1); step down from VI_1 by uid 0 (pid 1); ");
  CHECK(bench.ask(Method::kPost, "/v1/step-down", kDrain, kUser).status == 403);
  CHECK(bench.ask(Method::kPost, "/v1/vips/VI_9/step-down", kDrain).status == 404);
  CHECK(bench.ask(Method::kGet, "/v1/step-down").status == 405);
  const auto bad = bench.ask(Method::kPost, "/v1/step-down", R"({"step_down": "soon"})");
  CHECK(bad.status == 400);
  CHECK(error_of(bad)["remedy"] == R"(send {"step_down": "drain"} or {"step_down": "now"})");

  bench.node.refuses = StepDown::Outcome::kNotMaster;
  CHECK(error_of(bench.ask(Method::kPost, "/v1/step-down", kDrain))["code"] == "not_master");
  bench.node.refuses = StepDown::Outcome::kNoPeer;
  const auto lonely = bench.ask(Method::kPost, "/v1/vips/VI_1/step-down", kDrain);
  CHECK(lonely.status == 409);
  CHECK(error_of(lonely)["message"] == "no peer says that it could take over VI_1");
}

TEST_CASE("a drill is begun, refused with its reasons, and told of") {
  RouterBench bench;
  constexpr const char* kBegin = R"({"drill": "begin"})";
  const auto begun = bench.ask(Method::kPost, "/v1/drill", kBegin);
  CHECK(begun.status == 200);
  CHECK(nlohmann::json::parse(begun.body) ==
        nlohmann::json({{"number", 7}, {"peer", "lb2"}, {"vips", {"VI_1"}}}));
  CHECK(bench.ask(Method::kPost, "/v1/vips/VI_1/drill", kBegin).status == 200);
  CHECK(bench.node.orders == "drill of all by uid 0 (pid 1)drill of VI_1 by uid 0 (pid 1)");
  CHECK(nlohmann::json::parse(bench.ask(Method::kGet, "/v1/drill").body)["stage"] == "none");
  CHECK(bench.ask(Method::kPost, "/v1/drill", kBegin, kUser).status == 403);
  CHECK(bench.ask(Method::kPost, "/v1/vips/VI_9/drill", kBegin).status == 404);
  CHECK(bench.ask(Method::kGet, "/v1/vips/VI_1/drill").status == 405);
  CHECK(bench.ask(Method::kPut, "/v1/drill").allow == "GET, HEAD, POST");
  CHECK(error_of(bench.ask(Method::kPost, "/v1/drill", "{}"))["remedy"] ==
        R"(send {"drill": "begin"})");
  CHECK(bench.ask(Method::kPost, "/v1/drill", R"({"drill": "stop"})").status == 400);

  bench.node.refuses_drill = DrillStart::Outcome::kNotMaster;
  CHECK(error_of(bench.ask(Method::kPost, "/v1/drill", kBegin))["code"] == "not_master");
  bench.node.refuses_drill = DrillStart::Outcome::kRefused;
  const auto refused = bench.ask(Method::kPost, "/v1/drill", kBegin);
  CHECK(refused.status == 409);
  CHECK(error_of(refused)["message"] == "no drill now: lb2 is asleep; and so is lb3");
}

TEST_CASE("a reload is ordered by those who may change things, one at a time") {
  RouterBench bench;
  const auto ordered = bench.ask(Method::kPost, "/v1/reload", "{}", kAdmin);
  CHECK(ordered.status == 202);
  CHECK(nlohmann::json::parse(ordered.body) == nlohmann::json({{"number", 7}}));
  CHECK(bench.ask(Method::kPost, "/v1/reload").status == 202);
  CHECK(bench.node.orders == "reload by uid 1001 (pid 4712); reload by uid 0 (pid 1); ");
  CHECK(bench.ask(Method::kGet, "/v1/reload", {}, kUser).status == 200);
  CHECK(bench.ask(Method::kPost, "/v1/reload", "{}", kUser).status == 403);
  CHECK(error_of(bench.ask(Method::kPost, "/v1/reload", "now"))["remedy"] == "send {}");
  CHECK(bench.ask(Method::kDelete, "/v1/reload").allow == "GET, HEAD, POST");
  bench.node.reloading = true;
  const auto busy = bench.ask(Method::kPost, "/v1/reload", "{}");
  CHECK(busy.status == 409);
  CHECK(error_of(busy)["code"] == "reload_running");
}

TEST_CASE("what is secret in the configuration is shown to root alone") {
  RouterBench bench;
  CHECK(bench.ask(Method::kGet, "/v1/config").body == "whole");
  CHECK(bench.ask(Method::kGet, "/v1/config", {}, kUser).body == "without secrets");
  CHECK(bench.ask(Method::kGet, "/v1/config", {}, kAdmin).body == "without secrets");
  CHECK(bench.ask(Method::kPost, "/v1/config").allow == "GET, HEAD");
}

TEST_CASE("every endpoint has a description, and those of one path differ in their methods") {
  std::set<std::string> all;
  for (const Endpoint& endpoint : endpoints()) {
    CAPTURE(endpoint.path);
    CHECK(endpoint.path.starts_with('/'));
    CHECK_FALSE(endpoint.description.empty());
    CHECK(all.insert(std::string(http::to_text(endpoint.method)) + " " + std::string(endpoint.path))
              .second);
  }
}

TEST_CASE("whoever may change nothing is told so at every endpoint that changes something") {
  RouterBench bench;
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.method == Method::kGet) continue;
    CAPTURE(endpoint.path);
    std::string path(endpoint.path);
    for (std::size_t at = 0; (at = path.find('{')) != std::string::npos;) {
      path.replace(at, path.find('}') - at + 1, "x");
    }
    CHECK(bench.ask(endpoint.method, path, "{}", kUser).status == 403);
  }
  CHECK(bench.node.orders.empty());
}

TEST_CASE("docs/openapi.json and the table of endpoints say the same") {
  const auto api = nlohmann::json::parse(std::ifstream(HAPAIR_TEST_ROOT "/../docs/openapi.json"));
  std::set<std::string> described;
  for (const auto& [path, methods] : api.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (method == "parameters") continue;
      std::string name = method;
      for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      described.insert(name + " " + path);
      CAPTURE(path);
      CHECK_FALSE(operation.at("summary").get<std::string>().empty());
      CHECK(operation.at("responses").size() >= 1);
    }
  }
  std::set<std::string> served;
  for (const Endpoint& endpoint : endpoints()) {
    served.insert(std::string(http::to_text(endpoint.method)) + " " + std::string(endpoint.path));
  }
  CHECK(described == served);
}

TEST_CASE("docs/api.md tells of every endpoint") {
  std::stringstream docs;
  docs << std::ifstream(HAPAIR_TEST_ROOT "/../docs/api.md").rdbuf();
  for (const Endpoint& endpoint : endpoints()) {
    const std::string said =
        std::string(http::to_text(endpoint.method)) + " " + std::string(endpoint.path) + "`";
    CAPTURE(said);
    CHECK(docs.str().find("`" + said) != std::string::npos);
  }
}

TEST_CASE("servers are shown all, by backend, and one by one") {
  RouterBench bench;
  const auto all = nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/servers")));
  REQUIRE(all["servers"].size() == 2);
  CHECK(all["servers"][0]["backend"] == "web_server");
  CHECK(all["servers"][0]["name"] == "node1");
  CHECK(all["servers"][0]["state"] == "up");
  CHECK(all["servers"][0]["weight"] == 30);
  CHECK(all["servers"][0]["added"] == false);
  CHECK(all["servers"][1]["state"] == "down");
  CHECK(nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/servers/web_server"))) == all);
  CHECK(nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/servers/web_server/node2", {},
                                              kUser))) == all["servers"][1]);
  CHECK(error_of(bench.ask(Method::kGet, "/v1/servers/api"))["code"] == "unknown_backend");
  CHECK(error_of(bench.ask(Method::kGet, "/v1/servers/web_server/node9"))["code"] ==
        "unknown_server");
  bench.node.shown = long_status(200);
  const auto many = nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/servers")));
  CHECK(many["servers"].size() == 402);
  const auto files = nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/servers/files")));
  CHECK(files["servers"].size() == 200);
  CHECK(files["servers"][199]["name"] == "s199");
  bench.node.shown.traffic.rows.clear();
  CHECK(nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/servers")))["servers"].empty());
}

TEST_CASE("parts of the status have endpoints of their own") {
  RouterBench bench;
  const auto status = nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/status")));
  for (const char* part : {"backends", "vips", "certificates"}) {
    CAPTURE(part);
    const auto document =
        nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/" + std::string(part))));
    CHECK(document[part] == status[part]);
    CHECK(document["node"] == "lb1");
  }
  const auto loop = nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/loop")));
  for (const char* part : {"loop_lag", "guardian", "buffers", "handshakes", "shortages"}) {
    CHECK(loop[part] == status[part]);
  }
  CHECK(loop["generations"]["old"] == 0);
  CHECK(status["drift"] == 2);
  bench.node.shown = long_status(200);
  CHECK(nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/backends")))["backends"] ==
        nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/status")))["backends"]);
}

TEST_CASE("drift tells what the file says and what holds") {
  RouterBench bench;
  const auto drift = nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/drift")));
  CHECK(drift["config_hash"] == bench.node.shown.config_hash);
  CHECK(drift["count"] == 2);
  CHECK(drift["drift"][0] == nlohmann::json({{"kind", "weight"},
                                             {"subject", "web_server/node1"},
                                             {"path", "backends.web_server.servers.node1.weight"},
                                             {"file", "20"},
                                             {"now", "30"},
                                             {"reason", "ordered by uid 0 (pid 1)"},
                                             {"writable", true},
                                             {"value", 30}}));
  CHECK(drift["drift"][1]["file"].is_null());
  CHECK(drift["drift"][1]["value"].is_null());
  CHECK_FALSE(drift["drift"][1]["writable"]);
}

TEST_CASE("weights are set, and servers added and removed, by those who may change things") {
  RouterBench bench;
  constexpr const char* kNode = "/v1/servers/web_server/node1";
  constexpr const char* kWeight = "/v1/servers/web_server/node1/weight";
  const auto weighed = bench.ask(Method::kPost, kWeight, R"({"weight": 256})", kAdmin);
  CHECK(weighed.status == 200);
  CHECK(nlohmann::json::parse(weighed.body)["weight"] == 256);
  CHECK(bench.ask(Method::kPost, kWeight, R"({"weight": "50%"})").status == 200);
  const auto added = bench.ask(Method::kPut, "/v1/servers/web_server/node3",
                               R"({"address": "[2001:db8::3]:80", "weight": 0})");
  CHECK(nlohmann::json::parse(added.body)["change"] == "added");
  CHECK(bench.ask(Method::kPut, "/v1/servers/web_server/node4", R"({"address": "192.0.2.4:80"})")
            .status == 200);
  CHECK(nlohmann::json::parse(bench.ask(Method::kDelete, kNode).body)["change"] == "removed");
  CHECK(bench.node.orders ==
        "weight 256 by uid 1001 (pid 4712); weight 50% by uid 0 (pid 1); add node3 at "
        "[2001:db8::3]:80 weight 0 by uid 0 (pid 1); add node4 at 192.0.2.4:80 weight 1 by uid 0 "
        "(pid 1); remove node1 by uid 0 (pid 1); ");
  CHECK(error_of(bench.ask(Method::kPut, kNode, R"({"address": "192.0.2.4:80"})"))["code"] ==
        "server_exists");
  CHECK(bench.ask(Method::kDelete, "/v1/servers/web_server/node9").status == 404);
  CHECK(bench.ask(Method::kPost, kNode).allow == "GET, HEAD, PUT, DELETE");
  bench.node.orders.clear();
  for (const char* body :
       {"", "30", "{}", R"({"weight": 257})", R"({"weight": -1})", R"({"weight": 1.5})",
        R"({"weight": "50"})", R"({"weight": "%"})", R"({"weight": "x%"})",
        R"({"weight": "25601%"})", R"({"weight": "-1%"})", R"({"weight": null})",
        R"({"weight": 1, "weight": 2})", R"({"weight": 1, "force": true})"}) {
    CAPTURE(body);
    CHECK(error_of(bench.ask(Method::kPost, kWeight, body))["code"] == "bad_body");
  }
  for (const char* body :
       {"", "{}", R"({"weight": 1})", R"({"address": 1})", R"({"address": "192.0.2.4"})",
        R"({"address": "192.0.2.4:0"})", R"({"address": "web.internal:80"})",
        R"({"address": "192.0.2.4:80", "weight": "50%"})",
        R"({"address": "192.0.2.4:80", "backup": true})",
        R"({"address": "192.0.2.4:80", "address": "192.0.2.4:80"})"}) {
    CAPTURE(body);
    CHECK(error_of(bench.ask(Method::kPut, "/v1/servers/web_server/node5", body))["code"] ==
          "bad_body");
  }
  CHECK(error_of(bench.ask(Method::kDelete, kNode, R"({"force": true})"))["code"] == "bad_body");
  CHECK(bench.node.orders.empty());
  CHECK(bench.ask(Method::kDelete, kNode, "{}").status == 200);
}

TEST_CASE("a server that was removed does not hide another one of its name") {
  RouterBench bench;
  auto& rows = bench.node.shown.traffic.rows;
  const auto row = std::ranges::find(rows, std::string("node1"), &lb::StatsRow::svname);
  REQUIRE(row != rows.end());
  lb::StatsRow gone = *row;
  gone.removed = true;
  gone.status = "DRAIN";
  rows.insert(row, gone);
  const auto one =
      nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/servers/web_server/node1")));
  CHECK(one["state"] == "up");
  CHECK(one["status"] != "DRAIN");
  const auto all = nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/servers")))["servers"];
  REQUIRE(all.size() == 3);
  CHECK(all[0]["status"] == "DRAIN");
  CHECK(all[0]["state"].is_null());
  CHECK(all[1] == one);
  CHECK(MetricRows(bench.node.shown).servers.size() == 2);
}

TEST_CASE("many changes are told in pieces") {
  RouterBench bench;
  bench.node.shown.drift.resize(100, bench.node.shown.drift[0]);
  auto answer = bench.ask(Method::kGet, "/v1/drift");
  REQUIRE(answer.document);
  CHECK(nlohmann::json::parse(whole(answer))["drift"].size() == 100);
  bench.node.shown.drift.clear();
  CHECK(nlohmann::json::parse(whole(bench.ask(Method::kGet, "/v1/drift")))["drift"].empty());
}

TEST_CASE("a VIP is announced again by its master only") {
  RouterBench bench;
  const auto done = bench.ask(Method::kPost, "/v1/vips/VI_1/announce");
  CHECK(done.status == 200);
  CHECK(nlohmann::json::parse(done.body) ==
        nlohmann::json({{"vip", "VI_1"}, {"change", "announced"}}));
  CHECK(bench.node.orders == "announce by uid 0 (pid 1); ");
  CHECK(error_of(bench.ask(Method::kPost, "/v1/vips/VI_2/announce", "{}"))["code"] == "not_master");
  CHECK(bench.ask(Method::kPost, "/v1/vips/VI_1/announce", "[]").status == 400);
  CHECK(bench.ask(Method::kGet, "/v1/vips/VI_1/announce").allow == "POST");
}

TEST_CASE("the file is checked by order, and what came of it is told") {
  RouterBench bench;
  CHECK(bench.ask(Method::kPost, "/v1/config/check", "{}", kAdmin).status == 202);
  CHECK(bench.node.orders == "check by uid 1001 (pid 4712); ");
  CHECK(error_of(bench.ask(Method::kPost, "/v1/config/check", "now"))["remedy"] == "send {}");
  const auto told = [&] {
    return nlohmann::json::parse(bench.ask(Method::kGet, "/v1/config/check").body);
  };
  CHECK(told()["good"].is_null());
  CHECK(told()["pid"] == bench.node.shown.pid);
  CHECK(told()["changes"].empty());
  bench.node.shown.check = {.number = 1,
                            .good = false,
                            .who = "uid 0 (pid 1)",
                            .diff = R"({"changes": [1], "refusals": [2, 3]})",
                            .faults = {"no"}};
  CHECK(told()["good"] == false);
  CHECK(told()["refusals"].size() == 2);
  CHECK(told()["faults"][0] == "no");
  bench.node.reloading = true;
  CHECK(error_of(bench.ask(Method::kPost, "/v1/config/check"))["code"] == "reload_running");
}

TEST_CASE("figures are told in HAProxy's words too") {
  RouterBench bench;
  const std::string csv = whole(bench.ask(Method::kGet, "/v1/stats.csv"));
  CHECK(csv.starts_with("# pxname,svname,"));
  CHECK(csv.find("\nweb_server,node2,") != std::string::npos);
  const auto info = bench.ask(Method::kGet, "/v1/info");
  CHECK(info.content_type == "text/plain; charset=utf-8");
  CHECK(info.body.starts_with("Name: hapair\nVersion: 0.1.0\n"));
  CHECK(info.body.find("\nUptime: 1d 2h03m04s\nUptime_sec: 93784\n") != std::string::npos);
}
