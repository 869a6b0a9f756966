// Tables of clients, who counts in them and who asks them, from the file to the model.
#include <doctest/doctest.h>

#include "apps/hapair/config/build.hpp"
#include "apps/hapair/config/parse.hpp"
#include "tests/unit/config/data_files.hpp"

using namespace hapair;
using namespace hapair::config;
using namespace std::chrono_literals;

namespace {

namespace spec = lb::rules;

Model tables_model() {
  const ParsedConfig parsed = parse_config(read_text(kDataRoot / "good" / "tables.json"));
  REQUIRE(parsed.faults.empty());
  return build(parsed.reading.draft, 0, NodeFacts());
}

void check_asks(const spec::Test& test, std::size_t table, RateOf of, std::uint64_t over) {
  const auto& rate = std::get<spec::RateTest>(test);
  CHECK(rate.table == table);
  CHECK(rate.of == of);
  CHECK(rate.over == over);
}

}  // namespace

TEST_CASE("a table counts what the file says, and frontends count in those that they name") {
  const Model model = tables_model();
  REQUIRE(model.tables.size() == 3);
  const Table& clients = model.tables[0];
  CHECK(clients.name == "clients");
  CHECK(clients.by.key == ClientKey::kSource);
  CHECK(clients.by.ipv6_prefix == 48);
  CHECK(clients.size == 10);
  CHECK(clients.active);
  REQUIRE(clients.counters.size() == 6);
  CHECK(clients.counters[0].of == RateOf::kRequests);
  CHECK(clients.counters[0].per == 10s);
  CHECK(clients.counters[3].of == RateOf::kFailures);
  CHECK(clients.counters[3].per == 24h);
  CHECK(model.tables[1].by.name == "X-Key");
  CHECK(model.tables[2].by.key == ClientKey::kCookie);
  CHECK_FALSE(model.tables[2].active);
  CHECK(model.frontends[0].count_in == std::vector<std::size_t>{0, 1});
  CHECK(model.frontends[1].count_in == std::vector<std::size_t>{0});
}

TEST_CASE("a limit may be one or several") {
  const Model model = tables_model();
  const auto& limits = model.frontends[0].rate_limits;
  REQUIRE(limits.size() == 3);
  CHECK(limits[0].of == RateOf::kRequests);
  CHECK(limits[1].of == RateOf::kFailures);
  CHECK(limits[1].limit == 5);
  CHECK(limits[1].per == 1min);
  CHECK(limits[2].of == RateOf::kConnections);
  CHECK(limits[2].size == 500);
  CHECK(model.backends[0].rate_limits.size() == 1);
  CHECK(model.frontends[1].rate_limits.empty());
}

TEST_CASE("a match asks a table of a figure") {
  const Model model = tables_model();
  const auto& rules = model.frontends[0].rules;
  check_asks(rules.at(0).match.all.at(0), 1, RateOf::kRequests, 50);
  const auto& any = std::get<spec::AnyOf>(rules.at(1).match.all.at(0));
  check_asks(any.of.at(0).all.at(0), 0, RateOf::kBytesOut, 1ULL << 30);
  check_asks(any.of.at(1).all.at(0), 0, RateOf::kActive, 20);
  check_asks(model.backends[0].rules.at(0).match.all.at(0), 0, RateOf::kErrors, 3);
}
