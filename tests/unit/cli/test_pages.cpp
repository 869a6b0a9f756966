#include <doctest/doctest.h>

#include <regex>
#include <set>

#include "apps/hapair/cli/commands.hpp"
#include "apps/hapair/cli/completion.hpp"
#include "apps/hapair/cli/manual.hpp"
#include "apps/hapair/cli/wrapping.hpp"
#include "common/base/text.hpp"

using namespace hapair;
using cli::Command;
using cli::commands;

namespace {

/// The part of the completion that is about a command; "''" for none.
std::string completion_of(std::string_view verb) {
  const std::string file = cli::render_completion();
  const std::size_t begin = file.find(base::concat("        ", verb, ")\n            options="));
  REQUIRE(begin != std::string::npos);
  return file.substr(begin, file.find("            ;;\n", begin) - begin);
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("every command is described in full, each by its own verb and name") {
  std::set<std::string_view> names;
  std::set<cli::Verb> verbs;
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    CHECK(names.insert(command.name).second);
    CHECK(verbs.insert(command.verb).second);
    CHECK_FALSE(command.summary.empty());
    CHECK_FALSE(command.usages.empty());
    CHECK_FALSE(command.text.empty());
    REQUIRE(command.exits.size() >= 2);
    CHECK(command.exits.front().code == 0);
    for (const cli::OptionUse& use : command.options) {
      CHECK_FALSE(use.help.empty());
      const bool one = (use.option.text != nullptr) + (use.option.list != nullptr) +
                           (use.option.on != nullptr) ==
                       1;
      CHECK(one);
      CHECK(use.option.value.empty() == (use.option.on != nullptr));
    }
  }
}

TEST_CASE("whatever asks the running node answers in JSON on request, and finds it elsewhere") {
  for (const Command& command : commands()) {
    if (cli::find_option(command, "--socket") == nullptr) continue;
    CAPTURE(command.name);
    CHECK(cli::find_option(command, "--runtime-dir") != nullptr);
    CHECK(cli::find_option(command, "--json") != nullptr);
  }
}

TEST_CASE("a help page has usage, options and exit codes, in lines that fit") {
  const std::string page = cli::help_text("step-down");
  CHECK(page.starts_with("Usage: hapair step-down [options] [VIP]\n\nGives a VIP"));
  CHECK(has(page, "      --drain            finish running requests first"));
  CHECK(has(page, "      --runtime-dir DIR  where it runs (default /run/hapair)\n"));
  CHECK(has(page, "Exit codes: 0 done, 1 refused, or the answer was no good, 2 wrong usage, 4 "));
  CHECK(has(cli::help_text("import"), "  -o, --output FILE      write the config there"));
  CHECK(has(cli::help_text("server"), "  drain        no new traffic; what it has goes on\n"));
  CHECK(has(cli::help_text("diff"), "Usage: hapair diff [options] [FILE]\n       hapair diff "));
  CHECK(has(cli::help_text(""), "  step-down    give its VIPs to the peer\n"));
  for (const Command& command : commands()) {
    for (const std::string_view line : base::split(cli::help_text(command.name), '\n')) {
      CAPTURE(line);
      CHECK(line.size() <= 96);
      CHECK_FALSE(line.ends_with(' '));
    }
  }
}

TEST_CASE("usages become macros of the manual page") {
  CHECK(cli::mdoc_usage("on|off [VIP]") == ".Cm on | Cm off\n.Op Ar vip\n");
  CHECK(cli::mdoc_usage("[--keepalived FILE]... --explain KEYWORD") ==
        ".Op Fl -keepalived Ar file ...\n.Fl -explain\n.Ar keyword\n");
  CHECK(cli::mdoc_usage("set TABLE COUNTER=NUMBER...|SERVER") ==
        ".Cm set\n.Ar table\n.Ar counter Ns = Ns Ar number ... | Ar server\n");
  CHECK(cli::mdoc_usage("[-o FILE] BACKEND/SERVER") == ".Op Fl o Ar file\n.Ar backend/server\n");
}

TEST_CASE("nothing in prose is taken for a macro, and a sentence begins a line") {
  CHECK(cli::mdoc_prose("One. Two? 'Three' --four \\five") ==
        "One.\nTwo?\n\\&'Three' \\-\\-four \\efive\n");
  CHECK(cli::mdoc_prose(".hidden") == "\\&.hidden\n");
}

TEST_CASE("the manual page tells of every command, option and exit code") {
  const std::string page = cli::render_manual();
  CHECK(page.starts_with(".Dd "));
  CHECK(page.back() == '\n');
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    CHECK(has(page, base::concat("\n.Cm ", command.name, "\n")));
    CHECK(has(page, base::concat("\n.Ss ", command.name, "\n")));
    for (const cli::OptionUse& use : command.options) {
      CHECK(has(page, base::concat("Fl ", use.option.name.substr(1))));
    }
  }
  for (const std::string_view line : base::split(page, '\n')) {
    CAPTURE(line);
    CHECK(line.size() <= 80);
  }
}

TEST_CASE("bash completion knows every command, and every option and word of it") {
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    CHECK(has(completion_of("''"), command.name));
    CHECK(has(completion_of("help"), command.name));
    const std::string own = completion_of(command.name);
    for (const cli::OptionUse& use : command.options) CHECK(has(own, use.option.name));
    for (const std::string_view choice : command.choices) CHECK(has(own, choice));
  }
  CHECK(has(completion_of("check"), "_filedir json"));
  const std::string file = cli::render_completion();
  CHECK(has(file, "        -c | --config)\n            _filedir json\n            return\n"));
  CHECK(has(file, " --secrets)\n            _filedir -d\n"));
}

TEST_CASE("prose is wrapped at blanks, and a long word has a line of its own") {
  CHECK(cli::wrap("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(cli::wrap("a abcdefgh b", 4) == std::vector<std::string>{"a", "abcdefgh", "b"});
  CHECK(cli::wrap("", 4) == std::vector<std::string>{""});
  CHECK(cli::sentences_of("A b. C d? E.g no").size() == 3);
}
