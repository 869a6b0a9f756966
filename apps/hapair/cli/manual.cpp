#include "apps/hapair/cli/manual.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/cli/commands.hpp"
#include "apps/hapair/cli/wrapping.hpp"
#include "common/base/text.hpp"

namespace hapair::cli {
namespace {

using base::concat;

constexpr std::size_t kPageWidth = 76;
constexpr std::string_view kMore = "...";

/// For an argument of a macro, or for a line of prose.
std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool begins_word = i == 0 || text[i - 1] == ' ' || text[i - 1] == '-';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-' && begins_word) {
      out += "\\-";
    } else {
      out += c;
    }
  }
  const bool control = out.starts_with('.') || out.starts_with('\'');
  return control ? concat("\\&", out) : out;
}

bool is_name(std::string_view word) {
  return !word.empty() && word.front() >= 'A' && word.front() <= 'Z';
}

/// A word of a usage as macros on one line: "COUNTER=NUMBER...|SERVER", "on|off", "--yes", "FILE".
std::string word_macros(std::string_view word) {
  std::string out;
  while (!word.empty()) {
    std::string_view choice = base::take_part(word, '|');
    if (!out.empty()) out += " | ";
    if (choice.starts_with('-')) {
      out += concat("Fl ", choice.substr(1));
      continue;
    }
    const bool more = choice.ends_with(kMore);
    if (more) choice.remove_suffix(kMore.size());
    if (!is_name(choice)) {
      out += concat("Cm ", choice);
    } else {
      const std::string_view left = base::take_part(choice, '=');
      out += concat("Ar ", base::ascii_lowered(left));
      if (!choice.empty()) out += concat(" Ns = Ns Ar ", base::ascii_lowered(choice));
    }
    if (more) out += " ...";
  }
  return out;
}

/// What stands in brackets, as arguments of .Op.
std::string words_macros(std::string_view words) {
  std::string out;
  while (!words.empty()) {
    const std::string_view word = base::take_part(words, ' ');
    if (!out.empty()) out += ' ';
    out += word_macros(word);
  }
  return out;
}

std::string option_macro(const Option& option) {
  const std::string_view name = option.short_name.empty() ? option.name : option.short_name;
  std::string out = concat(".Op Fl ", name.substr(1));
  if (!option.value.empty()) out += concat(" Ar ", base::ascii_lowered(option.value));
  return out + "\n";
}

/// Those that the usage does not name itself; of the common ones only --json.
std::string other_options(const Command& command, std::string_view usage) {
  std::string out;
  for (const OptionUse& use : command.options) {
    const Option& option = use.option;
    const std::string_view name = option.short_name.empty() ? option.name : option.short_name;
    const bool said = usage.find(concat("[", name)) != std::string_view::npos;
    const bool alone = command.usages.size() > 1 && command.usages.back().starts_with(option.name);
    if (said || alone || (option.common && option.name != kJsonOption.name)) continue;
    out += option_macro(option);
  }
  return out;
}

std::string synopsis() {
  std::string out;
  for (const Command& command : commands()) {
    for (const std::string_view usage : command.usages) {
      out += concat(".Nm\n.Cm ", command.name, "\n");
      const std::size_t at = usage.find("[options]");
      if (at == std::string_view::npos) {
        out += mdoc_usage(usage);
        continue;
      }
      out += mdoc_usage(usage.substr(0, at)) + other_options(command, usage) +
             mdoc_usage(usage.substr(at + std::string_view("[options]").size()));
    }
  }
  return out;
}

std::string option_item(const Option& option) {
  const std::string value =
      option.value.empty() ? std::string() : concat(" Ar ", base::ascii_lowered(option.value));
  const std::string long_form = concat("Fl ", option.name.substr(1), value);
  if (option.short_name.empty()) return concat(".It ", long_form, "\n");
  return concat(".It Fl ", option.short_name.substr(1), " , ", long_form, "\n");
}

std::string command_section(const Command& command) {
  std::string out = concat(".Ss ", command.name, "\n");
  bool first = true;
  for (const std::string_view text : command.text) {
    out += concat(std::exchange(first, false) ? "" : ".Pp\n", mdoc_prose(text));
  }
  if (!command.terms.empty()) {
    out += ".Bl -tag -width Ds\n";
    for (const Term& term : command.terms) {
      out += concat(".It ", is_name(term.word) ? "" : "Cm ", escaped(term.word), "\n",
                    mdoc_prose(term.help));
    }
    out += ".El\n";
  }
  const bool any =
      std::ranges::any_of(command.options, [](const OptionUse& use) { return !use.option.common; });
  if (any) {
    out += ".Pp\nThe options are:\n.Bl -tag -width Ds\n";
    for (const OptionUse& use : command.options) {
      if (!use.option.common) out += option_item(use.option) + mdoc_prose(use.help);
    }
    out += ".El\n";
  }
  for (const std::string_view note : command.notes) out += concat(".Pp\n", mdoc_prose(note));
  return concat(out, ".Pp\n", mdoc_prose(exits_of(command)));
}

std::string common_options() {
  std::vector<const Option*> told;
  std::string out;
  for (const Command& command : commands()) {
    for (const OptionUse& use : command.options) {
      const bool known = std::ranges::any_of(
          told, [&use](const Option* each) { return each->name == use.option.name; });
      if (!use.option.common || known) continue;
      told.push_back(&use.option);
      out += option_item(use.option) + mdoc_prose(use.help);
    }
  }
  return out;
}

std::string examples() {
  std::string out;
  for (const Command& command : commands()) {
    for (const Example& example : command.examples) {
      if (!out.empty()) out += ".Pp\n";
      out += concat(mdoc_prose(example.what), ".Dl ", escaped(example.line), "\n");
    }
  }
  return out;
}

constexpr std::string_view kHead =
    ".Dd November 27, 2026\n"
    ".Dt HAPAIR 8\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm hapair\n"
    ".Nd floating IP, health checks and load balancing for a pair of nodes\n"
    ".Sh SYNOPSIS\n";

constexpr std::string_view kDescription =
    ".Sh DESCRIPTION\n"
    "Each node of a cluster runs\n"
    ".Nm .\n"
    "The nodes elect a master over VRRP; the master holds the floating address,\n"
    "the VIP, and balances HTTP and TCP over the backend servers, which every\n"
    "node checks for itself.\n"
    "One config file, the same on all nodes, describes the cluster; see\n"
    ".Xr hapair.json 5 .\n"
    ".Pp\n"
    "Commands that ask the running node, or give it an order, find it by these\n"
    "options:\n"
    ".Bl -tag -width Ds\n";

constexpr std::string_view kHelpOption =
    ".It Fl h , Fl -help\n"
    "explain the command and do nothing else; of every command\n"
    ".El\n"
    ".Sh COMMANDS\n";

constexpr std::string_view kEnvironment =
    ".Sh SIGNALS\n"
    "Of a running node:\n"
    ".Bl -tag -width Ds\n"
    ".It Dv SIGTERM , SIGINT\n"
    "Hands over in order: running requests are finished while the node is still\n"
    "master, then a priority-0 advert makes the peer take over at once, and the\n"
    "VIP is removed.\n"
    "A second signal cuts the waiting short.\n"
    ".It Dv SIGUSR2\n"
    "Does what\n"
    ".Cm upgrade\n"
    "does.\n"
    ".It Dv SIGUSR1\n"
    "Begins the log files anew, after they have been renamed.\n"
    ".It Dv SIGHUP\n"
    "Does the same, and has the config read anew, as\n"
    ".Cm reload\n"
    "does; what comes of it stands in the log and in the status.\n"
    ".El\n"
    ".Sh ENVIRONMENT\n"
    ".Bl -tag -width Ds\n"
    ".It Ev NO_COLOR\n"
    "Unless it is empty, nothing is coloured.\n"
    ".It Ev COLUMNS , LINES\n"
    "How large the frame of\n"
    ".Cm top Fl -once\n"
    "is.\n"
    ".El\n"
    ".Sh FILES\n"
    ".Bl -tag -width Ds -compact\n"
    ".It Pa /etc/hapair/hapair.json\n"
    "the config file\n"
    ".It Pa /run/hapair/control.sock\n"
    "the control socket: HTTP with JSON, readable for the group\n"
    ".It Pa /run/hapair/ledger\n"
    "what this node changed on the host, so that the next start can undo it\n"
    "after a crash\n"
    ".It Pa /var/log/hapair/journal-NODE.jsonl\n"
    "what this node decided and why, one JSON object a line; the older half in\n"
    ".Pa journal-NODE.jsonl.1\n"
    ".El\n"
    ".Sh EXIT STATUS\n"
    "Each command tells above what its exit codes mean.\n"
    "Of all of them:\n"
    ".Bl -tag -width Ds -compact\n"
    ".It 0\n"
    "all went well\n"
    ".It 1\n"
    "failed while running\n"
    ".It 2\n"
    "wrong usage\n"
    ".It 3\n"
    "the config has faults\n"
    ".It 4\n"
    "a needed file or socket is out of reach, or a permission is missing\n"
    ".It 5 , 10 , 11\n"
    "as\n"
    ".Cm import ,\n"
    ".Cm diff\n"
    "and\n"
    ".Cm drift\n"
    "tell\n"
    ".El\n"
    ".Sh EXAMPLES\n";

constexpr std::string_view kTail =
    ".Pp\n"
    "Ask the control socket with another program:\n"
    ".Dl curl \\-\\-unix-socket /run/hapair/control.sock http://hapair/v1/status\n"
    ".Sh SEE ALSO\n"
    ".Xr systemd 1 ,\n"
    ".Xr hapair.json 5\n"
    ".Sh STANDARDS\n"
    ".Bl -bullet -compact\n"
    ".It\n"
    "RFC 9568, RFC 3768: VRRP versions 3 and 2\n"
    ".It\n"
    "RFC 9110, RFC 9112: HTTP\n"
    ".El\n";

}  // namespace

std::string mdoc_usage(std::string_view usage) {
  std::string out;
  while (!usage.empty()) {
    if (usage.front() == ' ') {
      usage.remove_prefix(1);
      continue;
    }
    if (usage.front() != '[') {
      out += concat(".", word_macros(base::take_part(usage, ' ')), "\n");
      continue;
    }
    const std::size_t end = usage.find(']');
    out += concat(".Op ", words_macros(usage.substr(1, end - 1)));
    usage.remove_prefix(end + 1);
    if (usage.starts_with(kMore)) {
      out += " ...";
      usage.remove_prefix(kMore.size());
    }
    out += '\n';
  }
  return out;
}

std::string mdoc_prose(std::string_view text) {
  std::string out;
  for (const std::string_view sentence : sentences_of(text)) {
    for (const std::string& line : wrap(sentence, kPageWidth)) out += escaped(line) + "\n";
  }
  return out;
}

std::string render_manual() {
  std::string out = concat(kHead, synopsis(), kDescription, common_options(), kHelpOption);
  for (const Command& command : commands()) out += command_section(command);
  return concat(out, kEnvironment, examples(), kTail);
}

}  // namespace hapair::cli
