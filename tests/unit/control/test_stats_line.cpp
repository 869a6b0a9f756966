#include <doctest/doctest.h>

#include "apps/hapair/control/documents.hpp"
#include "apps/hapair/control/stats_line.hpp"
#include "sample_status.hpp"
#include "whole.hpp"

using namespace hapair;
using namespace hapair::control;

namespace {

std::string answer(std::string_view line) {
  const FakeNode node;
  return whole(*answer_stats_line(line, node));
}

}  // namespace

TEST_CASE("a line of commands is told from a request by its first bytes") {
  for (const char* line : {"show stat\n", "show info;show stat\r\n", "help\n", "show\n",
                           "set weight web/s1 50%\n", "quit\n", "show stat\nGET / HTTP/1.1\r\n"}) {
    CAPTURE(line);
    CHECK(speech_of(line) == Speech::kLine);
  }
  for (const char* text : {"s", "show", "show stat", "prom"}) {
    CAPTURE(text);
    CHECK(speech_of(text) == Speech::kUnclear);
  }
  for (const char* text : {"GET / HTTP/1.1\r\n", "G", "showy", "shown stat\n", "SHOW stat\n",
                           "show / HTTP/1.1\r\n", "get / HTTP/1.1\n", "show st\x01t\n", "show \xff",
                           "\n", "\r\nshow stat\n", " show stat\n", "head / HTTP/1.1\n"}) {
    CAPTURE(text);
    CHECK(speech_of(text) == Speech::kHttp);
  }
  const std::string longest = "show " + std::string(kMaxStatsLine - 6, 'x');
  CHECK(speech_of(longest) == Speech::kUnclear);
  CHECK(speech_of(longest + "\n") == Speech::kLine);
  CHECK(speech_of(longest + "x") == Speech::kHttp);
  CHECK(speech_of(longest + "x\n") == Speech::kHttp);
}

TEST_CASE("each command of a line is answered, with an empty line behind it") {
  const std::string info = answer("show info");
  CHECK(info.starts_with("Name: hapair\n"));
  CHECK(info.ends_with("node: lb1\n\n"));
  const std::string both = answer(" show  info ; show stat;");
  CHECK(both.starts_with(info));
  CHECK(both.find("\n\n# pxname,svname,") != std::string::npos);
  CHECK(both.ends_with(",\n\n"));
  CHECK(answer("help").find("show stat") != std::string::npos);
  CHECK(answer("quit;show info").empty());
  CHECK(answer(";").empty());
}

TEST_CASE("of a line so many commands are answered") {
  std::string line;
  for (std::size_t i = 0; i < kMaxStatsCommands; ++i) line += "help;";
  CHECK(answer(line).find("Too many") == std::string::npos);
  const std::string text = answer(line + "show info");
  CHECK(text.ends_with("Too many commands: 16 are answered in a line.\n\n"));
  CHECK(text.find("Name: hapair") == std::string::npos);
}

TEST_CASE("an unknown command is told so, with those that are known") {
  for (const char* line : {"show", "show errors", "show stat typed", "set weight a/b 5",
                           "show infos", "disable server a/b"}) {
    CAPTURE(line);
    const std::string text = answer(line);
    CHECK(text.starts_with("Unknown command: '" + std::string(line)));
    CHECK(text.find("show info") != std::string::npos);
    CHECK(text.ends_with("\n\n"));
  }
}

TEST_CASE("many rows are told in pieces, under one line of names") {
  StatsDocument document(long_status(200).traffic);
  const std::string all = whole(document);
  CHECK(std::ranges::count(all, '\n') == 1 + 2 + 3 + 402);
  CHECK(all.find("# pxname", 1) == std::string::npos);
  StatsDocument none(lb::StatsSnapshot{});
  CHECK(whole(none).starts_with("# pxname,"));
}
