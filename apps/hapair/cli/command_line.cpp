#include "apps/hapair/cli/command_line.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "apps/hapair/cli/commands.hpp"
#include "common/base/text.hpp"
#include "libcheck/core/target.hpp"

namespace hapair::cli {
namespace {

using base::concat;

/// "; did you mean 'check'? See", or only the "; see" of where to read on.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const auto nearest = base::nearest_word(word, candidates);
  return nearest ? concat("; did you mean '", *nearest, "'? See") : std::string("; see");
}

/// Nothing else is in a name of the config, nor in an id or (with `:`) an address, and nothing else
/// may get into the path of a request unencoded.
bool may_be_name(std::string_view word, char more = '.') {
  constexpr std::size_t kMaxBytes = 128;
  return !word.empty() && word.size() <= kMaxBytes && std::ranges::all_of(word, [more](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == more;
  });
}

std::unexpected<base::Error> unknown_verb(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Command& each : commands()) names.push_back(each.name);
  return base::fail(concat("'", base::printable(word, 40), "' is not a command",
                           did_you_mean(word, names), " 'hapair help'"));
}

/// One verb's words, read from left to right.
class VerbParser {
 public:
  VerbParser(const Command& verb, std::span<const std::string> words) : verb_(verb), words_(words) {
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
      if (word == "--" && !std::exchange(only_words_, true)) continue;
      const bool is_option = !only_words_ && word.size() > 1 && word.front() == '-';
      const auto taken = is_option ? option(word) : positional(word);
      if (!taken) return std::unexpected(taken.error());
    }
    if (auto whole = check_words(); !whole) return std::unexpected(whole.error());
    if (auto fine = check_names(); !fine) return std::unexpected(fine.error());
    if (auto whole = check_tables(); !whole) return std::unexpected(whole.error());
    if (auto whole = check_sessions(); !whole) return std::unexpected(whole.error());
    if (auto read = read_interval(); !read) return std::unexpected(read.error());
    if (auto read = read_count(); !read) return std::unexpected(read.error());
    return line_;
  }

 private:
  /// What the command can't do without is there.
  [[nodiscard]] base::Result<void> check_words() const {
    if (positionals_ < verb_.least) {
      return base::fail(concat("'hapair ", verb_.name, "' needs ", verb_.needs,
                               "; see 'hapair help ", verb_.name, "'"));
    }
    if (verb_.verb == Verb::kLog && !line_.log_target.empty() && line_.log_order.empty()) {
      return base::fail("'hapair log' needs a target and what it is to do; see 'hapair help log'");
    }
    if (verb_.verb == Verb::kRun && config_given_ && !line_.haproxy.empty()) {
      return base::fail("a config and --haproxy are one too many; see 'hapair help run'");
    }
    return {};
  }

  /// They go into the path of a request as they stand.
  [[nodiscard]] base::Result<void> check_names() const {
    for (const std::string* one : {&line_.vip, &line_.backend, &line_.frontend, &line_.session}) {
      if (!one->empty() && !may_be_name(*one)) return no_name(*one, "no name");
    }
    return {};
  }
  [[nodiscard]] std::unexpected<base::Error> no_name(std::string_view word,
                                                     std::string_view what) const {
    return base::fail(concat("'", base::printable(word, 40), "' is ", what, "; see 'hapair help ",
                             verb_.name, "'"));
  }

  [[nodiscard]] base::Result<void> check_sessions() const {
    if (verb_.verb != Verb::kSessions) return {};
    if (!line_.client.empty() && !may_be_name(line_.client, ':')) {
      return no_name(line_.client, "no address of a client");
    }
    int meant = 0;
    for (const std::string* one : {&line_.session, &line_.frontend, &line_.client, &line_.server}) {
      if (!one->empty()) ++meant;
    }
    if (meant > 1) {
      return base::fail(
          "sessions are chosen by one thing: an ID, --frontend, --client or --server; see 'hapair "
          "help sessions'");
    }
    if (line_.session_action == "close" && meant == 0) {
      return base::fail(
          "'hapair sessions close' needs an ID, --frontend, --client or --server; see 'hapair help "
          "sessions'");
    }
    return {};
  }

  base::Result<void> read_interval() {
    if (line_.interval_text.empty()) return {};
    const auto interval = base::parse_duration(line_.interval_text);
    if (!interval || *interval < CommandLine::kMinInterval ||
        *interval > CommandLine::kMaxInterval) {
      return base::fail(
          concat("option '--interval' takes a time from 100ms to 1h such as '2s', not '",
                 base::printable(line_.interval_text, 40), "'"));
    }
    line_.interval = *interval;
    return {};
  }

  base::Result<void> read_count() {
    if (line_.count_text.empty()) return {};
    const auto count = base::parse_unsigned(line_.count_text);
    if (!count || *count == 0 || *count > CommandLine::kMaxCount) {
      return base::fail(concat("option '--count' takes a whole number from 1 to ",
                               CommandLine::kMaxCount, ", not '",
                               base::printable(line_.count_text, 40), "'"));
    }
    if (!line_.json || line_.once) {
      return base::fail("'--count' goes with '--json' and without '--once'; see 'hapair help top'");
    }
    line_.count = *count;
    return {};
  }

  /// Nothing is missing, and nothing is too much.
  [[nodiscard]] base::Result<void> check_tables() const {
    const bool sets = line_.table_action == "set";
    const bool shows = line_.table_action == "show";
    if (!line_.table_action.empty() && line_.table.empty()) {
      return base::fail(concat("'hapair tables ", line_.table_action,
                               "' needs a table; see 'hapair help tables'"));
    }
    if (sets && line_.values.empty()) {
      return base::fail(
          "'hapair tables set' needs a client and what it is to have; see 'hapair help tables'");
    }
    const std::string_view more = shows && !line_.client.empty()   ? line_.client
                                  : !sets && !line_.values.empty() ? line_.values.front()
                                                                   : std::string_view();
    return more.empty() ? base::Result<void>() : one_too_many(more);
  }

  base::Result<void> option(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const Option* const row = find_option(verb_, name);
    if (row == nullptr) return unknown_option(name);
    if (row->on != nullptr) {
      if (equals != std::string_view::npos) {
        return base::fail(concat("option '", name, "' takes no value"));
      }
      line_.*row->on = true;
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

  base::Result<void> store(const Option& row, std::string value) {
    if (value.empty()) return base::fail(concat("option '", row.name, "' has an empty value"));
    if (row.text == &CommandLine::config && std::exchange(config_given_, true)) {
      return base::fail(concat("the config is given twice; see 'hapair help ", verb_.name, "'"));
    }
    if (row.text == &CommandLine::server && !names_server(value)) return no_server(value);
    if (row.list != nullptr) {
      (line_.*row.list).push_back(std::move(value));
    } else {
      line_.*row.text = std::move(value);
    }
    return {};
  }

  base::Result<void> unknown_option(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const OptionUse& use : verb_.options) names.push_back(use.option.name);
    return base::fail(concat("'", base::printable(name, 40), "' is no option of 'hapair ",
                             verb_.name, "'", did_you_mean(name, names), " 'hapair help ",
                             verb_.name, "'"));
  }

  base::Result<void> positional(std::string_view word) {
    // A variable of a script, say, that is not set: without it the order would be about all.
    if (word.empty()) {
      return base::fail(concat("an empty word names nothing; see 'hapair help ", verb_.name, "'"));
    }
    if (verb_.verb == Verb::kHelp && line_.help_topic.empty()) {
      if (find_command(word) == nullptr) return std::unexpected(unknown_verb(word).error());
      line_.help_topic = word;
      return {};
    }
    std::string CommandLine::* const into =
        positionals_ < verb_.words.size() ? verb_.words[positionals_] : nullptr;
    if (into != nullptr && !(into == &CommandLine::config && config_given_)) {
      ++positionals_;
      config_given_ = config_given_ || into == &CommandLine::config;
      if (into == &CommandLine::maintenance && !is_choice(word)) {
        return base::fail(concat("'", base::printable(word, 40), "' is neither 'on' nor 'off'"));
      }
      if (into == &CommandLine::server && !names_server(word)) return no_server(word);
      if (into == &CommandLine::state && !check::parse_order(word)) {
        return base::fail(concat("'", base::printable(word, 40),
                                 "' is no state of a server; see 'hapair help server'"));
      }
      if (into == &CommandLine::log_order && !is_choice(word)) {
        return base::fail(
            concat("'", base::printable(word, 40),
                   "' is no level, and neither 'on' nor 'off'; see 'hapair help log'"));
      }
      if (into == &CommandLine::table_action && !is_choice(word)) {
        return base::fail(
            concat("'", base::printable(word, 40), "' is neither 'show', 'set' nor 'clear'"));
      }
      if (into == &CommandLine::session_action && !is_choice(word)) {
        return base::fail(
            concat("'", base::printable(word, 40), "' is not 'close'; see 'hapair help sessions'"));
      }
      line_.*into = word;
      return {};
    }
    if (verb_.verb == Verb::kTables) {
      line_.values.emplace_back(word);
      return {};
    }
    return one_too_many(word);
  }

  [[nodiscard]] bool is_choice(std::string_view word) const {
    return std::ranges::find(verb_.choices, word) != verb_.choices.end();
  }
  [[nodiscard]] static bool names_server(std::string_view word) {
    const std::size_t slash = word.find('/');
    return slash != std::string_view::npos && may_be_name(word.substr(0, slash)) &&
           may_be_name(word.substr(slash + 1));
  }
  [[nodiscard]] static std::unexpected<base::Error> no_server(std::string_view word) {
    return base::fail(concat("'", base::printable(word, 140), "' is no BACKEND/SERVER"));
  }

  [[nodiscard]] base::Result<void> one_too_many(std::string_view word) const {
    return base::fail(concat("'", base::printable(word, 40),
                             "' is one word too many; see 'hapair help ", verb_.name, "'"));
  }

  const Command& verb_;
  std::span<const std::string> words_;
  CommandLine line_;
  bool config_given_ = false;
  bool only_words_ = false;  ///< what comes begins with no option, whatever it looks like
  std::size_t positionals_ = 0;
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
  const Command* row = find_command(verb);
  if (row == nullptr) return unknown_verb(verb);
  return VerbParser(*row, words.subspan(1)).parse();
}

}  // namespace hapair::cli
