// The help pages, from the table of commands.
#include <algorithm>

#include "apps/hapair/cli/commands.hpp"
#include "apps/hapair/cli/wrapping.hpp"
#include "common/base/text.hpp"

namespace hapair::cli {
namespace {

using base::concat;

constexpr std::size_t kWidth = 92;
/// Where the texts of options begin.
constexpr std::size_t kOptionColumn = 25;
constexpr std::size_t kGap = 2;

void add_paragraph(std::string& out, std::string_view text) {
  for (const std::string& line : wrap(text, kWidth)) out += concat(line, "\n");
}

/// A name, and behind it in a column what it means.
void add_entry(std::string& out, std::string name, std::string_view help, std::size_t column) {
  const std::size_t text = std::max(column, name.size() + kGap);
  bool first = true;
  for (const std::string& line : wrap(help, kWidth - column)) {
    const std::size_t at = first ? text : column;
    if (first) out += name;
    out += concat(std::string(first ? at - name.size() : at, ' '), line, "\n");
    first = false;
  }
}

std::string name_of(const Option& option) {
  std::string name = option.short_name.empty() ? "      " : concat("  ", option.short_name, ", ");
  name += option.name;
  if (!option.value.empty()) name += concat(" ", option.value);
  return name;
}

std::string usage_of(const Command& command) {
  std::string out;
  for (const std::string_view usage : command.usages) {
    out +=
        concat(out.empty() ? "Usage: hapair " : "       hapair ", command.name, " ", usage, "\n");
  }
  return out;
}

std::string page_of(const Command& command) {
  std::string out = usage_of(command);
  for (const std::string_view text : command.text) {
    out += '\n';
    add_paragraph(out, text);
  }
  std::size_t longest = 0;
  for (const Term& term : command.terms) longest = std::max(longest, term.word.size());
  if (!command.terms.empty()) out += '\n';
  for (const Term& term : command.terms) {
    add_entry(out, concat("  ", term.word), term.help, longest + 2 + kGap);
  }
  if (!command.options.empty()) out += '\n';
  for (const OptionUse& use : command.options) {
    add_entry(out, name_of(use.option), use.help, kOptionColumn);
  }
  for (const std::string_view note : command.notes) {
    out += '\n';
    add_paragraph(out, note);
  }
  out += '\n';
  add_paragraph(out, exits_of(command));
  for (const Example& example : command.examples) {
    out += '\n';
    add_paragraph(out, example.what);
    out += concat("  ", example.line, "\n");
  }
  return out;
}

std::string overview() {
  std::size_t longest = 0;
  for (const Command& command : commands()) longest = std::max(longest, command.name.size());
  std::string out = concat("hapair: ", kTagline, "\n\nUsage: hapair COMMAND [options]\n\n");
  for (const Command& command : commands()) {
    add_entry(out, concat("  ", command.name), command.summary, longest + 2 + kGap);
  }
  out += '\n';
  add_paragraph(out,
                "Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 faults in the config, 4 a file or "
                "socket is out of reach. The config is described in hapair.json(5), the commands "
                "in hapair(8).");
  return out;
}

}  // namespace

std::string exits_of(const Command& command) {
  std::string out = "Exit codes:";
  for (const ExitCode& exit : command.exits) {
    out += concat(out.ends_with(':') ? " " : ", ", exit.code, " ", exit.when);
  }
  return out + ".";
}

std::string help_text(std::string_view topic) {
  const Command* const command = find_command(topic);
  return command == nullptr ? overview() : page_of(*command);
}

}  // namespace hapair::cli
