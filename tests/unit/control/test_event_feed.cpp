#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "apps/hapair/control/event_feed.hpp"

using namespace hapair;
using namespace hapair::control;

namespace {

void add(base::Journal& journal, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    journal.add({.id = "check-state", .subject = "a", .from = {}, .to = "up", .cause = {}});
  }
}

std::ptrdiff_t lines_in(const std::string& text) { return std::ranges::count(text, '\n'); }

/// The number of the first event in some lines.
std::string first_of(const std::string& lines) {
  return lines.substr(0, lines.find(',', lines.find("\"number\"")));
}

}  // namespace

TEST_CASE("a follower gets what there is, then what comes, each once") {
  base::Journal journal;
  EventFeed feed(journal, 0);
  CHECK(feed.next(journal).empty());
  add(journal, 2);
  CHECK(feed.behind(journal));
  const std::string lines = feed.next(journal);
  CHECK(lines_in(lines) == 2);
  CHECK(first_of(lines) == "{\"number\":1");
  CHECK_FALSE(feed.behind(journal));
  CHECK(feed.next(journal).empty());
  add(journal, 1);
  CHECK(first_of(feed.next(journal)) == "{\"number\":3");
}

TEST_CASE("it can begin behind a number that it has seen") {
  base::Journal journal;
  add(journal, 5);
  CHECK(first_of(EventFeed(journal, 3).next(journal)) == "{\"number\":4");
  CHECK(EventFeed(journal, 5).next(journal).empty());
  // A number that is yet to come is of another journal.
  CHECK(first_of(EventFeed(journal, 6).next(journal)) == "{\"number\":1");
}

TEST_CASE("a batch is bounded") {
  base::Journal journal;
  add(journal, EventFeed::kBatch + 1);
  EventFeed feed(journal, 0);
  CHECK(lines_in(feed.next(journal)) == EventFeed::kBatch);
  CHECK(lines_in(feed.next(journal)) == 1);
}

TEST_CASE("one that is overtaken is told how many it has missed") {
  base::Journal journal;
  add(journal, 10);
  EventFeed feed(journal, 0);
  CHECK(lines_in(feed.next(journal)) == 10);
  add(journal, base::Journal::kCapacity + 7);
  const std::string lines = feed.next(journal);
  CHECK(lines.starts_with("{\"lost\":7}\n{\"number\":18,"));
  CHECK(lines_in(lines) == EventFeed::kBatch + 1);
  // Who has asked for all there is has missed nothing.
  CHECK(first_of(EventFeed(journal, 0).next(journal)) == "{\"number\":18");
}
