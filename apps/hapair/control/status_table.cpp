#include "apps/hapair/control/status_table.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/cli/figures.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/state_tone.hpp"
#include "apps/hapair/control/text_table.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;
using base::concat;
using cli::milliseconds;
using cli::short_number;
using cli::short_time;

constexpr std::string_view kUnknown = cli::kNoFigure;
/// Of the table of nodes: what comes once for a node, and what comes for each VIP.
constexpr std::size_t kNodeColumns = 5;
constexpr std::size_t kStandColumns = 4;

std::string text(const Json& json, JsonPath path) { return cli::or_none(text_at(json, path)); }

std::string whole_number(std::optional<double> value) {
  return value ? concat(std::llround(*value)) : std::string(kUnknown);
}

/// With its sign, to 0.1 s: +0.0s, -2.4s.
std::string signed_time(std::optional<double> seconds) {
  if (!seconds) return std::string(kUnknown);
  const std::string size = short_time(std::abs(*seconds));
  if (size == short_time(0)) return size;
  return concat(*seconds < 0 ? "-" : "+", size);
}

/// Empty where a node of an earlier version answers, which says nothing of it.
std::string guardian_line(const Json& status) {
  const Json* guardian = value_at(status, {"guardian"});
  if (guardian == nullptr || !guardian->is_object()) return "";
  const auto late = [guardian](const char* figure) {
    return milliseconds(figure_at(*guardian, {"advert_lateness", figure}));
  };
  std::string out = concat(
      "guardian: ", flag_at(*guardian, {"real_time"}) ? "" : "not ", "in the real-time class, ",
      flag_at(*guardian, {"memory_locked"}) ? "memory locked" : "memory not locked", "; adverts ");
  if (figure_at(*guardian, {"advert_lateness", "samples"}).value_or(0) == 0)
    return out + "none yet\n";
  return out + concat("late by p50 ", late("p50_ms"), ", p99.9 ", late("p999_ms"), ", max ",
                      late("max_ms"), "\n");
}

/// A line for each thing that the worker runs short of; as a rule none.
std::string shortage_lines(const Json& status) {
  std::string out;
  for (const Json& each : list_at(status, {"shortages"})) {
    if (figure_at(each, {"stage"}).value_or(0) == 0) continue;
    out += concat("short of ", base::printable(text(each, {"resource"})), " for ",
                  short_time(figure_at(each, {"since_seconds"})), ", gives up ",
                  base::printable(text(each, {"gives_up"})), ": ",
                  base::printable(text(each, {"remedy"}), 400), "\n");
  }
  return out;
}

/// What somebody changed meanwhile is easily forgotten.
std::string drift_line(const Json& status) {
  const std::uint64_t count = number_at(status, {"drift"});
  if (count == 0) return {};
  return concat("drift: ", count, count == 1 ? " change" : " changes",
                " at run time that the file has not, see 'hapair drift'\n");
}

/// The configuration on the disk is another than the one that runs; empty: not that we know.
std::string reload_line(const Json& status) {
  const Json* const good = value_at(status, {"reload", "good"});
  if (good == nullptr || !good->is_boolean() || good->get<bool>()) return {};
  std::string out = concat("reload refused at ", base::printable(text(status, {"reload", "at"})),
                           " (ordered by ", base::printable(text(status, {"reload", "by"})),
                           "); the configuration before it runs on:\n");
  for (const Json& fault : list_at(status, {"reload", "faults"})) {
    if (fault.is_string())
      out += concat("  ", base::printable(fault.get<std::string>(), 1000), "\n");
  }
  return out;
}

std::string node_line(const Json& status) {
  const std::string hash = text(status, {"config_hash"});
  return concat("node ", base::printable(text(status, {"node"})), ", hapair ",
                base::printable(text(status, {"version"})), ", up ",
                short_time(figure_at(status, {"uptime_seconds"})), ", pid ",
                whole_number(figure_at(status, {"pid"})), ", config ", base::printable(hash, 12),
                "\nloop lag: p50 ", milliseconds(figure_at(status, {"loop_lag", "p50_ms"})),
                ", p99 ", milliseconds(figure_at(status, {"loop_lag", "p99_ms"})), ", max ",
                milliseconds(figure_at(status, {"loop_lag", "max_ms"})), "\n",
                guardian_line(status), shortage_lines(status), reload_line(status),
                drift_line(status));
}

std::string priority_of(const Json& vip) {
  const auto own = figure_at(vip, {"priority"});
  const auto effective = figure_at(vip, {"effective_priority"});
  if (own == effective) return short_number(own);
  return concat(short_number(effective), " of ", short_number(own));
}

std::string addresses_of(const Json& vip) {
  std::string out;
  for (const Json& address : list_at(vip, {"addresses"})) {
    if (address.is_string()) out += concat(out.empty() ? "" : " ", address.get<std::string>());
  }
  return out.empty() ? std::string(kUnknown) : out;
}

TextTable vip_table(const Json& status) {
  TextTable table({{"VIP"},
                   {"ROLE"},
                   {"SINCE", Align::kRight},
                   {"PRIORITY", Align::kRight},
                   {"MASTER"},
                   {"ADDRESSES"},
                   {"WHY"}});
  for (const Json& vip : list_at(status, {"vips"})) {
    const std::string role = text(vip, {"role"});
    table.add_row({{text(vip, {"name"})},
                   {role, tone_of(role)},
                   {short_time(figure_at(vip, {"since_seconds"}))},
                   {priority_of(vip)},
                   {role == "master" ? "this node" : text(vip, {"master_address"})},
                   {addresses_of(vip)},
                   {text(vip, {"reason"})}});
  }
  return table;
}

TextTable peer_table(const Json& status) {
  TextTable table({{"VIP"},
                   {"PEER HEARD"},
                   {"PRIORITY", Align::kRight},
                   {"LAST ADVERT", Align::kRight},
                   {"ADVERTS", Align::kRight}});
  for (const Json& vip : list_at(status, {"vips"})) {
    for (const Json& peer : list_at(vip, {"peers"})) {
      table.add_row({{text(vip, {"name"})},
                     {text(peer, {"address"})},
                     {short_number(figure_at(peer, {"priority"}))},
                     {short_time(figure_at(peer, {"silent_for_seconds"})) + " ago"},
                     {short_number(figure_at(peer, {"adverts"}))}});
    }
  }
  return table;
}

std::vector<Cell> node_cells(const Json& node) {
  const bool present = flag_at(node, {"present"});
  const bool heard = figure_at(node, {"hellos"}).value_or(0) > 0;
  const bool same = flag_at(node, {"same_config"});
  const std::string since = short_time(figure_at(node, {"silent_for_seconds"}));
  return {{text(node, {"name"})},
          {present ? since + " ago" : "silent for " + since, present ? Tone::kGood : Tone::kBad},
          {text(node, {"version"})},
          {!heard ? std::string(kUnknown)
           : same ? "same"
                  : "differs",
           heard && !same ? Tone::kBad : Tone::kPlain},
          {signed_time(figure_at(node, {"clock_ahead_seconds"}))}};
}

std::vector<Cell> stand_cells(const Json& vip) {
  const std::string role = text(vip, {"role"});
  const bool master = role == "master";
  const bool would = flag_at(vip, {"would_take_over"});
  return {{text(vip, {"name"})},
          {role, tone_of(role)},
          {text(vip, {"verdict"})},
          {master  ? "is master"
           : would ? "yes"
                   : "no",
           master || would ? Tone::kGood : Tone::kBad}};
}

/// The other nodes by their own word; a row for each VIP of each.
TextTable node_table(const Json& status) {
  TextTable table({{"NODE"},
                   {"HELLO"},
                   {"VERSION"},
                   {"CONFIG"},
                   {"CLOCK", Align::kRight},
                   {"VIP"},
                   {"ROLE"},
                   {"VERDICT"},
                   {"WOULD TAKE OVER"}});
  for (const Json& node : list_at(status, {"peers"})) {
    std::vector<Cell> left = node_cells(node);
    const Json& vips = list_at(node, {"vips"});
    for (const Json& vip : vips) {
      for (Cell& cell : stand_cells(vip)) left.push_back(std::move(cell));
      table.add_row(std::exchange(left, std::vector<Cell>(kNodeColumns)));
    }
    if (!vips.empty()) continue;
    left.resize(kNodeColumns + kStandColumns);
    table.add_row(std::move(left));
  }
  return table;
}

/// What is tracked beside servers, which stand with their backends as BACKEND/SERVER.
TextTable target_table(const Json& status) {
  TextTable table({{"TARGET"}, {"STATE"}, {"SINCE", Align::kRight}, {"WHY"}});
  for (const Json& target : list_at(status, {"targets"})) {
    const std::string name = text(target, {"name"});
    if (name.contains('/')) continue;
    const std::string state = text(target, {"state"});
    table.add_row({{name},
                   {state, tone_of(state)},
                   {short_time(figure_at(target, {"since_seconds"}))},
                   {text(target, {"reason"})}});
  }
  return table;
}

TextTable notify_table(const Json& status) {
  TextTable table({{"NOTIFY"},
                   {"TOLD"},
                   {"RUNS", Align::kRight},
                   {"FAILURES", Align::kRight},
                   {"SKIPPED", Align::kRight},
                   {"RUNNING", Align::kRight},
                   {"LAST RUN"}});
  for (const Json& notify : list_at(status, {"notify"})) {
    const bool available = flag_at(notify, {"available"});
    const Json* last = value_at(notify, {"last"});
    const bool ran = last != nullptr && last->is_object();
    const Json& unusable = list_at(notify, {"unusable"});
    const bool good = available && unusable.empty() && (!ran || flag_at(*last, {"good"}));
    table.add_row({{text(notify, {"name"})},
                   {text(notify, {"told"})},
                   {short_number(figure_at(notify, {"runs"}))},
                   {short_number(figure_at(notify, {"failures"}))},
                   {short_number(figure_at(notify, {"skipped"}))},
                   {short_number(figure_at(notify, {"running"}))},
                   {!available          ? "no script is run at present"
                    : !unusable.empty() ? concat("not run: ", text(unusable[0], {"reason"}))
                    : ran ? concat(text(*last, {"script"}), ": ", text(*last, {"how"}))
                          : std::string(kUnknown),
                    good ? Tone::kPlain : Tone::kBad}});
  }
  return table;
}

TextTable frontend_table(const Json& status) {
  TextTable table({{"FRONTEND"},
                   {"STATUS"},
                   {"SESSIONS", Align::kRight},
                   {"PER SECOND", Align::kRight},
                   {"REQUESTS", Align::kRight},
                   {"PER SECOND", Align::kRight},
                   {"4XX", Align::kRight},
                   {"5XX", Align::kRight},
                   {"IN", Align::kRight},
                   {"OUT", Align::kRight}});
  for (const Json& frontend : list_at(status, {"frontends"})) {
    const std::string state = text(frontend, {"status"});
    table.add_row({{text(frontend, {"name"})},
                   {state, tone_of(state)},
                   {short_number(figure_at(frontend, {"sessions", "current"}))},
                   {short_number(figure_at(frontend, {"sessions", "per_second"}))},
                   {short_number(figure_at(frontend, {"requests", "total"}))},
                   {short_number(figure_at(frontend, {"requests", "per_second"}))},
                   {short_number(figure_at(frontend, {"responses", "4xx"}))},
                   {short_number(figure_at(frontend, {"responses", "5xx"}))},
                   {short_number(figure_at(frontend, {"bytes", "in"}))},
                   {short_number(figure_at(frontend, {"bytes", "out"}))}});
  }
  return table;
}

/// Why a server is as it is: the registry knows.
std::string reason_of(const JsonByName& targets, const std::string& target_name) {
  const auto target = targets.find(target_name);
  return target == targets.end() ? std::string(kUnknown) : text(*target->second, {"reason"});
}

void add_backend_row(TextTable& table, const std::string& backend, const std::string& server,
                     const Json& row, const std::string& why) {
  const std::string state = text(row, {"status"});
  const double errors = figure_at(row, {"errors", "connect"}).value_or(0) +
                        figure_at(row, {"errors", "response"}).value_or(0);
  table.add_row({{backend},
                 {server},
                 {state, tone_of(state)},
                 {short_time(figure_at(row, {"since_seconds"}))},
                 {short_number(figure_at(row, {"weight"}))},
                 {short_number(figure_at(row, {"sessions", "current"}))},
                 {short_number(figure_at(row, {"sessions", "total"}))},
                 {short_number(errors), errors > 0 ? Tone::kWarning : Tone::kPlain},
                 {why}});
}

TextTable backend_table(const Json& status) {
  TextTable table({{"BACKEND"},
                   {"SERVER"},
                   {"STATE"},
                   {"SINCE", Align::kRight},
                   {"WEIGHT", Align::kRight},
                   {"SESSIONS", Align::kRight},
                   {"TOTAL", Align::kRight},
                   {"ERRORS", Align::kRight},
                   {"WHY"}});
  const JsonByName targets = by_name(list_at(status, {"targets"}));
  for (const Json& backend : list_at(status, {"backends"})) {
    const std::string name = text(backend, {"name"});
    const Json& servers = list_at(backend, {"servers"});
    add_backend_row(table, name, "", backend,
                    concat(short_number(figure_at(backend, {"servers_usable"})), " of ",
                           servers.size(), " servers usable",
                           flag_at(backend, {"panic"}) ? ", panic: all of them get traffic" : ""));
    for (const Json& server : servers) {
      const std::string server_name = text(server, {"name"});
      add_backend_row(table, "", server_name, server,
                      reason_of(targets, concat(name, "/", server_name)));
    }
  }
  return table;
}

TextTable certificate_table(const Json& status) {
  constexpr double kSoon = 14.0 * 24 * 3600;
  TextTable table({{"CERTIFICATE"}, {"SUBJECT"}, {"KEY"}, {"EXPIRES IN", Align::kRight}, {"AT"}});
  for (const Json& each : list_at(status, {"certificates"})) {
    const double left = figure_at(each, {"expires_in_seconds"}).value_or(0);
    const Tone tone = left <= 0 ? Tone::kBad : left < kSoon ? Tone::kWarning : Tone::kPlain;
    table.add_row({{text(each, {"path"})},
                   {text(each, {"subject"})},
                   {text(each, {"key"})},
                   {left <= 0 ? "expired" : short_time(left), tone},
                   {text(each, {"not_after"})}});
  }
  return table;
}

}  // namespace

std::string render_status_tables(const nlohmann::ordered_json& status, bool colours) {
  std::string out = node_line(status);
  for (const TextTable& table : {vip_table(status), peer_table(status), node_table(status),
                                 target_table(status), notify_table(status), backend_table(status),
                                 frontend_table(status), certificate_table(status)}) {
    if (!table.empty()) out += concat("\n", table.render(colours));
  }
  return out;
}

}  // namespace hapair::control
