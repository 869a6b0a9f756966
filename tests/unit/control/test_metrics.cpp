// The metrics: the whole document of a node in mid-life, and the rules of the format.
#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "apps/hapair/control/metrics.hpp"
#include "apps/hapair/control/metrics_text.hpp"
#include "common/base/text.hpp"
#include "golden.hpp"
#include "sample_status.hpp"

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

std::vector<std::string> metrics_of(Status status) {
  lb::FrontendLatency front;
  lb::BackendLatency back;
  front.total.record(3ms);
  front.total.record(40s);
  back.connect.record(200us);
  lb::H2Counters http2;
  http2.streams_total = 77;
  http2.floods[0] = 1;
  return pieces_of({std::move(status),
                    {{"http_front", &front, nullptr}, {"web_server", nullptr, &back}},
                    {{"http_front", false, &http2}, {"web_server", true, &http2}}});
}

std::string whole(const std::vector<std::string>& pieces) {
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  return text;
}

std::string sample_metrics() { return whole(metrics_of(sample_status())); }

/// With thousands of servers.
std::vector<std::string> long_metrics() { return metrics_of(long_status(1000)); }

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
std::size_t check_format(const std::string& text) {
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
      CHECK(family.starts_with("hapair_"));
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
  CHECK(distributions.size() == 8);
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
  CHECK(matches_golden(text, "metrics.txt"));
}

TEST_CASE("each family has its help and type once, before its samples, which stand together") {
  const std::size_t few = check_format(sample_metrics());
  // The server that all the others are copies of: what it has of its own.
  const std::size_t many = check_format(whole(long_metrics()));
  CHECK(many > few + std::size_t{2000} * 10);
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
  const std::string metrics = sample_metrics();
  for (const std::string_view line : base::split(metrics, '\n')) {
    if (!line.starts_with("# HELP hapair_")) continue;
    const std::string_view rest = line.substr(std::string_view("# HELP hapair_").size());
    const std::string name(rest.substr(0, rest.find(' ')));
    CAPTURE(name);
    CHECK(page.find("`" + name + "`") != std::string::npos);
  }
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
