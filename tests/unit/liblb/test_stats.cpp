// The statistics as CSV and as a page, rendered from a snapshot made by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/text.hpp"
#include "liblb/core/stats_csv.hpp"
#include "liblb/core/stats_page.hpp"

using namespace hapair;

namespace {

lb::StatsSnapshot snapshot_of(std::vector<lb::StatsRow> rows) {
  lb::StatsSnapshot snapshot;
  snapshot.node = "lb1";
  snapshot.role = "master of VI_1";
  snapshot.version = "0.1.0";
  snapshot.uptime = std::chrono::hours(26);
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

TEST_CASE("the page names the node and its role, and has a table for each proxy") {
  lb::StatsRow frontend;
  frontend.pxname = "http_front";
  frontend.svname = "FRONTEND";
  frontend.status = "OPEN";
  lb::StatsRow backend = server_row();
  backend.type = lb::StatsRowType::kBackend;
  backend.svname = "BACKEND";
  const std::string page =
      lb::render_stats_page(snapshot_of({frontend, server_row(), backend}), "/stats;csv");
  CHECK(page.find("<title>hapair lb1 (master of VI_1)</title>") != std::string::npos);
  CHECK(page.find("up 1d 2h") != std::string::npos);
  CHECK(page.find("<a href=\"/stats;csv\">") != std::string::npos);
  CHECK(count_of(page, "<table>") == 2);
  CHECK(count_of(page, "</table>") == 2);
  CHECK(count_of(page, "<tr class=\"total\">") == 2);
  CHECK(page.find("L7OK/200 in 3 ms: OK") != std::string::npos);
  CHECK(page.find("<td>1m 1s</td>") != std::string::npos);
}

TEST_CASE("the page asks nothing of anyone else and runs nothing") {
  const std::string page = lb::render_stats_page(snapshot_of({server_row()}), "");
  for (const char* forbidden : {"<script", "<link", "<img", "src=", "http:", "https:", "<a "}) {
    CAPTURE(forbidden);
    CHECK(page.find(forbidden) == std::string::npos);
  }
}

TEST_CASE("everything on the page that comes from outside is escaped") {
  lb::StatsRow row = server_row();
  const std::string evil = "<b onclick='x'>\"&";
  row.pxname = row.svname = row.status = row.mode = row.addr = row.check_status = row.last_chk =
      evil;
  lb::StatsSnapshot snapshot = snapshot_of({row});
  snapshot.node = snapshot.role = snapshot.version = evil;
  const std::string page = lb::render_stats_page(snapshot, evil);
  CHECK(page.find("<b ") == std::string::npos);
  CHECK(page.find("onclick='") == std::string::npos);
  CHECK(count_of(page, "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;") == 13);
}

TEST_CASE("a status is told by its text, with a colour of its own") {
  const auto class_of = [](const char* status) {
    lb::StatsRow row = server_row();
    row.status = status;
    const std::string page = lb::render_stats_page(snapshot_of({row}), "");
    const std::string end = base::concat("\">", std::string(status), "</td>");
    const std::size_t at = page.find(end);
    REQUIRE(at != std::string::npos);
    const std::size_t from = page.rfind("text ", at) + 5;
    return page.substr(from, at - from);
  };
  CHECK(class_of("UP") == "up");
  CHECK(class_of("OPEN") == "up");
  CHECK(class_of("FULL") == "going");
  CHECK(class_of("STOP") == "off");
  CHECK(class_of("UP 1/3") == "going");
  CHECK(class_of("DOWN 1/2") == "going");
  CHECK(class_of("DOWN") == "down");
  CHECK(class_of("MAINT") == "off");
  CHECK(class_of("no check") == "off");
}

TEST_CASE("a page without proxies is still a page") {
  const std::string page = lb::render_stats_page(snapshot_of({}), "");
  CHECK(page.find("<table>") == std::string::npos);
  CHECK(page.ends_with("</html>\n"));
}
