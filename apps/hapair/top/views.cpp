#include "apps/hapair/top/views.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/hapair/cli/figures.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/state_tone.hpp"
#include "common/base/text.hpp"

namespace hapair::top {
namespace {

using base::concat;
using cli::clock_of;
using cli::short_number;
using cli::short_time;
using control::figure_at;
using control::flag_at;
using control::list_at;
using control::number_at;
using control::text_at;
using control::tone_of;
using Json = nlohmann::ordered_json;

SheetCell word(std::string text, Tone tone = Tone::kPlain) {
  return {.text = cli::or_none(std::move(text)), .tone = tone};
}

SheetCell figure(std::optional<double> value) {
  return {.text = short_number(value), .number = value.value_or(-1)};
}

SheetCell rate(const std::optional<Counted>& rates, double Counted::* of, bool bad = false) {
  if (!rates) return {.text = std::string(cli::kNoFigure), .number = -1};
  const double value = (*rates).*of;
  return {.text = cli::short_rate(value),
          .tone = bad && value > 0 ? Tone::kWarning : Tone::kPlain,
          .number = value};
}

SheetCell since(const Json& row) {
  const auto seconds = figure_at(row, {"since_seconds"});
  return {.text = short_time(seconds), .number = seconds.value_or(-1)};
}

SheetCell time_ms(std::optional<double> value) {
  if (!value) return {.text = std::string(cli::kNoFigure), .number = -1};
  std::string text;
  base::append_fixed(text, *value, *value < 100 ? 1 : 0);
  return {.text = std::move(text), .number = value};
}

std::string weight_of(const Json& server) {
  const auto own = figure_at(server, {"weight"});
  const auto now = figure_at(server, {"weight_now"});
  if (!now || now == own) return short_number(own);
  return concat(short_number(now), "/", short_number(own));
}

bool is_well(std::string_view state) { return tone_of(state) == Tone::kGood; }

std::string addresses_of(const Json& vip) {
  std::string out;
  for (const Json& address : list_at(vip, {"addresses"})) {
    out += concat(out.empty() ? "" : " ", text_at(address, {}));
  }
  return out;
}

void add_peers(Sheet& sheet, const Json& status, const std::string& vip) {
  for (const Json& peer : list_at(status, {"peers"})) {
    for (const Json& stand : list_at(peer, {"vips"})) {
      if (text_at(stand, {"name"}) != vip) continue;
      const bool there = flag_at(peer, {"present"});
      const std::string role = there ? text_at(stand, {"role"}) : std::string("silent");
      const bool ready = role == "master" || flag_at(stand, {"would_take_over"});
      const std::string age = short_time(figure_at(peer, {"silent_for_seconds"}));
      sheet.add({.cells = {word(concat(vip, " at ", text_at(peer, {"name"}))),
                           word(role, there ? tone_of(role) : Tone::kBad), word(""),
                           figure(figure_at(stand, {"priority"})),
                           word(text_at(stand, {"verdict"})), word(text_at(peer, {"address"})),
                           word(concat(there ? "heard " : "silent for ", age, there ? " ago" : "",
                                       role == "master" ? ""
                                       : ready          ? ", would take over"
                                                        : ", would not take over"))},
                 .amiss = !there || !ready});
    }
  }
}

std::string change_of(const Json& event) {
  const std::string from = text_at(event, {"from"});
  const std::string to = text_at(event, {"to"});
  if (from.empty() && to.empty()) return {};
  return concat(from, from.empty() ? "" : " -> ", to);
}

}  // namespace

std::string_view name_of(View view) {
  switch (view) {
    case View::kServers:
      return "servers";
    case View::kVips:
      return "VIPs";
    case View::kFrontends:
      return "frontends";
    case View::kEvents:
      return "events";
  }
  return {};
}

Sheet servers_sheet(const Json& status, const Rates& rates) {
  const auto targets = control::by_name(list_at(status, {"targets"}));
  Sheet sheet({{.title = "SERVER", .rank = 0},
               {.title = "STATE", .rank = 0},
               {.title = "SINCE", .right = true, .rank = 4},
               {.title = "WEIGHT", .right = true, .rank = 8},
               {.title = "SESS", .right = true, .rank = 1},
               {.title = "REQ/S", .right = true, .rank = 2},
               {.title = "IN/S", .right = true, .rank = 6},
               {.title = "OUT/S", .right = true, .rank = 3},
               {.title = "FAIL/S", .right = true, .rank = 7},
               {.title = "CHECK", .rank = 5},
               {.title = "WHY", .rank = 9}});
  for (const Json& backend : list_at(status, {"backends"})) {
    for (const Json& server : list_at(backend, {"servers"})) {
      const std::string name = concat(text_at(backend, {"name"}), "/", text_at(server, {"name"}));
      const auto speed = rates.of_server(name);
      const auto target = targets.find(name);
      const std::string state = text_at(server, {"status"});
      sheet.add(
          {.cells = {word(name),
                     word(state, tone_of(state)),
                     since(server),
                     {.text = weight_of(server), .number = figure_at(server, {"weight_now"})},
                     figure(figure_at(server, {"sessions", "current"})),
                     rate(speed, &Counted::sessions),
                     rate(speed, &Counted::in),
                     rate(speed, &Counted::out),
                     rate(speed, &Counted::failures, true),
                     word(text_at(server, {"check", "code"})),
                     word(target == targets.end() ? "" : text_at(*target->second, {"reason"}))},
           .amiss = !is_well(state)});
    }
  }
  return sheet;
}

Sheet vips_sheet(const Json& status) {
  Sheet sheet({{.title = "VIP", .rank = 0},
               {.title = "ROLE", .rank = 0},
               {.title = "SINCE", .right = true, .rank = 1},
               {.title = "PRIO", .right = true, .rank = 3},
               {.title = "VERDICT", .rank = 2},
               {.title = "ADDRESSES", .rank = 5},
               {.title = "WHY", .rank = 4}});
  for (const Json& vip : list_at(status, {"vips"})) {
    const std::string name = text_at(vip, {"name"});
    const std::string role = text_at(vip, {"role"});
    const std::string verdict = text_at(vip, {"verdict"});
    sheet.add({.cells = {word(name), word(role, tone_of(role)), since(vip),
                         figure(figure_at(vip, {"effective_priority"})),
                         word(verdict, verdict == "serves" ? Tone::kPlain : Tone::kWarning),
                         word(addresses_of(vip)), word(text_at(vip, {"reason"}))},
               .amiss = !is_well(role) || verdict != "serves"});
    add_peers(sheet, status, name);
  }
  return sheet;
}

Sheet frontends_sheet(const Json& status, const Json& latency, const Rates& rates) {
  Sheet sheet({{.title = "FRONTEND", .rank = 0},
               {.title = "STATUS", .rank = 0},
               {.title = "SESS", .right = true, .rank = 1},
               {.title = "LIMIT", .right = true, .rank = 10},
               {.title = "SESS/S", .right = true, .rank = 6},
               {.title = "REQ/S", .right = true, .rank = 2},
               {.title = "IN/S", .right = true, .rank = 7},
               {.title = "OUT/S", .right = true, .rank = 3},
               {.title = "4XX/S", .right = true, .rank = 9},
               {.title = "5XX/S", .right = true, .rank = 5},
               {.title = "P50 MS", .right = true, .rank = 8},
               {.title = "P99 MS", .right = true, .rank = 4}});
  const auto latencies = control::by_name(list_at(latency, {"frontends"}));
  for (const Json& frontend : list_at(status, {"frontends"})) {
    const std::string name = text_at(frontend, {"name"});
    const std::string state = text_at(frontend, {"status"});
    const auto speed = rates.of_frontend(name);
    const auto found = latencies.find(name);
    const Json* const times = found == latencies.end() ? nullptr : found->second;
    const auto quantile = [times](const char* which) {
      return times == nullptr ? std::nullopt : figure_at(*times, {"total_ms", which});
    };
    sheet.add(
        {.cells = {word(name), word(state, tone_of(state)),
                   figure(figure_at(frontend, {"sessions", "current"})),
                   figure(figure_at(frontend, {"sessions", "limit"})),
                   rate(speed, &Counted::sessions), rate(speed, &Counted::requests),
                   rate(speed, &Counted::in), rate(speed, &Counted::out),
                   rate(speed, &Counted::client_errors), rate(speed, &Counted::server_errors, true),
                   time_ms(quantile("p50")), time_ms(quantile("p99"))},
         .amiss = state != "OPEN"});
  }
  return sheet;
}

Sheet events_sheet(const std::vector<Json>& events) {
  Sheet sheet({{.title = "TIME", .rank = 0},
               {.title = "NUMBER", .right = true, .rank = 4},
               {.title = "EVENT", .rank = 1},
               {.title = "SUBJECT", .rank = 0},
               {.title = "CHANGE", .rank = 0},
               {.title = "CAUSE", .rank = 2}});
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    const std::string to = text_at(*event, {"to"});
    const Tone tone = tone_of(to);
    sheet.add({.cells = {word(clock_of(text_at(*event, {"time"}))),
                         figure(static_cast<double>(number_at(*event, {"number"}))),
                         word(text_at(*event, {"id"})), word(text_at(*event, {"subject"})),
                         word(change_of(*event), tone == Tone::kBad ? tone : Tone::kPlain),
                         word(text_at(*event, {"cause"}))},
               .amiss = tone == Tone::kBad});
  }
  return sheet;
}

Line event_line(const Json& event) {
  Line line;
  line.add(clock_of(text_at(event, {"time"})), Tone::kFaint);
  line.add(concat(" ", text_at(event, {"subject"}), " "));
  const std::string change = change_of(event);
  const bool bad = tone_of(text_at(event, {"to"})) == Tone::kBad;
  line.add(change.empty() ? text_at(event, {"id"}) : change, bad ? Tone::kBad : Tone::kPlain);
  const std::string cause = text_at(event, {"cause"});
  if (!cause.empty()) line.add(concat(": ", cause));
  return line;
}

}  // namespace hapair::top
