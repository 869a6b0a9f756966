#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/import/haproxy/condition.hpp"
#include "apps/hapair/import/haproxy/parse.hpp"
#include "apps/hapair/import/haproxy/switches.hpp"
#include "common/base/text.hpp"

using namespace hapair;
using namespace hapair::importing;
using namespace hapair::importing::haproxy;

namespace {

File parse_text(std::string_view text, Version version = {3, 0}) {
  const std::vector<Text> texts{{.file = 0, .text = text}};
  return parse(texts, version, [](std::string_view name) -> std::optional<std::string> {
    if (name == "SITE") return "site";
    return std::nullopt;
  });
}

/// "line: message" of the first fault; empty where there is none.
std::string first_fault(std::string_view text) {
  const File file = parse_text(text);
  if (file.faults.empty()) return {};
  return base::concat(file.faults[0].at.line, ": ", file.faults[0].message);
}

bool holds(std::string_view expression, Version version = {2, 8}) {
  const Variables none = [](std::string_view name) -> std::optional<std::string> {
    if (name == "SITE") return "site";
    return std::nullopt;
  };
  const auto result = evaluate_switch(expression, version, none);
  CAPTURE(expression);
  REQUIRE(result.has_value());
  return *result;
}

std::string condition_of(std::string_view line) {
  const Words split = split_words(line, {});
  const auto rule = split_condition(split.words);
  if (!rule) return rule.error().message;
  std::string out;
  for (const Word& word : rule->words) out += word.text + " ";
  if (!rule->condition) return out;
  out += rule->condition->unless ? "unless" : "if";
  for (const auto& all : rule->condition->any_of) {
    out += " [";
    for (const Term& term : all) {
      out += base::concat(" ", term.negated ? "!" : "", term.acl);
      for (const Word& word : term.test) out += base::concat("<", word.text, ">");
    }
    out += " ]";
  }
  return out;
}

}  // namespace

TEST_CASE("sections have their lines, prefixes and comments") {
  const File file = parse_text(
      "# of all\nglobal\n  maxconn 10 # few\n\nfrontend www from x\n # the port\n bind :80\n"
      " no option httplog\n default timeout client\n");
  REQUIRE(file.sections.size() == 2);
  CHECK(file.sections[0].head.above == std::vector<std::string>{"of all"});
  CHECK(file.sections[0].lines[0].comment == "few");
  const Section& www = file.sections[1];
  CHECK(www.kind == Kind::kFrontend);
  CHECK(www.name == "www");
  CHECK(www.lines[0].above == std::vector<std::string>{"the port"});
  CHECK(www.lines[1].prefix == Prefix::kNo);
  CHECK(www.lines[1].starts_with({"option", "httplog"}));
  CHECK(www.lines[1].at.line == 8);
  CHECK(www.lines[2].prefix == Prefix::kDefault);
  CHECK(www.lines[1].place(1).column == 12);
}

TEST_CASE("proxies take the last defaults above, or those that they name") {
  const File file = parse_text(
      "defaults a\n mode http\ndefaults b from a\n retries 1\ndefaults\n retries 2\n"
      "backend x\n balance first\nbackend y from b\n");
  const auto keywords = [&](std::string_view name) {
    std::string out;
    for (const Line* line : file.lines_of(*file.backend(name))) {
      out += base::concat(line->keyword(), line->word(1), " ");
    }
    return out;
  };
  CHECK(keywords("x") == "retries2 balancefirst ");
  CHECK(keywords("y") == "modehttp retries1 ");
  CHECK(file.frontend("x") == nullptr);
}

TEST_CASE("several files are one, but a section ends with its file") {
  const std::vector<Text> texts{{.file = 0, .text = "defaults\n mode http\n"},
                                {.file = 1, .text = "retries 3\nbackend b\n"}};
  const File file = parse(texts, {3, 0}, {});
  REQUIRE(file.faults.size() == 1);
  CHECK(file.faults[0].at.file == 1);
  CHECK(file.lines_of(*file.backend("b")).size() == 1);
}

TEST_CASE("faults have their place") {
  CHECK(first_fault("mode http\n").starts_with("1: \"mode\" stands before the first section"));
  CHECK(first_fault("global\nbackend\n").starts_with("2: the section has no name"));
  CHECK(first_fault("backend a\nbackend a\n").starts_with("2: there is another backend \"a\""));
  CHECK(first_fault("backend a from x\n").starts_with("1: there is no defaults section \"x\""));
  CHECK(first_fault("backend a/b\n").starts_with("1: \"a/b\" is no name"));
  CHECK(first_fault("global\n x \"y\n").starts_with("2: the quote"));
  CHECK(first_fault(std::string("global\n a\0b\n", 13)).starts_with("2: a NUL byte"));
  CHECK(
      first_fault("global\n" + std::string(kMaxLineBytes + 1, 'x')).starts_with("2: the line is"));
  CHECK(first_fault(".if 1\n").starts_with("1: this .if has no .endif"));
  CHECK(first_fault(".endif\n").starts_with("1: .endif stands without"));
  CHECK(first_fault(".if 1\n.else\n.elif 1\n.endif\n").starts_with("3: .elif stands behind .else"));
  CHECK(first_fault(".include x\n").starts_with("1: there is no directive"));
  CHECK(first_fault(".if nothing(1)\n.endif\n").starts_with("1: there is no predicate"));
  CHECK(parse_text("backend \xE5\x90\x8E\n").faults.size() == 1);
}

TEST_CASE("branches are taken by their conditions") {
  const auto lines = [](std::string_view text) {
    std::string out;
    for (const Section& section : parse_text(text).sections) {
      for (const Line& line : section.lines) out += base::concat(line.keyword(), " ");
    }
    return out;
  };
  CHECK(lines("global\n.if version_atleast(2.9)\n a\n.else\n b\n.endif\n c\n") == "a c ");
  CHECK(lines("global\n.if 0\n a\n.elif defined(SITE)\n b\n.elif 1\n c\n.else\n d\n.endif\n") ==
        "b ");
  CHECK(lines("global\n.if 0\n.if 1\n a\n.else\n b\n.endif\n.else\n c\n.endif\n") == "c ");
  CHECK(lines("global\n.if streq(\"$SITE\",site)\n a \"$SITE\"\n.endif\n") == "a ");
}

TEST_CASE("the environment of the file counts from its line on") {
  const File file = parse_text(
      "global\n setenv A 1\n presetenv A 2\n presetenv B 3\n x \"$A$B\"\n unsetenv A\n y \"$A\"\n");
  const auto& lines = file.sections[0].lines;
  CHECK(lines[3].word(1) == "13");
  CHECK(lines[5].word(1).empty());
  CHECK(lines[5].unset == std::vector<std::string>{"A"});
}

TEST_CASE("expressions of .if have or, and, not, parentheses and predicates") {
  CHECK(holds("1"));
  CHECK_FALSE(holds("000"));
  CHECK_FALSE(holds(""));
  CHECK(holds("!0 && (0 || 1)"));
  CHECK_FALSE(holds("!(1) || !1"));
  CHECK(holds("version_atleast(2.8-dev3)"));
  CHECK(holds("version_before(3)"));
  CHECK_FALSE(holds("version_atleast(2.9.1)"));
  CHECK(holds("openssl_version_atleast(1.1)"));
  CHECK_FALSE(holds("openssl_version_before(3.0)"));
  CHECK(holds("defined(SITE) && !defined(NONE)"));
  CHECK(holds("streq(a,a) && strneq( a , b ) && strstr(abc,b)"));
  CHECK(holds("feature(OPENSSL) && !feature(QUIC) && enabled(POLL)"));
  CHECK(holds("ssllib_name_startswith(Open)"));
  CHECK_FALSE(holds("awslc_api_atleast(1) || awslc_api_before(1)"));
  for (const char* bad : {"(1", "1 1", "foo(1)", "streq(a)", "defined(", "version_atleast(x)", "!",
                          "1 ||", "&", "1 && )"}) {
    CAPTURE(bad);
    CHECK_FALSE(evaluate_switch(bad, {2, 8}, {}).has_value());
  }
  CHECK_FALSE(evaluate_switch(std::string(100, '!') + "1", {2, 8}, {}).has_value());
}

TEST_CASE("conditions of rules are alternatives of tests") {
  CHECK(condition_of("use_backend b") == "use_backend b ");
  CHECK(condition_of("use_backend b if a !c or { path -i /x } || d") ==
        "use_backend b if [ a !c ] [ <path><-i></x> ] [ d ]");
  CHECK(condition_of("deny unless ! a !{ src 10.0.0.1 }") == "deny unless [ !a !<src><10.0.0.1> ]");
  CHECK(condition_of("set 'if' if a") == "set if if [ a ]");
  for (const char* bad :
       {"x if", "x if or a", "x if a or", "x if { a", "x if }", "x if { }", "x if !"}) {
    CAPTURE(bad);
    CHECK(condition_of(bad).starts_with("\"if\": "));
  }
}

TEST_CASE("hostile files take bounded room and time") {
  std::string text = "defaults\n";
  for (int i = 0; i < 20000; ++i) text += " option x\n";
  for (int i = 0; i < 5000; ++i) text += base::concat("backend b", i, "\n");
  CHECK(parse_text(text).sections.size() <= kMaxSections);
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += ".if 1\n";
  CHECK(parse_text(deep).faults.size() <= 2000);
  std::string comments = "global\n";
  for (int i = 0; i < 1000; ++i) comments += "# x\n";
  CHECK(parse_text(comments + "maxconn 1\n").sections[0].lines[0].above.size() <= 40);
}
