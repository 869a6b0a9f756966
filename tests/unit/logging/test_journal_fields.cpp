// The journal's native form: whatever a value holds, a reader gets it back whole, and nothing else.
#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>

#include "apps/hapair/logging/journal_fields.hpp"
#include "apps/hapair/logging/line_form.hpp"
#include "common/base/random.hpp"

using namespace hapair;

namespace {

using Fields = std::map<std::string, std::string>;

/// A reader of its own, as the journal's documentation has it; none: the entry is malformed.
std::optional<Fields> read(std::string_view entry) {
  Fields fields;
  while (!entry.empty()) {
    const std::size_t line = entry.find('\n');
    if (line == std::string_view::npos) return std::nullopt;
    const std::size_t equals = entry.substr(0, line).find('=');
    std::string name;
    std::string value;
    if (equals != std::string_view::npos) {
      name = entry.substr(0, equals);
      value = entry.substr(equals + 1, line - equals - 1);
      entry.remove_prefix(line + 1);
    } else {
      name = entry.substr(0, line);
      entry.remove_prefix(line + 1);
      if (entry.size() < 8) return std::nullopt;
      std::uint64_t size = 0;
      for (int i = 7; i >= 0; --i) {
        size = size << 8 | static_cast<unsigned char>(entry[static_cast<std::size_t>(i)]);
      }
      entry.remove_prefix(8);
      if (entry.size() < size + 1 || entry[size] != '\n') return std::nullopt;
      value = entry.substr(0, size);
      entry.remove_prefix(size + 1);
    }
    if (!fields.emplace(name, value).second) return std::nullopt;
  }
  return fields;
}

std::string entry_of(const logging::LogLine& line) {
  logging::LineWriter writer(logging::LineForm::kJournal,
                             {.facility = 19, .host = "lb1", .tag = "web"});
  std::string out;
  writer.append(out, line, base::WallTime());
  return out;
}

}  // namespace

TEST_CASE("a field with a line break is told with its length") {
  std::string out;
  logging::append_journal_field(out, "A", "one");
  logging::append_journal_field(out, "B", "two\nthree");
  logging::append_journal_field(out, "C", std::uint64_t{7});
  CHECK(out == std::string("A=one\nB\n\x09\0\0\0\0\0\0\0two\nthree\nC=7\n", 30));
}

TEST_CASE("no value can pretend to be another field, whatever bytes it has") {
  base::Random random(7);
  for (int round = 0; round < 2000; ++round) {
    Fields wanted;
    std::string out;
    for (const char* name : {"MESSAGE", "HAPAIR_SUBJECT", "HAPAIR_TARGET"}) {
      std::string value;
      const std::uint64_t size = random.below(40);
      // Mostly what has a meaning in the form itself.
      for (std::uint64_t i = 0; i < size; ++i) {
        value += random.below(2) == 0 ? std::string_view("\n=\0P", 4)[random.below(4)]
                                      : static_cast<char>(random.below(256));
      }
      wanted[name] = value;
      logging::append_journal_field(out, name, value);
    }
    CHECK(read(out) == wanted);
  }
}

TEST_CASE("a record's fields") {
  const auto fields = read(entry_of({.level = base::LogLevel::kError,
                                     .id = "vrrp-alarm",
                                     .subject = "VI_1\nPRIORITY=0",
                                     .text = "vrrp-alarm VI_1: two masters"}));
  REQUIRE(fields.has_value());
  CHECK(*fields == Fields{{"MESSAGE", "vrrp-alarm VI_1: two masters"},
                          {"PRIORITY", "3"},
                          {"SYSLOG_IDENTIFIER", "web"},
                          {"SYSLOG_FACILITY", "19"},
                          {"HAPAIR_NODE", "lb1"},
                          {"HAPAIR_ID", "vrrp-alarm"},
                          {"HAPAIR_SUBJECT", "VI_1\nPRIORITY=0"},
                          {"MESSAGE_ID", logging::journal_message_id("vrrp-alarm")}});
}

TEST_CASE("an access line brings its own fields, and has no subject") {
  std::string own;
  logging::append_journal_field(own, "HAPAIR_STATUS", std::uint64_t{200});
  const auto fields =
      read(entry_of({.id = "access", .text = "GET /", .timed = true, .fields = own}));
  REQUIRE(fields.has_value());
  CHECK(fields->at("MESSAGE") == "GET /");
  CHECK(fields->at("PRIORITY") == "6");
  CHECK(fields->at("HAPAIR_STATUS") == "200");
  CHECK_FALSE(fields->contains("HAPAIR_SUBJECT"));
}

TEST_CASE("a message id is a UUID of version 4 and the same for ever") {
  const std::string id = logging::journal_message_id("vrrp-transition");
  CHECK(id == "8b4bad29ed604d2a8c6f4674d2fd2a39");
  CHECK(id.size() == 32);
  CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(id[12] == '4');
  CHECK(std::string("89ab").find(id[16]) != std::string::npos);
  CHECK(logging::journal_message_id("check-state") != id);
}
