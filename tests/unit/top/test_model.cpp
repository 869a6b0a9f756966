#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "apps/hapair/top/model.hpp"
#include "tests/unit/golden.hpp"

using namespace hapair;
using namespace hapair::top;
using Json = nlohmann::ordered_json;

namespace {

constexpr Size kUsual{.columns = 80, .rows = 24};
constexpr Size kSmall{.columns = 40, .rows = 12};
constexpr Size kLarge{.columns = 200, .rows = 50};

base::Instant at(std::int64_t seconds) { return base::Instant(std::chrono::seconds(seconds)); }
Key key(char c) { return static_cast<Key>(c); }

Json sample_status() {
  return Json::parse(std::ifstream(HAPAIR_TEST_ROOT "/data/control/status.json"));
}

/// Ten seconds later, with this much more of everything.
Json later_status(double more) {
  Json status = sample_status();
  status["uptime_seconds"] = status["uptime_seconds"].get<double>() + 10;
  const auto add = [more](Json& row) {
    row["sessions"]["total"] = row["sessions"]["total"].get<double>() + more;
    row["bytes"]["out"] = row["bytes"]["out"].get<double>() + more * 1000;
    row["responses"]["5xx"] = row["responses"]["5xx"].get<double>() + more / 100;
  };
  for (Json& frontend : status["frontends"]) {
    add(frontend);
    frontend["requests"]["total"] = frontend["requests"]["total"].get<double>() + more * 2;
  }
  for (Json& backend : status["backends"]) {
    for (Json& server : backend["servers"]) add(server);
  }
  return status;
}

Json sample_latency() {
  const Json times = {{"count", 9}, {"sum", 50},    {"p50", 1.25},   {"p90", 8.0},
                      {"p95", 9.0}, {"p99", 123.4}, {"p999", 400.0}, {"max", 401.0}};
  const Json front = {{"name", "http_front"}, {"request_ms", times}, {"total_ms", times}};
  return {{"frontends", Json::array({front})}};
}

Json event(int number, const char* subject, const char* from, const char* to, const char* cause) {
  return {{"number", number},    {"time", "2023-11-14T22:13:0" + std::to_string(number) + ".000Z"},
          {"id", "check-state"}, {"subject", subject},
          {"from", from},        {"to", to},
          {"cause", cause}};
}

/// As they come: numbers that are not negative.
Json as_sent(const Json& document) { return Json::parse(document.dump()); }

Json sample_events() {
  return as_sent({{"events",
                   {event(1, "web_server/node1", "DOWN", "UP", "Layer7 check passed"),
                    event(2, "web_server/node2", "UP", "DOWN", "Layer4 connection problem"),
                    event(3, "VI_1", "backup", "master", "no advert for 309 ms")}}});
}

struct Bench {
  Bench() {
    model.on_status(sample_status(), at(100));
    model.on_latency(sample_latency());
    model.on_events(sample_events());
    model.on_status(later_status(1234), at(110));
  }
  std::string shown(Size size = kUsual) const { return plain_text(model.frame(size, at(110))); }
  bool shows(std::string_view text, Size size = kUsual) const {
    return shown(size).find(text) != std::string::npos;
  }

  Model model;
};

}  // namespace

TEST_CASE("frames of each view and size are as they were") {
  Bench bench;
  CHECK(matches_golden(bench.shown(kUsual), "top/servers_80x24.txt"));
  CHECK(matches_golden(bench.shown(kSmall), "top/servers_40x12.txt"));
  CHECK(matches_golden(bench.shown(kLarge), "top/servers_200x50.txt"));
  bench.model.on_key(Key::kTab);
  CHECK(matches_golden(bench.shown(kUsual), "top/vips_80x24.txt"));
  bench.model.on_key(Key::kTab);
  CHECK(matches_golden(bench.shown(kUsual), "top/frontends_80x24.txt"));
  bench.model.on_key(Key::kTab);
  CHECK(matches_golden(bench.shown(kUsual), "top/events_80x24.txt"));
  bench.model.on_key(key('h'));
  CHECK(matches_golden(bench.shown(kUsual), "top/help_80x24.txt"));
}

TEST_CASE("a frame has as many lines as the screen, and none is wider, however small it is") {
  Bench bench;
  bench.model.on_failure("nobody answers there, and that is a long story");
  for (std::size_t columns = 1; columns < 90; columns += 7) {
    for (std::size_t rows = 1; rows < 30; ++rows) {
      const Frame frame = bench.model.frame({.columns = columns, .rows = rows}, at(115));
      REQUIRE(frame.size() == rows);
      for (const Line& line : frame) REQUIRE(line.width() <= columns);
    }
  }
}

TEST_CASE("rates are what was counted between two looks of one process") {
  Bench bench;
  CHECK(bench.shows("requests 247/s"));
  CHECK(bench.shows("5xx 1.2/s"));
  CHECK(bench.shows("out 123k/s"));
  Json other = later_status(99999);
  other["pid"] = 1;
  bench.model.on_status(std::move(other), at(120));
  CHECK(bench.shows("requests -/s"));
}

TEST_CASE("a node that is away is told of, over what it said last") {
  Bench bench;
  bench.model.on_failure("nobody answers on /x");
  const std::string shown = plain_text(bench.model.frame(kUsual, at(122)));
  CHECK(shown.find("as of 12s ago") != std::string::npos);
  CHECK(shown.find("! the node is away: nobody answers on /x") != std::string::npos);
  CHECK(shown.find("web_server/node1") != std::string::npos);
  bench.model.on_status(later_status(2000), at(130));
  CHECK_FALSE(bench.shows("is away"));
  Model fresh;
  fresh.on_failure("it is not there");
  CHECK(plain_text(fresh.frame(kUsual, at(1))).find("waiting for the node") != std::string::npos);
}

TEST_CASE("keys choose, sort, filter, pause, explain and leave") {
  Bench bench;
  CHECK(bench.shows("[servers]"));
  bench.model.on_key(key('s'));
  CHECK(bench.shows(", by SERVER"));
  CHECK(bench.shows("SERVERv"));
  bench.model.on_key(key('r'));
  CHECK(bench.shows("SERVER^"));
  bench.model.on_key(key('f'));
  CHECK(bench.shows("1 not well"));
  CHECK_FALSE(bench.shows("  web_server/node1 "));
  bench.model.on_key(key('4'));
  CHECK(bench.shows("[events]"));
  bench.model.on_key(key('p'));
  CHECK(bench.model.paused());
  CHECK(bench.shows("PAUSED"));
  bench.model.on_key(key('h'));
  CHECK(bench.shows("sort by the next column"));
  bench.model.on_key(key('x'));
  CHECK_FALSE(bench.shows("sort by the next column"));
  CHECK_FALSE(bench.model.over());
  bench.model.on_key(key('q'));
  CHECK(bench.model.over());
  Bench other;
  other.model.on_key(Key::kInterrupt);
  CHECK(other.model.over());
}

TEST_CASE("a list can be moved through, and not beyond its end") {
  Bench bench;
  bench.model.on_key(Key::kDown);
  CHECK(bench.shows(", from 2"));
  for (int i = 0; i < 5; ++i) bench.model.on_key(Key::kPageDown);
  CHECK(bench.shows(", from 2"));
  bench.model.on_key(Key::kPageUp);
  CHECK_FALSE(bench.shows(", from"));
}

TEST_CASE("events are kept once each, and begin anew with a worker that counts from 1") {
  Bench bench;
  CHECK(bench.model.last_event() == 3);
  bench.model.on_events(sample_events());
  bench.model.on_key(key('4'));
  CHECK(bench.shows(" 3 rows"));
  Json anew = sample_status();
  anew["journal"]["last"] = 1;
  bench.model.on_status(as_sent(anew), at(120));
  CHECK(bench.model.last_event() == 0);
  bench.model.on_events(
      as_sent({{"events", Json::array({event(1, "VI_1", "", "backup", "start")})}}));
  CHECK(bench.shows(" 1 rows"));
}

TEST_CASE("documents of any shape make a frame, and names bring no orders to the terminal") {
  Model model;
  for (const char* text :
       {"{}", R"({"vips": 7, "frontends": [1, null, {}], "backends": {"a": []}})",
        R"({"vips": [{"name": []}], "peers": [{"vips": [1]}], "targets": [3]})",
        R"({"backends": [{"servers": [5, {"name": "a\u001b[2J\u0007b"}]}], "time": 5})"}) {
    model.on_status(Json::parse(text), at(1));
    model.on_latency(Json::parse(text));
    model.on_events(Json::parse(text));
    for (const char view : {'1', '2', '3', '4'}) {
      model.on_key(key(view));
      const std::string shown = plain_text(model.frame(kLarge, at(1)));
      CHECK(shown.find('\x1b') == std::string::npos);
      CHECK(shown.find('\x07') == std::string::npos);
    }
  }
}
