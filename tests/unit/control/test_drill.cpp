// The document of GET /v1/drill.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "apps/hapair/control/drill_json.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using control::render_drill;

TEST_CASE("without a drill the document says so") {
  CHECK(nlohmann::json::parse(render_drill({.node = "lb1", .drill = vrrp::Drill()})) ==
        nlohmann::json({{"node", "lb1"}, {"stage", "none"}}));
}

TEST_CASE("the document tells how it goes, what was measured, and whether all was right") {
  vrrp::Drill drill;
  const base::Instant start{1s};
  const auto look = [&] {
    return nlohmann::json::parse(render_drill({.node = "lb1", .drill = drill}));
  };
  vrrp::DrillNote note{.number = 7,
                       .step = vrrp::DrillStep::kReady,
                       .reason = {},
                       .vips = {{"VI_1", 3ms, {}}},
                       .tally = {.requests = 5, .failed = 0, .reset = 0}};
  (void)drill.begin({.number = 7, .node = "lb1", .peer = "lb2", .vips = {"VI_1"}, .drain = 1s},
                    start);
  CHECK(look()["stage"] == "asking");
  CHECK(look()["right"] == false);
  (void)drill.on_note(note, start);
  (void)drill.on_role(0, false, start);
  (void)drill.on_partner_advert(0, start + 12ms, start + 12ms);
  note.step = vrrp::DrillStep::kMaster;
  (void)drill.on_note(note, start + 12ms);
  const auto json = look();
  CHECK(json["stage"] == "staying");
  CHECK(json["vips"][0]["out"] ==
        nlohmann::json({{"gap_ms", 12.0}, {"addresses_ms", 3.0}, {"neighbour_ms", nullptr}}));
  CHECK(json["nodes"][1] ==
        nlohmann::json({{"name", "lb2"}, {"requests", 5}, {"failed", 0}, {"reset", 0}}));
  (void)drill.break_off("told so", start + 1s);
  CHECK(look()["stage"] == "ended");
  CHECK(look()["right"] == false);
  CHECK(look()["faults"][0] == "broken off while staying: told so; VI_1 may be with lb2");
}
