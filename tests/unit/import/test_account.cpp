// The account of an import: every line has one fate, the gravest of its marks.
#include <doctest/doctest.h>

#include <string>

#include "apps/hapair/import/context.hpp"

using hapair::importing::Account;
using hapair::importing::Context;
using hapair::importing::Fate;
using hapair::importing::MemoryFiles;
using hapair::importing::Options;
using hapair::importing::Place;
using hapair::importing::Program;

namespace {

struct Fixture {
  Options options;
  MemoryFiles files{{{"a.cfg", "one\n\n  \ntwo\nthree\r\nfour"}}};
  Context context{.options = options, .files = files};

  Fixture() { REQUIRE(context.load("a.cfg", Program::kHaproxy).has_value()); }
  Account& account() { return context.account; }
  static Place line(std::uint32_t number) { return {.file = 0, .line = number}; }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "blank lines need no word") {
  const auto count = account().count();
  CHECK_EQ(count[Fate::kBlank], 2);
  CHECK_EQ(count[Fate::kOpen], 4);
  CHECK_EQ(count.total(), 6);
  CHECK_FALSE(account().closed());
}

TEST_CASE_FIXTURE(Fixture, "a line has the gravest of its marks and all its notes") {
  account().not_needed(line(1), "why");
  account().kept(line(1));
  CHECK_EQ(account().fate(line(1)), Fate::kKept);
  account().not_supported(line(1), "instead");
  account().changed(line(1), "how");
  CHECK_EQ(account().fate(line(1)), Fate::kNotSupported);
  CHECK_EQ(account().notes().size(), 3);
  account().wrong(line(1), "what", "assumed");
  CHECK_EQ(account().fate(line(1)), Fate::kWrong);
  CHECK_FALSE(account().has_open_decision());
  account().undecided(line(1), "what", "decide");
  CHECK(account().has_open_decision());
}

TEST_CASE_FIXTURE(Fixture, "notes stand in the order of the file, each once") {
  account().changed(line(4), "b");
  account().changed(line(1), "a");
  account().changed(line(4), "c");
  account().changed(line(1), "a");
  const auto notes = account().notes();
  REQUIRE_EQ(notes.size(), 3);
  CHECK_EQ(notes[0].text, "a");
  CHECK_EQ(notes[1].text, "b");
  CHECK_EQ(notes[2].text, "c");
}

TEST_CASE_FIXTURE(Fixture, "a continued line has the fate of its first") {
  account().same_as(line(5), line(4));
  account().changed(line(4), "how");
  account().kept(line(1));
  account().kept(line(6));
  account().close();
  CHECK_EQ(account().fate(line(5)), Fate::kChanged);
  CHECK_EQ(account().count().directives(), 4);
}

TEST_CASE_FIXTURE(Fixture, "a line that nobody has marked shows when the account is closed") {
  account().kept(line(1));
  account().close();
  CHECK(account().closed());
  CHECK_EQ(account().count()[Fate::kNotSupported], 3);
  CHECK_EQ(account().notes().size(), 3);
}

TEST_CASE_FIXTURE(Fixture, "notes beyond the bound are counted") {
  for (std::size_t i = 0; i <= Account::kMaxNotes; ++i) account().changed(line(1), "how");
  CHECK_EQ(account().dropped_notes(), 1);
}
