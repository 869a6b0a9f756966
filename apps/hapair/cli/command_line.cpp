#include "apps/hapair/cli/command_line.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "common/base/text.hpp"
#include "libcheck/core/target.hpp"

namespace hapair::cli {
namespace {

using base::concat;

struct VerbRow {
  Verb verb;
  std::string_view name;
  std::string_view help;
  /// Where positional words go, in order; null: there is none.
  std::array<std::string CommandLine::*, 3> words{};
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
    "      --haproxy FILE     run this haproxy.cfg, imported, in place of a config; repeatable\n"
    "      --haproxy-version VERSION  whose defaults hold for it, 2.4 to 3.4 (default 3.0)\n"
    "\n"
    "Signals: TERM and INT hand the VIPs over and leave; a second one cuts the waiting short.\n"
    "USR2 does what 'hapair upgrade' does.\n"
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

// The options of every command that asks the running node.
#define HAPAIR_SOCKET_HELP                                                                 \
  "      --json             print the answer as JSON\n"                                    \
  "      --runtime-dir DIR  where it runs (default /run/hapair)\n"                         \
  "      --socket PATH      its control socket (default DIR/control.sock)\n"               \
  "\n"                                                                                     \
  "Exit codes: 0 shown, 1 the answer was no good, 2 wrong usage, 4 nobody answers or no\n" \
  "permission.\n"

constexpr std::string_view kExplainHelp =
    "Usage: hapair explain [options] [VIP]\n"
    "\n"
    "Tells in sentences why this node is what it is for a VIP, or for each: its role and since\n"
    "when, what that rests on, who else was heard, and what happened before.\n"
    "\n" HAPAIR_SOCKET_HELP;

constexpr std::string_view kWhyNotHelp =
    "Usage: hapair why-not [options] [VIP]\n"
    "\n"
    "Tells what keeps this node from being master of a VIP, or of each, the weightiest first.\n"
    "\n" HAPAIR_SOCKET_HELP;

constexpr std::string_view kEventsHelp =
    "Usage: hapair events [options]\n"
    "\n"
    "Shows what the running worker decided and why, oldest first: changes of role and priority,\n"
    "alarms, health, orders. Each has a number, and where another led to it, that one's.\n"
    "\n"
    "  -f, --follow           go on with what comes, over a restart of the worker "
    "too\n" HAPAIR_SOCKET_HELP;

constexpr std::string_view kErrorsHelp =
    "Usage: hapair errors [options]\n"
    "\n"
    "Shows the last malformed request that each frontend got and the last malformed response of\n"
    "each backend: which rule was broken, where, by whom and when, and the bytes around.\n"
    "\n" HAPAIR_SOCKET_HELP;

constexpr std::string_view kDiffHelp =
    "Usage: hapair diff [options] [FILE]\n"
    "       hapair diff [options] OLD NEW\n"
    "\n"
    "Shows what a reload would change, in words: FILE (/etc/hapair/hapair.json unless given)\n"
    "against what the running node has, or NEW against OLD. What is secret is never shown.\n"
    "\n"
    "  -c, --config FILE      the same as FILE\n"
    "      --node NAME        which node to look at, for OLD and NEW; found out unless given\n"
    "\n"
    "Exit codes: 0 nothing changes, 10 something does, 11 a reload would be refused\n"
    "(told to root only), 3 FILE has faults, 4 a file or the socket is out of reach.\n"
    "\n" HAPAIR_SOCKET_HELP;

constexpr std::string_view kReloadHelp =
    "Usage: hapair reload [options]\n"
    "\n"
    "Has the running node read its configuration anew, waits for the end, and shows what has\n"
    "changed. A configuration with faults, or one that can't be applied, is refused whole: all\n"
    "faults are shown, and nothing changes (exit code 3).\n"
    "\n" HAPAIR_SOCKET_HELP;

constexpr std::string_view kMaintenanceHelp =
    "Usage: hapair maintenance [options] on|off [VIP]\n"
    "\n"
    "Takes this node out of the election of a VIP, or of all, and back in. It hands over to a\n"
    "peer in order, and stays out until it is told otherwise, over restarts too.\n"
    "\n" HAPAIR_SOCKET_HELP;

constexpr std::string_view kStepDownHelp =
    "Usage: hapair step-down [options] [VIP]\n"
    "\n"
    "Gives a VIP that this node is master of, or all, to a peer that says it could take over. "
    "This\n"
    "node stays ready, and takes nothing back while the peer is there.\n"
    "\n"
    "      --drain            finish running requests first (process.drain_timeout at "
    "most)\n" HAPAIR_SOCKET_HELP;

constexpr std::string_view kDrillHelp =
    "Usage: hapair drill [options] [VIP]\n"
    "\n"
    "Run on the master: checks that the peer could take over, gives it the VIP (or all that this\n"
    "node is master of) in order, takes it back, and reports what that took: how long there was "
    "no\n"
    "master, when the network knew, requests that failed, connections that had to be reset.\n"
    "\n"
    "      --yes              ask nobody first\n"
    "      --json             print the result as JSON\n"
    "      --runtime-dir DIR  where it runs (default /run/hapair)\n"
    "      --socket PATH      its control socket (default DIR/control.sock)\n"
    "\n"
    "Exit codes: 0 all was right, 1 something was not, or the drill is refused, 2 wrong usage, 4\n"
    "nobody answers or no permission.\n";

constexpr std::string_view kDriftHelp =
    "Usage: hapair drift [options]\n"
    "\n"
    "Shows what was changed while the node runs and is otherwise in its file: weights, servers\n"
    "that were added or removed, orders to servers, maintenance. A reload ends the first three.\n"
    "\n"
    "      --write            put into the file what it can say; run as root. Comments and layout\n"
    "                         stay; a result with faults is not written\n"
    "      --reload           with --write: have the node read the file then\n"
    "  -c, --config FILE      that file (default /etc/hapair/hapair.json)\n"
    "      --json             print the answer as JSON\n"
    "      --runtime-dir DIR  where it runs (default /run/hapair)\n"
    "      --socket PATH      its control socket (default DIR/control.sock)\n"
    "\n"
    "Exit codes: 0 there is none, or it was written, 10 there is some, 1 it can't be written, 2\n"
    "wrong usage, 3 the file would have faults, 4 a file or the socket is out of reach.\n";

constexpr std::string_view kServerHelp =
    "Usage: hapair server [options] BACKEND/SERVER STATE\n"
    "\n"
    "Gives a server an order, which is laid over what its checks say, on this node and until it "
    "is\n"
    "restarted. STATE is one of\n"
    "\n"
    "  drain        no new traffic; what it has goes on\n"
    "  maintenance  no new traffic, and it counts as out for what VIPs track\n"
    "  force-up     up, whatever is found\n"
    "  force-down   down, whatever is found\n"
    "  ready        what its checks say holds again\n"
    "\n" HAPAIR_SOCKET_HELP;

constexpr std::string_view kTablesHelp =
    "Usage: hapair tables [options] [show TABLE]\n"
    "       hapair tables [options] set TABLE CLIENT COUNTER=NUMBER...|SERVER\n"
    "       hapair tables [options] clear TABLE [CLIENT]\n"
    "\n"
    "Lists the tables of clients, or the clients in one that came last: what they are counted to\n"
    "have done, or which server they have. Sets that for one client, or forgets one or all, on\n"
    "this node and until it is restarted.\n"
    "\n" HAPAIR_SOCKET_HELP;

constexpr std::string_view kImportHelp =
    "Usage: hapair import [--keepalived FILE]... [--haproxy FILE]... [-o FILE] [options]\n"
    "       hapair import --explain KEYWORD\n"
    "\n"
    "Makes one config of the files of keepalived and HAProxy, and accounts for each of their "
    "lines:\n"
    "kept, changed, not needed, not supported or wrong.\n"
    "\n"
    "      --keepalived FILE  the keepalived.conf of a node; once for each node\n"
    "      --haproxy FILE     an haproxy.cfg, or a folder of such; may be given several times\n"
    "      --address ADDRESS  a node's own address, in the order of the --keepalived files, where\n"
    "                         these don't tell it\n"
    "  -o, --output FILE      write the config there and the report to stdout (default: the "
    "config\n"
    "                         to stdout, the report to stderr, and no secrets)\n"
    "      --secrets DIR      where passwords and keys go, each in a file for its owner only\n"
    "                         (default: the folder of the output)\n"
    "      --force            write over files that are there\n"
    "      --report-json      the report as JSON\n"
    "      --keepalived-version VERSION  whose defaults hold, 1.2 to 2.4 (default 2.2)\n"
    "      --haproxy-version VERSION     whose defaults hold, 2.4 to 3.4 (default 3.0)\n"
    "      --explain KEYWORD  tell how a keyword is treated\n"
    "\n"
    "Exit codes: 0 done, 1 a file can't be written, 2 wrong usage, 3 the result has faults, 4 a "
    "file\n"
    "can't be read, 5 done, but the report names something that you must decide.\n";

constexpr std::string_view kLogHelp =
    "Usage: hapair log [options] [TARGET error|warning|info|debug|on|off]\n"
    "\n"
    "Lists the log targets, or has one write more or less of the records, or stop and go on. That\n"
    "holds until the config's \"log\" changes or the node is restarted. TARGET is its index in "
    "the\n"
    "list or its name.\n"
    "\n" HAPAIR_SOCKET_HELP;

constexpr std::string_view kUpgradeHelp =
    "Usage: hapair upgrade [options]\n"
    "\n"
    "Starts the program that is on disk now and has it take the running one's place: VIPs,\n"
    "listening sockets, health, tables and counters go over, adverts do not pause, and what runs\n"
    "is finished by the old one. Where the new one does not prove itself, nothing changes.\n"
    "\n" HAPAIR_SOCKET_HELP;

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
    "  run          run this node\n"
    "  check        validate a config\n"
    "  diff         show what a reload would change\n"
    "  reload       take a changed config\n"
    "  status       show what the running node is doing\n"
    "  explain      tell why it is what it is\n"
    "  why-not      tell what keeps it from being master\n"
    "  events       show what it decided and why\n"
    "  errors       show the last malformed requests and responses\n"
    "  maintenance  take it out of the election, or back in\n"
    "  step-down    give its VIPs to the peer\n"
    "  drill        give its VIPs to the peer and take them back, as an exercise\n"
    "  drift        show what was changed at run time, or put it into the file\n"
    "  server       drain a server, take it out, or give it back\n"
    "  tables       show what is known of clients, set it, or forget it\n"
    "  log          show where records go, and have more or less of them written\n"
    "  import       make a config of those of keepalived and HAProxy\n"
    "  upgrade      have the program that is on disk now take over\n"
    "  version      print the version\n"
    "  help         print this, or the page of a command\n"
    "\n"
    "Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 faults in the config, 4 a file or socket is out\n"
    "of reach. The config is described in hapair.json(5), the commands in hapair(8).\n";

constexpr std::array<VerbRow, 19> kVerbs{
    {{Verb::kRun, "run", kRunHelp},
     {Verb::kCheck, "check", kCheckHelp, {&CommandLine::config}},
     {Verb::kDiff, "diff", kDiffHelp, {&CommandLine::config, &CommandLine::other}},
     {Verb::kReload, "reload", kReloadHelp},
     {Verb::kStatus, "status", kStatusHelp},
     {Verb::kExplain, "explain", kExplainHelp, {&CommandLine::vip}},
     {Verb::kWhyNot, "why-not", kWhyNotHelp, {&CommandLine::vip}},
     {Verb::kEvents, "events", kEventsHelp},
     {Verb::kErrors, "errors", kErrorsHelp},
     {Verb::kMaintenance,
      "maintenance",
      kMaintenanceHelp,
      {&CommandLine::maintenance, &CommandLine::vip}},
     {Verb::kStepDown, "step-down", kStepDownHelp, {&CommandLine::vip}},
     {Verb::kDrill, "drill", kDrillHelp, {&CommandLine::vip}},
     {Verb::kDrift, "drift", kDriftHelp},
     {Verb::kServer, "server", kServerHelp, {&CommandLine::server, &CommandLine::state}},
     {Verb::kTables,
      "tables",
      kTablesHelp,
      {&CommandLine::table_action, &CommandLine::table, &CommandLine::client}},
     {Verb::kLog, "log", kLogHelp, {&CommandLine::log_target, &CommandLine::log_order}},
     {Verb::kImport, "import", kImportHelp},
     {Verb::kUpgrade, "upgrade", kUpgradeHelp},
     {Verb::kVersion, "version", kVersionHelp},
     {Verb::kHelp, "help", kHelpHelp}}};

constexpr std::array<std::string_view, 6> kLogOrders{"error", "warning", "info",
                                                     "debug", "on",      "off"};

constexpr std::initializer_list<Verb> kAsking = {
    Verb::kStatus,      Verb::kExplain, Verb::kWhyNot, Verb::kEvents,   Verb::kErrors,
    Verb::kMaintenance, Verb::kServer,  Verb::kTables, Verb::kStepDown, Verb::kDrill,
    Verb::kUpgrade,     Verb::kDiff,    Verb::kReload, Verb::kLog,      Verb::kDrift};

struct OptionRow {
  std::string_view name;
  std::string_view short_name;
  std::string CommandLine::* text;  ///< where the value goes; null for a switch
  bool CommandLine::* on;           ///< what a switch sets
  std::vector<Verb> verbs;
  std::vector<std::string> CommandLine::* list = nullptr;  ///< where each value goes, if many may
};

std::vector<Verb> asking_and(std::initializer_list<Verb> more) {
  std::vector<Verb> verbs(kAsking);
  verbs.insert(verbs.end(), more);
  return verbs;
}

const std::vector<OptionRow>& options() {
  static const std::vector<OptionRow> kOptions{
      {"--config",
       "-c",
       &CommandLine::config,
       nullptr,
       {Verb::kRun, Verb::kCheck, Verb::kDiff, Verb::kDrift}},
      {"--node", "", &CommandLine::node, nullptr, {Verb::kRun, Verb::kCheck, Verb::kDiff}},
      {"--runtime-dir", "", &CommandLine::runtime_dir, nullptr, asking_and({Verb::kRun})},
      {"--socket", "", &CommandLine::socket, nullptr, asking_and({})},
      {"--follow", "-f", nullptr, &CommandLine::follow, {Verb::kEvents}},
      {"--drain", "", nullptr, &CommandLine::drain, {Verb::kStepDown}},
      {"--yes", "", nullptr, &CommandLine::yes, {Verb::kDrill}},
      {"--write", "", nullptr, &CommandLine::write, {Verb::kDrift}},
      {"--reload", "", nullptr, &CommandLine::reload, {Verb::kDrift}},
      {"--keepalived", "", nullptr, nullptr, {Verb::kImport}, &CommandLine::keepalived},
      {"--haproxy", "", nullptr, nullptr, {Verb::kImport, Verb::kRun}, &CommandLine::haproxy},
      {"--address", "", nullptr, nullptr, {Verb::kImport}, &CommandLine::addresses},
      {"--output", "-o", &CommandLine::output, nullptr, {Verb::kImport}},
      {"--secrets", "", &CommandLine::secrets, nullptr, {Verb::kImport}},
      {"--force", "", nullptr, &CommandLine::force, {Verb::kImport}},
      {"--report-json", "", nullptr, &CommandLine::report_json, {Verb::kImport}},
      {"--keepalived-version", "", &CommandLine::keepalived_version, nullptr, {Verb::kImport}},
      {"--haproxy-version",
       "",
       &CommandLine::haproxy_version,
       nullptr,
       {Verb::kImport, Verb::kRun}},
      {"--explain", "", &CommandLine::keyword, nullptr, {Verb::kImport}},
      {"--json", "", nullptr, &CommandLine::json, asking_and({Verb::kCheck})}};
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
    if (verb_.verb == Verb::kMaintenance && line_.maintenance.empty()) {
      return base::fail("'hapair maintenance' needs 'on' or 'off'; see 'hapair help maintenance'");
    }
    if (verb_.verb == Verb::kServer && line_.state.empty()) {
      return base::fail("'hapair server' needs a server and its state; see 'hapair help server'");
    }
    if (verb_.verb == Verb::kLog && !line_.log_target.empty() && line_.log_order.empty()) {
      return base::fail("'hapair log' needs a target and what it is to do; see 'hapair help log'");
    }
    if (verb_.verb == Verb::kRun && config_given_ && !line_.haproxy.empty()) {
      return base::fail("a config and --haproxy are one too many; see 'hapair help run'");
    }
    if (auto whole = check_tables(); !whole) return std::unexpected(whole.error());
    return line_;
  }

 private:
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
    const auto& rows = options();
    const auto row = std::ranges::find_if(rows, [&](const OptionRow& candidate) {
      return (name == candidate.name || (name == candidate.short_name && !name.empty())) &&
             std::ranges::find(candidate.verbs, verb_.verb) != candidate.verbs.end();
    });
    if (row == rows.end()) return unknown_option(name);
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

  base::Result<void> store(const OptionRow& row, std::string value) {
    if (value.empty()) return base::fail(concat("option '", row.name, "' has an empty value"));
    if (row.text == &CommandLine::config && std::exchange(config_given_, true)) {
      return base::fail(concat("the config is given twice; see 'hapair help ", verb_.name, "'"));
    }
    if (row.list != nullptr) {
      (line_.*row.list).push_back(std::move(value));
    } else {
      line_.*row.text = std::move(value);
    }
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
    // A variable of a script, say, that is not set: without it the order would be about all.
    if (word.empty()) {
      return base::fail(concat("an empty word names nothing; see 'hapair help ", verb_.name, "'"));
    }
    if (verb_.verb == Verb::kHelp && line_.help_topic.empty()) {
      if (find_verb(word) == nullptr) return std::unexpected(unknown_verb(word).error());
      line_.help_topic = word;
      return {};
    }
    std::string CommandLine::* const into =
        positionals_ < verb_.words.size() ? verb_.words[positionals_] : nullptr;
    if (into != nullptr && !(into == &CommandLine::config && config_given_)) {
      ++positionals_;
      config_given_ = config_given_ || into == &CommandLine::config;
      if (into == &CommandLine::maintenance && word != "on" && word != "off") {
        return base::fail(concat("'", base::printable(word, 40), "' is neither 'on' nor 'off'"));
      }
      if (into == &CommandLine::server && word.find('/') == std::string_view::npos) {
        return base::fail(concat("'", base::printable(word, 140), "' is no BACKEND/SERVER"));
      }
      if (into == &CommandLine::state && !check::parse_order(word)) {
        return base::fail(concat("'", base::printable(word, 40),
                                 "' is no state of a server; see 'hapair help server'"));
      }
      if (into == &CommandLine::log_order &&
          std::ranges::find(kLogOrders, word) == kLogOrders.end()) {
        return base::fail(
            concat("'", base::printable(word, 40),
                   "' is no level, and neither 'on' nor 'off'; see 'hapair help log'"));
      }
      if (into == &CommandLine::table_action && word != "show" && word != "set" &&
          word != "clear") {
        return base::fail(
            concat("'", base::printable(word, 40), "' is neither 'show', 'set' nor 'clear'"));
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

  [[nodiscard]] base::Result<void> one_too_many(std::string_view word) const {
    return base::fail(concat("'", base::printable(word, 40),
                             "' is one word too many; see 'hapair help ", verb_.name, "'"));
  }

  const VerbRow& verb_;
  std::span<const std::string> words_;
  CommandLine line_;
  bool config_given_ = false;
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
  const VerbRow* row = find_verb(verb);
  if (row == nullptr) return unknown_verb(verb);
  return VerbParser(*row, words.subspan(1)).parse();
}

std::string help_text(std::string_view topic) {
  const VerbRow* row = find_verb(topic);
  return std::string(row == nullptr ? kOverview : row->help);
}

}  // namespace hapair::cli
