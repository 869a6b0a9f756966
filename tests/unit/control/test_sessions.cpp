#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/hapair/control/sessions_command.hpp"
#include "router_bench.hpp"

using namespace hapair;
using namespace hapair::control;
using http::Method;
using Json = nlohmann::ordered_json;

namespace {

struct ListBench : RouterBench {
  /// The whole of a document, and how many pieces it came in.
  Json read(Method method, std::string_view target) {
    const ControlAnswer answer = ask(method, target);
    REQUIRE(answer.document != nullptr);
    const std::string text = whole(*answer.document, &pieces);
    CHECK(answer.document->next().empty());
    CAPTURE(text);
    REQUIRE(Json::accept(text));
    return Json::parse(text);
  }
  std::string code_of(Method method, std::string_view target) {
    return Json::parse(ask(method, target).body).at("error").at("code").get<std::string>();
  }

  int pieces = 0;
};

}  // namespace

TEST_CASE("sessions are told of, those that stand longest first") {
  ListBench bench;
  bench.node.book.add(5, 300);
  bench.node.book.add(0, 500);
  bench.node.book.add(2, 100);
  lb::SessionView& oldest = bench.node.book.at(2);
  oldest.backend = "web";
  oldest.server = "node1";
  oldest.protocol = lb::SessionView::Protocol::kHttp1;
  oldest.state = lb::SessionView::State::kResponse;
  oldest.requests = 1;
  oldest.method = "GET";
  oldest.path = "/big";
  oldest.bytes_in = 80;
  oldest.bytes_out = 123456;
  oldest.idle = std::chrono::milliseconds(1250);
  const Json document = bench.read(Method::kGet, "/v1/sessions");
  CHECK(document["node"] == "lb1");
  CHECK(document["total"] == 3);
  CHECK(document["matching"] == 3);
  const Json& sessions = document["sessions"];
  REQUIRE(sessions.size() == 3);
  CHECK(sessions[1]["id"] == "5-3");
  CHECK(sessions[2]["id"] == "0-3");
  CHECK(sessions[0] == Json::parse(R"({"id": "2-3", "client": "192.0.2.7:40000",
      "frontend": "http_front", "backend": "web", "server": "node1", "protocol": "h1",
      "tls": false, "state": "response", "age_seconds": 900.0, "idle_seconds": 1.25,
      "requests": 1, "method": "GET", "path": "/big", "bytes": {"in": 80, "out": 123456}})"));
  CHECK(sessions[1]["backend"].is_null());
  CHECK(sessions[1]["idle_seconds"].is_null());
  CHECK(bench.read(Method::kGet, "/v1/sessions/client/192.0.2.8")["sessions"].empty());
  CHECK(bench.read(Method::kGet, "/v1/sessions/frontend/http_front")["matching"] == 3);
  CHECK(bench.read(Method::kGet, "/v1/sessions/server/web/node1")["matching"] == 1);
  CHECK(bench.ask(Method::kGet, "/v1/sessions", {}, kUser).status == 200);
}

TEST_CASE("of thousands a thousand are told of, a few in each turn of the loop") {
  ListBench bench;
  for (std::uint32_t i = 0; i < 10'000; ++i) bench.node.book.add(i, 100'000 - i);
  const Json document = bench.read(Method::kGet, "/v1/sessions");
  CHECK(document["matching"] == 10'000);
  REQUIRE(document["sessions"].size() == SessionsDocument::kMaxTold);
  CHECK(document["sessions"][0]["id"] == "9999-3");
  CHECK(document["sessions"][999]["id"] == "9000-3");
  CHECK(bench.node.book.longest_look <= SessionsDocument::kLookedAt);
  CHECK(bench.pieces >= 10'000 / 128 + 1000 / 16);
  CHECK(render_sessions_text(document).find("and 9000 more that are younger") != std::string::npos);
}

TEST_CASE("sessions that end while they are told of are left out") {
  ListBench bench;
  for (std::uint32_t i = 0; i < 20; ++i) bench.node.book.add(i, i);
  const ControlAnswer answer = bench.ask(Method::kGet, "/v1/sessions");
  std::string text = answer.document->next();
  bench.node.book.sessions.clear();
  for (std::string piece; !(piece = answer.document->next()).empty();) text += piece;
  CHECK(Json::parse(text)["sessions"].empty());
}

TEST_CASE("a session is closed by its id, once, and by who may") {
  ListBench bench;
  bench.node.book.add(4, 100);
  CHECK(bench.ask(Method::kDelete, "/v1/sessions/4-3", {}, kUser).status == 403);
  CHECK(bench.node.book.count() == 1);
  const ControlAnswer closed = bench.ask(Method::kDelete, "/v1/sessions/4-3");
  CHECK(closed.status == 200);
  CHECK(Json::parse(closed.body)["closed"] == 1);
  CHECK(bench.node.book.count() == 0);
  CHECK(bench.node.orders == "sessions 4-3 by uid 0 (pid 1); ");
  CHECK(bench.code_of(Method::kDelete, "/v1/sessions/4-3") == "unknown_session");
  for (const char* bad :
       {"/v1/sessions/4", "/v1/sessions/x-1", "/v1/sessions/4-", "/v1/sessions/-3",
        "/v1/sessions/4-3-1", "/v1/sessions/4-4294967296", "/v1/sessions/04-3"}) {
    CAPTURE(bad);
    CHECK(bench.code_of(Method::kDelete, bad) == "bad_session");
  }
}

TEST_CASE("sessions of a client, frontend or server are closed together, in pieces") {
  ListBench bench;
  for (std::uint32_t i = 0; i < 300; ++i) {
    bench.node.book.add(i, i, i % 3 == 0 ? "2001:db8::1" : "192.0.2.7");
  }
  CHECK(bench.read(Method::kDelete, "/v1/sessions/client/2001:db8::1")["closed"] == 100);
  CHECK(bench.pieces >= 100 / 8);
  CHECK(bench.node.book.count() == 200);
  CHECK(bench.node.orders == "sessions client 2001:db8::1 by uid 0 (pid 1); ");
  CHECK(bench.read(Method::kDelete, "/v1/sessions/server/web/node1")["closed"] == 0);
  CHECK(bench.read(Method::kDelete, "/v1/sessions/frontend/http_front")["closed"] == 200);
  CHECK(bench.ask(Method::kDelete, "/v1/sessions/frontend/http_front", {}, kUser).status == 403);
}

TEST_CASE("what names nothing, or is no way to ask, is refused with the rule") {
  ListBench bench;
  CHECK(bench.code_of(Method::kGet, "/v1/sessions/frontend/other") == "unknown_frontend");
  CHECK(bench.code_of(Method::kDelete, "/v1/sessions/frontend/other") == "unknown_frontend");
  CHECK(bench.code_of(Method::kGet, "/v1/sessions/server/web/other") == "unknown_server");
  CHECK(bench.code_of(Method::kGet, "/v1/sessions/client/localhost") == "bad_client");
  CHECK(bench.code_of(Method::kGet, "/v1/sessions/client/192.0.2.7:80") == "bad_client");
  CHECK(bench.ask(Method::kDelete, "/v1/sessions").allow == "GET, HEAD");
  CHECK(bench.ask(Method::kGet, "/v1/sessions/1-1").allow == "DELETE");
  CHECK(bench.ask(Method::kPost, "/v1/sessions/client/::1").allow == "GET, HEAD, DELETE");
  for (const char* path :
       {"/v1/sessions/", "/v1/sessions//x", "/v1/sessionsx", "/v1/sessions/client/a/b",
        "/v1/sessions/server/web", "/v1/sessions/other/x"}) {
    const ControlAnswer answer = bench.ask(Method::kGet, path);
    CAPTURE(path);
    CHECK((answer.status == 404 || answer.status == 405));
  }
  CHECK(bench.node.orders.empty());
}

TEST_CASE("sessions as a table") {
  ListBench bench;
  CHECK(render_sessions_text(bench.read(Method::kGet, "/v1/sessions")) ==
        "There is no such session.\n");
  bench.node.book.add(1, 100);
  lb::SessionView& view = bench.node.book.at(1);
  view.backend = "web";
  view.server = "node1";
  view.protocol = lb::SessionView::Protocol::kHttp2;
  view.tls = true;
  view.state = lb::SessionView::State::kIdle;
  view.requests = 3;
  view.method = "POST";
  view.path = "/a\x1b[2J";
  const std::string text = render_sessions_text(bench.read(Method::kGet, "/v1/sessions"));
  CHECK(text.find("1-3  192.0.2.7:40000  http_front  web/node1  h2 tls    idle   15m 0s") !=
        std::string::npos);
  CHECK(text.find("POST /a\\x1b[2J and 2 more") != std::string::npos);
}

TEST_CASE("docs/api.md names every field of the sessions") {
  std::stringstream docs;
  docs << std::ifstream(HAPAIR_TEST_ROOT "/../docs/api.md").rdbuf();
  ListBench bench;
  bench.node.book.add(1, 100);
  const Json document = bench.read(Method::kGet, "/v1/sessions");
  for (const Json& object : {document, document["sessions"][0]}) {
    for (const auto& [key, value] : object.items()) {
      CAPTURE(key);
      CHECK(docs.str().find("`" + key + "`") != std::string::npos);
    }
  }
}
