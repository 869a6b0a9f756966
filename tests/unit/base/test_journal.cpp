#include <doctest/doctest.h>

#include "common/base/journal.hpp"

namespace hapair::base {
namespace {

JournalEvent event(std::string id, std::string subject) {
  return {.id = std::move(id), .subject = std::move(subject), .from = {}, .to = {}, .cause = {}};
}

TEST_CASE("events are numbered, and the last of a kind about a subject is found") {
  Journal journal;
  CHECK(journal.add(event("a", "x")) == 1);
  CHECK(journal.add(event("a", "y")) == 2);
  CHECK(journal.add(event("a", "x")) == 3);
  CHECK(journal.last("a", "x") == 3);
  CHECK(journal.last("a", "y") == 2);
  CHECK_FALSE(journal.last("b", "x"));
}

TEST_CASE("what is added within a cause was caused by it; causes nest") {
  Journal journal;
  journal.add(event("first", ""));
  {
    const Journal::Cause outer(journal, 1);
    journal.add(event("second", ""));
    {
      const Journal::Cause inner(journal, 2);
      journal.add(event("third", ""));
    }
    journal.add(event("fourth", ""));
  }
  journal.add(event("fifth", ""));
  CHECK_FALSE(journal.events()[0].caused_by);
  CHECK(journal.events()[1].caused_by == 1);
  CHECK(journal.events()[2].caused_by == 2);
  CHECK(journal.events()[3].caused_by == 1);
  CHECK_FALSE(journal.events()[4].caused_by);
}

TEST_CASE("the oldest event makes room, and numbers go on") {
  Journal journal;
  for (std::size_t i = 0; i < Journal::kCapacity + 5; ++i) journal.add(event("a", ""));
  CHECK(journal.events().size() == Journal::kCapacity);
  CHECK(journal.events().front().number == 6);
}

TEST_CASE("numbers go on from what an earlier run kept, which caused nothing in this one") {
  Journal journal;
  std::vector<JournalEvent> kept = {event("a", "x"), event("a", "y"), event("b", "x")};
  kept[0].number = 7;
  kept[1].number = 7;  // not above the one before: left out
  kept[2].number = 9;
  journal.restore(kept);
  CHECK(journal.events().size() == 2);
  CHECK(journal.last_number() == 9);
  CHECK_FALSE(journal.last("a", "x"));
  CHECK(journal.add(event("a", "x")) == 10);
  CHECK(journal.last("a", "x") == 10);
}

TEST_CASE("listeners are told of each event with its number, until they are forgotten") {
  struct Listener final : JournalListener {
    void on_journal_event(const JournalEvent& event) noexcept override { last = event.number; }
    std::uint64_t last = 0;
  } listener, other;
  Journal journal;
  journal.listen(listener);
  journal.listen(other);
  journal.add(event("a", ""));
  CHECK(listener.last == 1);
  journal.forget(other);
  journal.add(event("a", ""));
  CHECK(listener.last == 2);
  CHECK(other.last == 1);
}

}  // namespace
}  // namespace hapair::base
