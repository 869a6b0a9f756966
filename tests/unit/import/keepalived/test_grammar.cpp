// keepalived's grammar: what the lines of a file are as a tree of statements.
#include <doctest/doctest.h>

#include <string>

#include "apps/hapair/import/keepalived/reader.hpp"

using namespace hapair::importing;
using namespace hapair::importing::keepalived;

namespace {

/// The tree as one line: "a b { c }".
std::string shape(const Statement& statement) {
  std::string out;
  for (const Word& word : statement.words) out += (out.empty() ? "" : " ") + word.text;
  if (!statement.has_block) return out;
  out += " {";
  for (const Statement& each : statement.block) out += " " + shape(each) + ";";
  return out + " }";
}

struct Reading {
  Options options;
  MemoryFiles files;
  Context context{.options = options, .files = files};
  std::string tree;
  std::vector<Note> notes;

  explicit Reading(MemoryFiles::Map texts, const std::string& id = "") : files(std::move(texts)) {
    options.environment["PORT"] = "8080";
    Readings readings;
    const auto file = context.load("k.conf", Program::kKeepalived);
    REQUIRE(file.has_value());
    tree = shape(Reader(context, readings, id).read(*file));
    notes = context.account.notes();
  }
  explicit Reading(const std::string& text, const std::string& id = "")
      : Reading(MemoryFiles::Map{{"k.conf", text}}, id) {}
};

std::string tree(const std::string& text, const std::string& id = "") {
  return Reading(text, id).tree;
}

}  // namespace

TEST_CASE("braces may stand on any line, with or without blanks") {
  CHECK_EQ(tree("a b{\n c d\n}\n"), " { a b { c d; }; }");
  CHECK_EQ(tree("a b\n{\n c d\n}\n"), " { a b { c d; }; }");
  CHECK_EQ(tree("a { c d }\ne"), " { a { c d; }; e; }");
  CHECK_EQ(tree("a {\n b {\n c\n }}\n"), " { a { b { c; }; }; }");
}

TEST_CASE("comments begin with # or ! anywhere outside of quotes") {
  CHECK_EQ(tree("# x\n! y\na b # c\nd!e\nf \"#g !h\"\n"), " { a b; d; f #g !h; }");
}

TEST_CASE("quotes hold words together, and a backslash takes their meaning away") {
  CHECK_EQ(tree("a 'b c' \"d e\"\n"), " { a b c d e; }");
  CHECK_EQ(tree("a \"b \\\"c\\\"\"\n"), " { a b \"c\"; }");
  const Reading open("a \"b c\n");
  REQUIRE_EQ(open.notes.size(), 1);
  CHECK(open.notes[0].text.contains("no end"));
}

TEST_CASE("definitions are replaced where they are used, and may hold others") {
  CHECK_EQ(tree("$N=1\n$V=eth$N\na ${V}\nb $V.5\n"), " { a eth1; b eth1.5; }");
  CHECK_EQ(tree("$A=x\na $B ${C}\n"), " { a $B ${C}; }");
  CHECK_EQ(tree("$N=1\n$V=i${N}\n$N=2\na $V\n"), " { a i2; }");
  CHECK_EQ(tree("p ${_ENV PORT} ${_INSTANCE}\n", "lb1"), " { p 8080 lb1; }");
}

TEST_CASE("a definition over several lines is used as lines of its own") {
  CHECK_EQ(tree("$I= \\\n v ${N} { \\\n  x $N \\\n }\n$N=1\n$I\n$N=2\n$I\n"),
           " { v 1 { x 1; }; v 2 { x 2; }; }");
}

TEST_CASE("sequences are carried out, one in another too") {
  CHECK_EQ(tree("~SEQ(I,3) a $I\n"), " { a 1; a 2; a 3; }");
  CHECK_EQ(tree("~SEQ(I,0,2,4) a $I\n"), " { a 0; a 2; a 4; }");
  CHECK_EQ(tree("~SEQ(I,2,1) a $I\n"), " { a 2; a 1; }");
  CHECK_EQ(tree("~SEQ(I,1,2) ~SEQ(J,1,2) a $I$J\n"), " { a 11; a 12; a 21; a 22; }");
  CHECK_EQ(tree("~LST(I, x, y) a $I\n"), " { a x; a y; }");
  CHECK_EQ(tree("~LST({I,J}, {x,1}, {y,2}) a $I $J\n"), " { a x 1; a y 2; }");
}

TEST_CASE("conditions choose lines by the node's name") {
  const std::string text = "@lb1 a\n@lb2 b\n@^lb1 c\nd\n";
  CHECK_EQ(tree(text, "lb1"), " { a; d; }");
  CHECK_EQ(tree(text, "lb2"), " { b; c; d; }");
  CHECK_EQ(tree(text), " { c; d; }");
}

TEST_CASE("a definition has one note, behind a condition too") {
  const Reading some("@lb1 $N=1\n@lb2 $N=2\n$M=3\na $N\n", "lb1");
  CHECK_EQ(some.tree, " { a 1; }");
  REQUIRE_EQ(some.notes.size(), 2);
  CHECK(some.notes[0].text.contains("$N is replaced"));
  CHECK(some.notes[1].text.contains("$M is used nowhere"));
}

TEST_CASE("includes are read in place, by pattern, from their own folder") {
  const Reading some(MemoryFiles::Map{{"k.conf", "a\ninclude d/*.conf\nz\n"},
                                      {"d/1.conf", "b\ninclude sub/x\n"},
                                      {"d/2.conf", "c\n"},
                                      {"d/sub/x", "x\n"}});
  CHECK_EQ(some.tree, " { a; b; x; c; z; }");
}

TEST_CASE("an include of itself is located, and reading goes on") {
  const Reading cycle(
      MemoryFiles::Map{{"k.conf", "a\ninclude d.conf\nz\n"}, {"d.conf", "b\ninclude k.conf\n"}});
  CHECK_EQ(cycle.tree, " { a; b; z; }");
  REQUIRE_GE(cycle.notes.size(), 1);
  const Note& note = cycle.notes.back();
  CHECK_EQ(cycle.context.sources.name(note.at), "d.conf:2");
  CHECK(note.text.contains("includes itself"));
  CHECK(cycle.context.account.has_open_decision());
}

TEST_CASE("what can't be is named with its line") {
  const auto fault = [](const std::string& text) {
    const Reading reading(text);
    for (const Note& note : reading.notes) {
      if (note.fate == Fate::kWrong) {
        return reading.context.sources.name(note.at) + ": " + note.text;
      }
    }
    return std::string("none");
  };
  CHECK(fault("a\n}\n").starts_with("k.conf:2: a \"}\" too many"));
  CHECK(fault("a {\n b\n").starts_with("k.conf:1: the block \"a\" has no \"}\""));
  CHECK(fault("{\n}\n").starts_with("k.conf:1: a \"{\" without a keyword"));
  CHECK(fault("vrrp_script a {\n script x\nvrrp_instance b {\n}\n")
            .starts_with("k.conf:3: \"vrrp_instance\" cannot stand in the block \"vrrp_script\""));
  CHECK(fault("$A=$A\nx $A\n").starts_with("k.conf:2: the definitions in this line have no end"));
  CHECK(fault("~SEQ(I,x) a\n").starts_with("k.conf:1: \"x\" is no number"));
  CHECK(fault("~SEQ(I,1,0,5) a\n").starts_with("k.conf:1: the steps of ~SEQ"));
  CHECK(fault("~SEQ(I a\n").starts_with("k.conf:1: a sequence has no"));
  CHECK(fault("~LST(I) a\n").starts_with("k.conf:1: ~LST takes"));
  CHECK(fault("~LST({I,J}, x) a\n").starts_with("k.conf:1: each value of ~LST"));
  CHECK(fault("x ${_RANDOM 1 9}\n").starts_with("k.conf:1: ${_RANDOM}"));
  CHECK(fault("include a b\n").starts_with("k.conf:1: include takes one"));
  CHECK(fault("include none\n").starts_with("k.conf:1: no file is called none"));
  CHECK(fault("@ a\n").starts_with("k.conf:1: \"@\" without a name"));
}
