#include "apps/hapair/cli/command_line.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "common/base/text.hpp"

namespace hapair::cli {
namespace {

using base::concat;

struct VerbRow {
  Verb verb;
  std::string_view name;
  std::string_view help;
  bool takes_file;  ///< one positional word: the config
};

constexpr std::string_view kRunHelp =
    "Usage: hapair run [options]\n"
    "\n"
    "Runs this node: supervisor, guardian and worker, in the foreground. Needs root.\n"
    "\n"
    "  -c, --config FILE      the config (default /etc/hapair/hapair.json)\n"
    "      --node NAME        which node of the config this is (default: found out by the\n"
    "                         nodes' addresses on this host, then by its host name)\n"
    "      --runtime-dir DIR  ledger and control socket (default /run/hapair)\n"
    "\n"
    "Signals: TERM and INT hand the VIPs over and leave; a second one cuts the waiting short.\n"
    "\n"
    "Exit codes: 0 left as told, 1 failed, 2 wrong usage, 3 faults in the config, 4 the config\n"
    "or the secret can't be read, or a right is missing.\n";

constexpr std::string_view kCheckHelp =
    "Usage: hapair check [options] [FILE]\n"
    "\n"
    "Validates a config and prints every fault with its line, column, path, rule and remedy.\n"
    "\n"
    "  -c, --config FILE      the config (default /etc/hapair/hapair.json)\n"
    "      --node NAME        check it as this node\n"
    "      --json             print the result as JSON\n"
    "\n"
    "Exit codes: 0 no fault, 2 wrong usage, 3 faults, 4 the file can't be read.\n";

constexpr std::string_view kStatusHelp =
    "Usage: hapair status [options]\n"
    "\n"
    "Shows what the hapair that runs on this host is doing: role of each VIP and why, health of\n"
    "every server, traffic.\n"
    "\n"
    "      --json             print the whole status as JSON\n"
    "      --runtime-dir DIR  where it runs (default /run/hapair)\n"
    "      --socket PATH      its control socket (default DIR/control.sock)\n"
    "\n"
    "Exit codes: 0 shown, 1 the answer was no status, 2 wrong usage, 4 nobody answers or no\n"
    "permission.\n";

constexpr std::string_view kVersionHelp =
    "Usage: hapair version\n"
    "\n"
    "Prints the version.\n";

constexpr std::string_view kHelpHelp =
    "Usage: hapair help [COMMAND]\n"
    "\n"
    "Prints the overview, or the page of one command.\n";

constexpr std::string_view kOverview =
    "hapair: a highly available load balancer from two Linux machines\n"
    "\n"
    "Usage: hapair COMMAND [options]\n"
    "\n"
    "  run       run this node\n"
    "  check     validate a config\n"
    "  status    show what the running node is doing\n"
    "  version   print the version\n"
    "  help      print this, or the page of a command\n"
    "\n"
    "Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 faults in the config, 4 a file or socket is out\n"
    "of reach. The config is described in hapair.json(5), the commands in hapair(8).\n";

constexpr std::array<VerbRow, 5> kVerbs{{{Verb::kRun, "run", kRunHelp, false},
                                         {Verb::kCheck, "check", kCheckHelp, true},
                                         {Verb::kStatus, "status", kStatusHelp, false},
                                         {Verb::kVersion, "version", kVersionHelp, false},
                                         {Verb::kHelp, "help", kHelpHelp, false}}};

struct OptionRow {
  std::string_view name;
  std::string_view short_name;
  std::string CommandLine::* text;  ///< where the value goes; null for a switch
  std::vector<Verb> verbs;
};

const std::vector<OptionRow>& options() {
  static const std::vector<OptionRow> kOptions{
      {"--config", "-c", &CommandLine::config, {Verb::kRun, Verb::kCheck}},
      {"--node", "", &CommandLine::node, {Verb::kRun, Verb::kCheck}},
      {"--runtime-dir", "", &CommandLine::runtime_dir, {Verb::kRun, Verb::kStatus}},
      {"--socket", "", &CommandLine::socket, {Verb::kStatus}},
      {"--json", "", nullptr, {Verb::kCheck, Verb::kStatus}}};
  return kOptions;
}

const VerbRow* find_verb(std::string_view name) {
  const auto* row = std::ranges::find(kVerbs, name, &VerbRow::name);
  return row == kVerbs.end() ? nullptr : row;
}

/// "; did you mean 'check'? See", or only the "; see" of where to read on.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const auto nearest = base::nearest_word(word, candidates);
  return nearest ? concat("; did you mean '", *nearest, "'? See") : std::string("; see");
}

std::unexpected<base::Error> unknown_verb(std::string_view word) {
  std::vector<std::string_view> names;
  for (const VerbRow& row : kVerbs) names.push_back(row.name);
  return base::fail(concat("'", base::printable(word, 40), "' is not a command",
                           did_you_mean(word, names), " 'hapair help'"));
}

/// One verb's words, read from left to right.
class VerbParser {
 public:
  VerbParser(const VerbRow& verb, std::span<const std::string> words) : verb_(verb), words_(words) {
    line_.verb = verb.verb;
  }

  base::Result<CommandLine> parse() {
    while (!words_.empty()) {
      const std::string word = words_.front();
      words_ = words_.subspan(1);
      if (word == "-h" || word == "--help") {
        line_.verb = Verb::kHelp;
        line_.help_topic = verb_.name;
        return line_;
      }
      const auto taken = word.size() > 1 && word.front() == '-' ? option(word) : positional(word);
      if (!taken) return std::unexpected(taken.error());
    }
    return line_;
  }

 private:
  base::Result<void> option(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const auto& rows = options();
    const auto row = std::ranges::find_if(rows, [&](const OptionRow& candidate) {
      return (name == candidate.name || (name == candidate.short_name && !name.empty())) &&
             std::ranges::find(candidate.verbs, verb_.verb) != candidate.verbs.end();
    });
    if (row == rows.end()) return unknown_option(name);
    if (row->text == nullptr) {
      if (equals != std::string_view::npos) {
        return base::fail(concat("option '", name, "' takes no value"));
      }
      line_.json = true;
      return {};
    }
    if (equals != std::string_view::npos) {
      return store(*row, std::string(word.substr(equals + 1)));
    }
    if (words_.empty()) return base::fail(concat("option '", name, "' needs a value"));
    const std::string value = words_.front();
    words_ = words_.subspan(1);
    return store(*row, value);
  }

  base::Result<void> store(const OptionRow& row, std::string value) {
    if (value.empty()) return base::fail(concat("option '", row.name, "' has an empty value"));
    if (row.text == &CommandLine::config && std::exchange(config_given_, true)) {
      return base::fail(concat("the config is given twice; see 'hapair help ", verb_.name, "'"));
    }
    line_.*row.text = std::move(value);
    return {};
  }

  base::Result<void> unknown_option(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const OptionRow& row : options()) {
      if (std::ranges::find(row.verbs, verb_.verb) != row.verbs.end()) names.push_back(row.name);
    }
    return base::fail(concat("'", base::printable(name, 40), "' is no option of 'hapair ",
                             verb_.name, "'", did_you_mean(name, names), " 'hapair help ",
                             verb_.name, "'"));
  }

  base::Result<void> positional(std::string_view word) {
    if (verb_.verb == Verb::kHelp && line_.help_topic.empty()) {
      if (find_verb(word) == nullptr) return std::unexpected(unknown_verb(word).error());
      line_.help_topic = word;
      return {};
    }
    if (verb_.takes_file && !config_given_) {
      config_given_ = true;
      line_.config = word;
      return {};
    }
    return base::fail(concat("'", base::printable(word, 40),
                             "' is one word too many; see 'hapair help ", verb_.name, "'"));
  }

  const VerbRow& verb_;
  std::span<const std::string> words_;
  CommandLine line_;
  bool config_given_ = false;
};

}  // namespace

std::string CommandLine::control_socket() const {
  return socket.empty() ? concat(runtime_dir, "/control.sock") : socket;
}

base::Result<CommandLine> parse_command_line(std::span<const std::string> words) {
  if (words.empty()) return CommandLine{};
  std::string_view verb = words.front();
  if (verb == "-h" || verb == "--help") verb = "help";
  if (verb == "-V" || verb == "--version") verb = "version";
  const VerbRow* row = find_verb(verb);
  if (row == nullptr) return unknown_verb(verb);
  return VerbParser(*row, words.subspan(1)).parse();
}

std::string help_text(std::string_view topic) {
  const VerbRow* row = find_verb(topic);
  return std::string(row == nullptr ? kOverview : row->help);
}

}  // namespace hapair::cli
