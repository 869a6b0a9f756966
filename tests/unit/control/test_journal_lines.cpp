#include <doctest/doctest.h>

#include <chrono>

#include "apps/hapair/control/journal_lines.hpp"
#include "apps/hapair/control/status_json.hpp"
#include "tests/fuzz/journal_lines_body.hpp"
#include "tests/fuzz/replay.hpp"

namespace hapair::control {
namespace {

using namespace std::chrono_literals;

base::JournalEvent sample() {
  return {.number = 7,
          .id = "vrrp-transition",
          .subject = "VI_1",
          .from = "backup",
          .to = "master",
          .cause = "a \"quoted\"\nline",
          .caused_by = 6,
          .at = base::from_ns(123'456'789),
          .wall = base::WallTime(1'769'847'300'123ms),
          .figures = {{"priority", "254"}, {"silence", "309ms"}}};
}

TEST_CASE("an event is one line of JSON, which is read as it was") {
  const std::string line = journal_line(sample());
  CHECK(line == R"({"number":7,"time":"2026-01-31T08:15:00.123Z","monotonic_ns":123456789,)"
                R"("id":"vrrp-transition","subject":"VI_1","from":"backup","to":"master",)"
                R"("cause":"a \"quoted\"\nline","caused_by":6,)"
                R"("figures":{"priority":"254","silence":"309ms"}})");
  const auto event = parse_journal_line(line);
  REQUIRE(event);
  CHECK(journal_line(*event) == line);
  CHECK(event->wall == sample().wall);
  CHECK(event->at == sample().at);
}

TEST_CASE("lines that are no events are left out") {
  const std::string line = journal_line(sample());
  CHECK(parse_journal_lines("\n").empty());
  CHECK(parse_journal_lines("what is this\n" + line + "\n" + line.substr(0, 40)).size() == 1);
}

TEST_CASE("the corpus of journals holds every invariant") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/journal_lines",
                            fuzz::fuzz_journal_lines) >= 20);
}

}  // namespace
}  // namespace hapair::control
