// What holds for every example: each line has a fate of its own, the result is good, and faults
// have a place.
#include <doctest/doctest.h>

#include <string>

#include "tests/unit/import/keepalived/examples.hpp"

using hapair::importing::Account;
using hapair::importing::Fate;
using hapair::importing::Note;

TEST_CASE("every line of every example is accounted for once") {
  for (const auto& folder : hapair::test::example_folders()) {
    CAPTURE(folder.filename().string());
    const hapair::test::Run run(hapair::test::load_example(folder));
    REQUIRE(run.outcome.has_value());
    const Account& account = run.context.account;
    CHECK(account.closed());
    std::size_t lines = 0;
    for (std::uint32_t file = 0; file < run.context.sources.size(); ++file) {
      lines += run.context.sources[file].lines.size();
    }
    CHECK_EQ(account.count().total(), lines);
    for (const Note& note : account.notes()) {
      CHECK_FALSE(note.text.empty());
      CHECK_FALSE(note.text.contains("the import has nothing to say of this line"));
      CHECK_LE(note.at.line, run.context.sources[note.at.file].lines.size());
      if (note.fate == Fate::kWrong) CHECK_FALSE(note.assumed.empty());
    }
  }
}

TEST_CASE("the result of every example passes the check") {
  for (const auto& folder : hapair::test::example_folders()) {
    CAPTURE(folder.filename().string());
    const hapair::test::Run run(hapair::test::load_example(folder));
    REQUIRE(run.outcome.has_value());
    for (const auto& fault : run.outcome->faults) CHECK_EQ(fault.to_string("hapair.json"), "");
  }
}

TEST_CASE("at least 95 of 100 lines of the examples are kept, changed or not needed") {
  Account::Count all;
  for (const auto& folder : hapair::test::example_folders()) {
    // Examples of faults are there for their faults.
    if (folder.filename().string().contains("fault")) continue;
    const hapair::test::Run run(hapair::test::load_example(folder));
    all += run.context.account.count();
  }
  const std::size_t good = all[Fate::kKept] + all[Fate::kChanged] + all[Fate::kNotNeeded];
  CHECK_GE(good * 100, all.directives() * 95);
}

TEST_CASE("no secret of an example stands in its config or report") {
  for (const auto& folder : hapair::test::example_folders()) {
    CAPTURE(folder.filename().string());
    const hapair::test::Run run(hapair::test::load_example(folder));
    REQUIRE(run.outcome.has_value());
    for (const auto& secret : run.context.draft.secrets) {
      if (secret.text.size() < 6) continue;  // too short to be told from other words
      CHECK_FALSE(run.outcome->config.contains(secret.text));
      CHECK_FALSE(run.report().contains(secret.text));
    }
  }
}
