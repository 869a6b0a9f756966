// The metrics: the whole document of a node in mid-life, and the rules of the format.
#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "apps/hapair/control/metrics.hpp"
#include "apps/hapair/control/metrics_text.hpp"
#include "common/base/text.hpp"
#include "sample_status.hpp"
#include "tests/unit/golden.hpp"

using namespace hapair;
using namespace hapair::control;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> pieces_of(MetricsFacts facts) {
  MetricsDocument document(std::move(facts));
  std::vector<std::string> pieces;
  for (std::string piece = document.next(); !piece.empty(); piece = document.next()) {
    pieces.push_back(piece);
  }
  CHECK(document.next().empty());
  return pieces;
}

enum class Names { kOwn, kAll };

std::vector<std::string> metrics_of(Status status, Names names = Names::kOwn) {
  lb::FrontendLatency front;
  lb::BackendLatency back;
  front.total.record(3ms);
  front.total.record(40s);
  back.connect.record(200us);
  lb::H2Counters http2;
  http2.streams_total = 77;
  http2.floods[0] = 1;
  std::vector<lb::ServerLatencyView> servers;
  if (names == Names::kAll) {
    auto times = std::make_shared<lb::ServerLatency>();
    times->response.record(5ms);
    for (const lb::StatsRow& row : status.traffic.rows) {
      if (row.type == lb::StatsRowType::kServer) servers.push_back({row.pxname, row.svname, times});
    }
    MetricsFacts facts(status, {{"http_front", &front, nullptr}, {"web_server", nullptr, &back}},
                       {{"http_front", false, &http2}, {"web_server", true, &http2}}, servers);
    facts.haproxy_names = facts.keepalived_names = true;
    facts.max_connections = 4000;
    return pieces_of(std::move(facts));
  }
  return pieces_of({std::move(status),
                    {{"http_front", &front, nullptr}, {"web_server", nullptr, &back}},
                    {{"http_front", false, &http2}, {"web_server", true, &http2}}});
}

std::string whole(const std::vector<std::string>& pieces) {
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  return text;
}

std::string sample_metrics(Names names = Names::kOwn) {
  return whole(metrics_of(sample_status(), names));
}

/// With thousands of servers.
std::vector<std::string> long_metrics(Names names = Names::kOwn) {
  return metrics_of(long_status(1000), names);
}

/// The family that a sample is of: its name without labels and what stands behind that of a
/// distribution.
std::string family_of(std::string_view line, const std::set<std::string>& distributions) {
  const std::string name(line.substr(0, line.find_first_of("{ ")));
  for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    const std::string stem = name.substr(0, name.size() - suffix.size());
    if (distributions.contains(stem)) return stem;
  }
  return name;
}

/// The text obeys the rules of the format; returns how many series there are.
std::size_t check_format(const std::string& text, std::size_t distributions_expected) {
  std::set<std::string> seen;
  std::set<std::string> distributions;
  std::set<std::string> series;
  std::string family;
  for (const std::string_view line : base::split(text, '\n')) {
    CAPTURE(line);
    if (line.empty()) continue;
    const auto words = base::split(line, ' ');
    if (line.starts_with("# HELP ")) {
      family = words[2];
      CHECK((family.starts_with("hapair_") || family.starts_with("haproxy_") ||
             family.starts_with("keepalived_")));
      CHECK(line.ends_with('.'));
      CHECK(seen.insert(family).second);
    } else if (line.starts_with("# TYPE ")) {
      CHECK(words[2] == family);
      if (words[3] == "histogram" || words[3] == "summary") distributions.insert(family);
      CHECK((words[3] == "counter") == family.ends_with("_total"));
    } else {
      CHECK(family_of(line, distributions) == family);
      CHECK(series.insert(std::string(line.substr(0, line.rfind(' ')))).second);
    }
  }
  CHECK(seen.size() > 60);
  CHECK(distributions.size() == distributions_expected);
  return series.size();
}

std::size_t families_in(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find("# HELP ", at)) != std::string_view::npos; ++at) ++count;
  return count;
}

}  // namespace

TEST_CASE("all metrics of a node in mid-life") {
  const std::string text = sample_metrics();
  CAPTURE(text);
  CHECK(matches_golden(text, "control/metrics.txt"));
}

TEST_CASE("each family has its help and type once, before its samples, which stand together") {
  const std::size_t few = check_format(sample_metrics(), 10);
  // The server that all the others are copies of: what it has of its own.
  const std::size_t many = check_format(whole(long_metrics()), 10);
  CHECK(many > few + std::size_t{2000} * 10);
}

TEST_CASE("the same with all names and the times of servers, which stand behind switches") {
  CHECK(sample_metrics().find("haproxy_") == std::string::npos);
  CHECK(sample_metrics().find("keepalived_") == std::string::npos);
  CHECK(check_format(sample_metrics(Names::kAll), 13) > 500);
  const std::vector<std::string> pieces = long_metrics(Names::kAll);
  CHECK(check_format(whole(pieces), 13) > std::size_t{2000} * 100);
  for (const std::string& piece : pieces) CHECK(piece.size() < MetricsDocument::kPiece + 4096);
}

TEST_CASE("all metrics of a node in mid-life, under the names of others too") {
  const std::string text = sample_metrics(Names::kAll);
  CAPTURE(text);
  CHECK(matches_golden(text, "control/metrics_all.txt"));
}

TEST_CASE("HAProxy's states: one that is checked again after a fault is still down") {
  const std::string text = sample_metrics(Names::kAll);
  for (const char* line :
       {"haproxy_server_status{proxy=\"web_server\",server=\"node1\",state=\"UP\"} 1\n",
        "haproxy_server_status{proxy=\"web_server\",server=\"node2\",state=\"DOWN\"} 1\n",
        "haproxy_server_status{proxy=\"web_server\",server=\"node2\",state=\"UP\"} 0\n",
        "haproxy_backend_agg_server_status{proxy=\"web_server\",state=\"DOWN\"} 1\n",
        "haproxy_backend_agg_server_status{proxy=\"web_server\",state=\"UP\"} 1\n",
        "haproxy_frontend_status{proxy=\"http_front\",state=\"UP\"} 1\n",
        "haproxy_server_check_status{proxy=\"web_server\",server=\"node1\",state=\"L7OK\"} 1\n",
        "haproxy_backend_queue_time_average_seconds{proxy=\"web_server\"} 0.012\n",
        "keepalived_vrrp_state{iname=\"VI_1\",intf=\"ens33\",vrid=\"51\","
        "ip_address=\"192.168.100.101/32\"} 2\n",
        "keepalived_ip_ttl_errors_total{iname=\"VI_1\",intf=\"ens33\",vrid=\"51\"} 3\n"}) {
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
}

TEST_CASE("HAProxy's states: MAINT without an address, DOWN before the first check") {
  Status status = sample_status();
  for (lb::StatsRow& row : status.traffic.rows) {
    if (row.type != lb::StatsRowType::kServer) continue;
    row.status = row.svname == "node1" ? "RESOLVING" : "INI";
  }
  const std::string text = whole(metrics_of(std::move(status), Names::kAll));
  for (const char* line :
       {"haproxy_server_status{proxy=\"web_server\",server=\"node1\",state=\"MAINT\"} 1\n",
        "haproxy_server_status{proxy=\"web_server\",server=\"node1\",state=\"UP\"} 0\n",
        "haproxy_server_status{proxy=\"web_server\",server=\"node2\",state=\"DOWN\"} 1\n",
        "haproxy_backend_agg_server_status{proxy=\"web_server\",state=\"UP\"} 0\n"}) {
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
}

TEST_CASE("no piece is much longer than it has to be, however many servers there are") {
  const std::vector<std::string> pieces = long_metrics();
  CHECK(pieces.size() > 20);
  for (const std::string& piece : pieces) {
    CHECK(piece.ends_with('\n'));
    CHECK(piece.size() < MetricsDocument::kPiece + 4096);
  }
}

TEST_CASE("a piece may end with the last sample of a family") {
  const std::size_t families = families_in(sample_metrics());
  // With any number of servers pieces end in other places.
  for (std::size_t servers = 100; servers < 140; ++servers) {
    CAPTURE(servers);
    CHECK(families_in(whole(metrics_of(long_status(servers)))) == families);
  }
}

TEST_CASE("docs/api.md names every family") {
  std::stringstream docs;
  docs << std::ifstream(HAPAIR_TEST_ROOT "/../docs/api.md").rdbuf();
  const std::string page = docs.str();
  const std::string metrics = sample_metrics(Names::kAll);
  std::size_t families = 0;
  for (const std::string_view line : base::split(metrics, '\n')) {
    if (!line.starts_with("# HELP ")) continue;
    ++families;
    std::string_view rest = line.substr(std::string_view("# HELP ").size());
    if (rest.starts_with("hapair_")) rest.remove_prefix(std::string_view("hapair_").size());
    const std::string name(rest.substr(0, rest.find(' ')));
    CAPTURE(name);
    CHECK(page.find("| `" + name + "` |") != std::string::npos);
  }
  CHECK(families > 200);
}

TEST_CASE("what a label may not hold is escaped, and one without a value is left out") {
  MetricsText text;
  text.family("x", MetricsText::Type::kGauge, "Help.");
  text.sample({{"a", "b\"c\\d\ne"}, {"none", ""}}, std::uint64_t{7});
  text.sample({{"none", ""}}, -1500ms);
  text.flag({}, true);
  CHECK(text.take() ==
        "# HELP hapair_x Help.\n# TYPE hapair_x gauge\n"
        "hapair_x{a=\"b\\\"c\\\\d\\ne\"} 7\nhapair_x -1.5\nhapair_x 1\n");
}

TEST_CASE("a distribution is told in cumulative counts whose bounds are exact") {
  base::Histogram times;
  times.record(base::Duration((1 << 20) - 1));
  times.record(base::Duration(1 << 20));
  times.record(0ns);
  times.record(1h);
  MetricsText text;
  text.family("t_seconds", MetricsText::Type::kHistogram, "Help.");
  text.sample({}, times);
  const std::string out = text.take();
  CHECK(out.find("hapair_t_seconds_bucket{le=\"0.000131072\"} 1\n") != std::string::npos);
  CHECK(out.find("hapair_t_seconds_bucket{le=\"0.001048576\"} 2\n") != std::string::npos);
  CHECK(out.find("hapair_t_seconds_bucket{le=\"0.002097152\"} 3\n") != std::string::npos);
  CHECK(out.find("hapair_t_seconds_bucket{le=\"34.359738368\"} 3\n") != std::string::npos);
  CHECK(out.find("hapair_t_seconds_bucket{le=\"+Inf\"} 4\n") != std::string::npos);
  CHECK(out.find("hapair_t_seconds_sum 3600.002097151\n") != std::string::npos);
  CHECK(out.ends_with("hapair_t_seconds_count 4\n"));
}
