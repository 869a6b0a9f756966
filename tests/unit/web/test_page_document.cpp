#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "apps/hapair/web/page_document.hpp"
#include "apps/hapair/web/page_tables.hpp"
#include "apps/hapair/web/pair_json.hpp"
#include "tests/unit/web/toy_traffic.hpp"

using namespace hapair;
using namespace hapair::web;
using namespace hapair::web::test;
using Json = nlohmann::json;

using std::chrono::seconds;

namespace {

constexpr std::size_t kState = 4;
constexpr std::size_t kSamples = 12;

std::string whole(control::PiecedDocument& document, std::size_t* pieces = nullptr) {
  std::string text;
  for (std::string piece = document.next(); !piece.empty(); piece = document.next()) {
    CHECK(piece.size() < PageDocument::kPiece + 8192);
    text += piece;
    if (pieces != nullptr) ++*pieces;
  }
  return text;
}

struct PageWorld {
  explicit PageWorld(std::size_t servers = 2) : traffic(servers) {}
  void sample(int times = 1) {
    for (; times > 0; --times) {
      now += seconds(1);
      history.begin(now);
      while (!history.step(traffic)) {
      }
    }
  }
  [[nodiscard]] Json document(std::uint64_t since = 0) {
    PageDocument made(history, traffic,
                      {.head = "\"run\":\"1\"",
                       .since = since,
                       .now = now,
                       .wall = base::WallTime(seconds(1'000'000))});
    return Json::parse(whole(made));
  }

  ToyTraffic traffic;
  History history;
  base::Instant now = kStart;
};

control::Status pair_status() {
  control::Status status;
  status.node = "lb1";
  status.cluster = "web";
  control::VipStatus vip;
  vip.name = "VI_1";
  vip.role = "backup";
  vip.reason = "lb2 advertises priority 100";
  vip.addresses = {"192.0.2.1/32"};
  vip.master_address = "192.0.2.12";
  status.vips.push_back(vip);
  control::NodeStatus node;
  node.name = "lb2";
  node.address = "192.0.2.12";
  node.present = node.heard = true;
  node.vips.push_back({.name = "VI_1", .role = "master", .verdict = "serves", .priority = 100});
  status.nodes.push_back(node);
  return status;
}

}  // namespace

TEST_CASE("the first document has everything, with its history") {
  PageWorld w;
  w.sample(3);
  const Json told = w.document();
  CHECK(told["run"] == "1");
  CHECK(told["sample"] == 3);
  CHECK(told["since"] == 0);
  CHECK(told["time"] == 1'000'000'000);
  CHECK(told["frontends"][0]["name"] == "front");
  CHECK(told["frontends"][0]["open"] == true);
  CHECK(told["frontends"][0]["seconds"] == Json::parse("[[0,0,0,0,0,0,0,0],2]"));
  const Json& backend = told["backends"][0];
  CHECK(backend["usable"] == 2);
  REQUIRE(backend["servers"].size() == 2);
  CHECK(backend["servers"][1][1] == "s1");
  CHECK(backend["servers"][1][2] == "10.0.0.1:8001");
  CHECK(backend["servers"][1][3] == "up");
  CHECK(backend["servers"][1][kSamples] == Json::parse("[[0,0,0,0],2]"));
}

TEST_CASE("a later document has what is new, and of the servers those that changed") {
  PageWorld w;
  w.sample(3);
  w.traffic.mark(0, 1, lb::Standing::kDown, "DOWN", "connection refused");
  w.traffic.fronts[0].counters.requests += 9;
  w.sample();
  const Json told = w.document(3);
  CHECK(told["since"] == 3);
  CHECK(told["frontends"][0]["seconds"] == Json::parse("[[9,0,0,0,0,0,0,0]]"));
  CHECK_FALSE(told["frontends"][0].contains("minutes"));
  const Json& servers = told["backends"][0]["servers"];
  REQUIRE(servers.size() == 1);
  CHECK(servers[0][0] == 1);
  CHECK(servers[0][3] == "down");
  CHECK(servers[0][kState] == "DOWN");
  CHECK(servers[0][5] == "connection refused");
  CHECK(servers[0][kSamples] == Json::parse("[[0,0,0,0]]"));
  CHECK(w.document(2)["frontends"][0]["seconds"].size() == 2);
}

TEST_CASE("a server that is no more is told as a place alone") {
  PageWorld w;
  w.sample();
  w.traffic.backs[0]->remove_server(0, w.now);
  w.sample();
  CHECK(w.document(1)["backends"][0]["servers"] == Json::parse("[[0]]"));
  CHECK(w.document()["backends"][0]["servers"].size() == 1);
  CHECK(w.document()["backends"][0]["size"] == 1);
}

TEST_CASE("a number from the future gets everything") {
  PageWorld w;
  w.sample();
  CHECK(w.document(50)["since"] == 0);
}

TEST_CASE("a minute is told when it is whole") {
  PageWorld w;
  w.sample(60);
  CHECK(w.document()["frontends"][0]["minutes"].size() == 1);
  CHECK(w.document(59)["frontends"][0]["minutes"].size() == 1);
  w.sample();
  CHECK_FALSE(w.document(60)["frontends"][0].contains("minutes"));
}

TEST_CASE("with a thousand servers documents and tables come in pieces") {
  PageWorld w(1000);
  w.sample(5);
  std::size_t pieces = 0;
  PageDocument document(w.history, w.traffic, {.head = "\"run\":\"1\"", .now = w.now});
  const Json told = Json::parse(whole(document, &pieces));
  CHECK(told["backends"][0]["servers"].size() == 1000);
  CHECK(pieces > 3);
  PageTables tables(w.history, w.traffic, pair_status());
  pieces = 0;
  const std::string html = whole(tables, &pieces);
  CHECK(pieces > 3);
  CHECK(html.find("<th scope=\"row\">web/s999</th>") != std::string::npos);
}

TEST_CASE("tables escape what comes from outside, and tell who holds a VIP") {
  PageWorld w;
  w.traffic.mark(0, 1, lb::Standing::kDown, "DOWN", "<b>\"x\" & 'y'");
  w.sample();
  control::Status pair = pair_status();
  pair.node = "<script>";
  PageTables tables(w.history, w.traffic, pair);
  const std::string html = whole(tables);
  CHECK(html.find("<script>") == std::string::npos);
  CHECK(html.find("&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;") != std::string::npos);
  CHECK(html.find("<td>lb2</td><td>backup</td>") != std::string::npos);
}

TEST_CASE("whoever advertises holds the VIP, by the peer's word or its address") {
  control::Status status = pair_status();
  CHECK(holder_of(status, status.vips[0]).node == "lb2");
  status.nodes[0].vips.clear();
  CHECK(holder_of(status, status.vips[0]).node == "lb2");
  status.vips[0].master_address = "192.0.2.99";
  CHECK(holder_of(status, status.vips[0]).node == "");
  CHECK(holder_of(status, status.vips[0]).address == "192.0.2.99");
  status.vips[0].role = "master";
  CHECK(holder_of(status, status.vips[0]).self);
  CHECK(holder_of(status, status.vips[0]).node == "lb1");
}

TEST_CASE("the pair's part is JSON that can stand within HTML") {
  control::Status status = pair_status();
  status.vips[0].reason = "</script>\xff";
  std::string text = "{";
  append_pair(text, status, {.reasons = {{"maintenance", "VI_1", "told so"}}});
  base::Journal journal;
  for (int i = 0; i < 3; ++i)
    journal.add({.id = "x", .subject = "VI_1", .from = {}, .to = {}, .cause = {}});
  append_events(text, journal, 1);
  CHECK(text.find("</") == std::string::npos);
  const Json told = Json::parse(text + "}");
  CHECK(told["vips"][0]["holder"]["node"] == "lb2");
  CHECK(told["vips"][0]["others"][0]["could"] == false);
  CHECK(told["peers"][0]["present"] == true);
  CHECK(told["ready"]["ready"] == false);
  CHECK(told["events"].size() == 2);
  CHECK(told["events"][0]["number"] == 2);
}
