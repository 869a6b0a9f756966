// Files and places in them: bounds, includes of themselves, and patterns.
#include <doctest/doctest.h>

#include <string>

#include "apps/hapair/import/options.hpp"
#include "apps/hapair/import/sources.hpp"

using hapair::importing::MemoryFiles;
using hapair::importing::parse_version;
using hapair::importing::Place;
using hapair::importing::Program;
using hapair::importing::Sources;

TEST_CASE("a file's lines end with LF or CRLF, and the last one may lack it") {
  MemoryFiles files(MemoryFiles::Map{{"f", "a\r\nb\n\nc"}});
  Sources sources;
  REQUIRE_EQ(sources.load(files, "f", Program::kKeepalived).value(), 0);
  REQUIRE_EQ(sources[0].lines.size(), 4);
  CHECK_EQ(sources[0].lines[0], "a");
  CHECK_EQ(sources.line({.file = 0, .line = 4}), "c");
  CHECK_EQ(sources.name({.file = 0, .line = 4}), "f:4");
}

TEST_CASE("a file that includes itself is refused, whatever lies between") {
  MemoryFiles files(MemoryFiles::Map{{"a", "x\n"}, {"b", "x\n"}});
  Sources sources;
  REQUIRE(sources.load(files, "a", Program::kKeepalived).has_value());
  REQUIRE(sources.load(files, "b", Program::kKeepalived, 0, Place{.file = 0}).has_value());
  const auto again = sources.load(files, "a", Program::kKeepalived, 0, Place{.file = 1});
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().message.contains("includes itself"));
  CHECK(sources.load(files, "b", Program::kKeepalived, 0, Place{.file = 0}).has_value());
}

TEST_CASE("there is a bound for files, depth and size") {
  MemoryFiles files(
      MemoryFiles::Map{{"a", "x\n"}, {"large", std::string(Sources::kMaxFileBytes + 1, 'x')}});
  Sources sources;
  CHECK_FALSE(sources.load(files, "large", Program::kKeepalived).has_value());
  CHECK_FALSE(sources.load(files, "missing", Program::kKeepalived).has_value());
  for (std::size_t i = 0; i < Sources::kMaxFiles; ++i) {
    REQUIRE(sources.load(files, "a", Program::kKeepalived).has_value());
  }
  CHECK_FALSE(sources.load(files, "a", Program::kKeepalived).has_value());
}

TEST_CASE("patterns find files of one folder, hidden ones not") {
  MemoryFiles files(
      {{"/c/a.conf", ""}, {"/c/b.conf", ""}, {"/c/.h.conf", ""}, {"/c/d/e.conf", ""}});
  CHECK_EQ(files.glob("/c/*.conf").size(), 2);
  CHECK_EQ(files.glob("/c/a.conf").size(), 1);
  CHECK(files.glob("/x/*").empty());
  CHECK_EQ(files.folder("/c", ".conf").value().size(), 2);
  CHECK_FALSE(files.folder("/nowhere", ".conf").has_value());
}

TEST_CASE("a version is two numbers within bounds") {
  using hapair::importing::Version;
  CHECK_EQ(parse_version("2.8.5", {2, 4}, {3, 4}).value(), Version{2, 8});
  CHECK_FALSE(parse_version("2.2", {2, 4}, {3, 4}).has_value());
  CHECK_FALSE(parse_version("new", {2, 4}, {3, 4}).has_value());
  CHECK_FALSE(parse_version("3.99999", {2, 4}, {3, 4}).has_value());
}
