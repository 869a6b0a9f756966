// The statistics as CSV, rendered from a snapshot made by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/text.hpp"
#include "liblb/core/stats_csv.hpp"

using namespace hapair;

namespace {

lb::StatsSnapshot snapshot_of(std::vector<lb::StatsRow> rows) {
  lb::StatsSnapshot snapshot;
  snapshot.rows = std::move(rows);
  return snapshot;
}

lb::StatsRow server_row() {
  lb::StatsRow row;
  row.type = lb::StatsRowType::kServer;
  row.pxname = "web";
  row.svname = "node1";
  row.status = "UP 1/3";
  row.mode = "http";
  row.addr = "192.0.2.1:80";
  row.scur = 2;
  row.smax = 7;
  row.bin = 1000;
  row.hrsp[1] = 42;
  row.hrsp[5] = 1;
  row.weight = 30;
  row.lastsess = -1;
  row.check_status = "L7OK";
  row.check_code = 200;
  row.check_duration = 3;
  row.last_chk = "OK";
  row.lastchg = 61;
  row.ttime_max = 99;
  row.check_desc = "Layer7 check passed";
  row.check_health = 4;
  row.eint = 5;
  row.srv_icur = 6;
  row.src_ilim = 7;
  row.safe_conn_cur = 8;
  return row;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : base::split(text, '\n')) lines.emplace_back(line);
  return lines;
}

/// The row's columns by the names in the header.
std::string column(const std::string& csv, std::size_t row, std::string_view name) {
  const auto lines = lines_of(csv);
  const auto names = base::split(std::string_view(lines.at(0)).substr(2), ',');
  const auto at = std::find(names.begin(), names.end(), name);
  REQUIRE(at != names.end());
  return std::string(
      base::split(lines.at(row), ',').at(static_cast<std::size_t>(at - names.begin())));
}

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("the CSV header names HAProxy's columns at HAProxy's places") {
  const std::string csv = lb::render_stats_csv(snapshot_of({}));
  const auto lines = lines_of(csv);
  const auto names = base::split(lines.at(0), ',');
  CHECK(names.at(0) == "# pxname");
  const std::vector<std::pair<std::size_t, std::string_view>> places{
      {1, "svname"},    {4, "scur"},       {7, "stot"},       {17, "status"},
      {18, "weight"},   {24, "downtime"},  {32, "type"},      {36, "check_status"},
      {40, "hrsp_2xx"}, {48, "req_tot"},   {55, "lastsess"},  {61, "ttime"},
      {73, "addr"},     {75, "mode"},      {76, "algo"},      {79, "conn_tot"},
      {85, "reuse"},    {90, "qtime_max"}, {93, "ttime_max"}, {98, "need_conn_est"}};
  for (const auto& [place, name] : places) {
    CAPTURE(place);
    CHECK(names.at(place) == name);
  }
  CHECK(names.back().empty());  // the comma at the end
}

TEST_CASE("a CSV row has what is known, and nothing where nothing is") {
  const std::string csv = lb::render_stats_csv(snapshot_of({server_row()}));
  CHECK(column(csv, 1, "pxname") == "web");
  CHECK(column(csv, 1, "svname") == "node1");
  CHECK(column(csv, 1, "scur") == "2");
  CHECK(column(csv, 1, "slim").empty());
  CHECK(column(csv, 1, "type") == "2");
  CHECK(column(csv, 1, "hrsp_1xx").empty());
  CHECK(column(csv, 1, "hrsp_2xx") == "42");
  CHECK(column(csv, 1, "hrsp_other") == "1");
  CHECK(column(csv, 1, "lastsess") == "-1");
  CHECK(column(csv, 1, "check_code") == "200");
  CHECK(column(csv, 1, "addr") == "192.0.2.1:80");
  CHECK(column(csv, 1, "ttime_max") == "99");
  CHECK(column(csv, 1, "pid") == "1");
  CHECK(column(csv, 1, "check_desc") == "Layer7 check passed");
  CHECK(column(csv, 1, "check_health") == "4");
  CHECK(column(csv, 1, "eint") == "5");
  CHECK(column(csv, 1, "srv_icur") == "6");
  CHECK(column(csv, 1, "src_ilim") == "7");
  CHECK(column(csv, 1, "safe_conn_cur") == "8");
  CHECK(column(csv, 1, "need_conn_est").empty());
  const auto lines = lines_of(csv);
  CHECK(count_of(lines.at(0), ",") == count_of(lines.at(1), ","));
}

TEST_CASE("a CSV cell with commas, quotes or line ends is quoted") {
  lb::StatsRow row = server_row();
  row.last_chk = "said \"no\", twice\n";
  const std::string csv = lb::render_stats_csv(snapshot_of({row}));
  CHECK(csv.find(",\"said \"\"no\"\", twice\n\",") != std::string::npos);
}
