#include <doctest/doctest.h>

#include "apps/hapair/top/frame.hpp"
#include "apps/hapair/top/sheet.hpp"

using namespace hapair::top;

namespace {

Line line_of(std::string_view text, Tone tone = Tone::kPlain) { return Line().add(text, tone); }

Sheet some_sheet() {
  Sheet sheet({{.title = "NAME", .rank = 0},
               {.title = "N", .right = true, .rank = 1},
               {.title = "MORE", .rank = 2}});
  sheet.add({.cells = {{.text = "b"}, {.text = "9", .number = 9}, {.text = "because of it"}}});
  sheet.add({.cells = {{.text = "a"}, {.text = "10", .number = 10}, {.text = "-"}}, .amiss = true});
  return sheet;
}

}  // namespace

TEST_CASE("a line is cut to the screen, with a mark where something is missing") {
  CHECK(plain_text({clipped(line_of("abcdef"), 6)}) == "abcdef\n");
  CHECK(plain_text({clipped(line_of("abcdef"), 5)}) == "abcd~\n");
  CHECK(plain_text({clipped(Line().add("abc").add("def"), 4)}) == "abc~\n");
  CHECK(plain_text({clipped(Line().add("abc").add("def"), 3)}) == "ab~\n");
  CHECK(clipped(line_of("abcdef"), 5).width() == 5);
}

TEST_CASE("only what has changed is drawn, and all of it on a cleared screen") {
  const Size size{.columns = 10, .rows = 2};
  const Frame one{line_of("same"), line_of("old", Tone::kBad)};
  const Frame two{line_of("same"), line_of("new", Tone::kGood)};
  CHECK(drawing(one, {}, size, false) ==
        "\x1b[2J\x1b[1;1H\x1b[0msame\x1b[K\x1b[2;1H\x1b[0mold\x1b[K");
  CHECK(drawing(two, one, size, true) == "\x1b[2;1H\x1b[0m\x1b[32mnew\x1b[0m\x1b[K");
  CHECK(drawing(two, two, size, true).empty());
  CHECK(drawing({line_of("same")}, two, size, true) == "\x1b[2;1H\x1b[0m\x1b[K");
}

TEST_CASE("a full line is not followed by an order to clear, which would take its last column") {
  const Size size{.columns = 4, .rows = 1};
  CHECK(drawing({line_of("full")}, {}, size, false) == "\x1b[2J\x1b[1;1H\x1b[0mfull");
  Line bar{.pieces = {}, .bar = true};
  bar.add("ab");
  CHECK(drawing({bar}, {}, size, false) == "\x1b[2J\x1b[1;1H\x1b[0m\x1b[7mab  \x1b[0m");
}

TEST_CASE("a bar that is wider than a screen that has shrunk is drawn without blanks behind it") {
  Line bar{.pieces = {}, .bar = true};
  bar.add("abcd");
  CHECK(drawing({bar}, {}, {.columns = 2, .rows = 1}, false) ==
        "\x1b[2J\x1b[1;1H\x1b[0m\x1b[7mabcd\x1b[0m");
}

TEST_CASE("no text from outside brings an order of its own to the terminal") {
  const Frame frame{line_of("a\x1b]0;title\x07")};
  const std::string drawn = drawing(frame, {}, {.columns = 40, .rows = 1}, true);
  CHECK(drawn.find("a?]0;title?") != std::string::npos);
  CHECK(drawn.find('\x07') == std::string::npos);
}

TEST_CASE("a table leaves out what matters least, and marks what is not well") {
  const Sheet sheet = some_sheet();
  CHECK(plain_text(sheet.lines({.columns = 40, .rows = 9}, 0, {})) ==
        "  NAME  N MORE\n"
        "  b     9 because of it\n"
        "! a    10 -\n");
  CHECK(plain_text(sheet.lines({.columns = 18, .rows = 9}, 0, {})) ==
        "  NAME  N MORE\n"
        "  b     9 because~\n"
        "! a    10 -\n");
  CHECK(plain_text(sheet.lines({.columns = 12, .rows = 9}, 0, {})) ==
        "  NAME  N\n"
        "  b     9\n"
        "! a    10\n");
  CHECK(plain_text(sheet.lines({.columns = 6, .rows = 9}, 0, {})) == "  NAME\n  b\n! a\n");
  CHECK(plain_text(sheet.lines({.columns = 40, .rows = 2}, 1, {})) ==
        "  NAME  N MORE\n"
        "! a    10 -\n");
  CHECK(sheet.lines({.columns = 40, .rows = 0}, 0, {}).empty());
}

TEST_CASE("a table is sorted by a column: words upwards, numbers from the highest, or turned") {
  const auto first_of = [](const SheetOrder& order) {
    Sheet sheet = some_sheet();
    sheet.sort(order);
    return sheet.lines({.columns = 8, .rows = 2}, 0, order).at(1).pieces.at(1).text;
  };
  CHECK(first_of({}) == "b");
  CHECK(first_of({.column = 0}) == "a");
  CHECK(first_of({.column = 1}) == "a");
  CHECK(first_of({.column = 1, .reversed = true}) == "b");
  Sheet sheet = some_sheet();
  sheet.keep_amiss();
  CHECK(sheet.rows() == 1);
}
