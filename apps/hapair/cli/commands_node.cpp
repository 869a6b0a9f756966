// The table's part about running a node and changing its configuration.
#include "apps/hapair/cli/commands.hpp"

namespace hapair::cli {
namespace {

Command run_command() {
  return {.verb = Verb::kRun,
          .name = "run",
          .summary = "run this node",
          .usages = {"[options]"},
          .text = {"Runs this node in the foreground: a supervisor, a guardian that holds the "
                   "privileges, and a worker that holds none and does all the rest. Needs root."},
          .options =
              {{kConfigOption, "the config (default /etc/hapair/hapair.json)"},
               {kNodeOption,
                "which node of the config this is (default: found out by the nodes' addresses on "
                "this host, then by its host name)"},
               {kRuntimeDirOption, "ledger and control socket (default /run/hapair)"},
               {kHaproxyOption, "run this haproxy.cfg, imported, in place of a config; repeatable"},
               {kHaproxyVersionOption, "whose defaults hold for it, 2.4 to 3.4 (default 3.0)"}},
          .notes = {"Signals: TERM and INT hand the VIPs over and leave; a second one cuts the "
                    "waiting short. HUP does what 'hapair reload' does, USR2 what 'hapair upgrade' "
                    "does. USR1 begins the log files anew."},
          .exits = {{0, "left as told"},
                    {1, "failed"},
                    kUsageExit,
                    {3, "faults in the config"},
                    {4, "the config or the secret can't be read, or a right is missing"}}};
}

Command check_command() {
  return {.verb = Verb::kCheck,
          .name = "check",
          .summary = "validate a config",
          .usages = {"[options] [FILE]"},
          .text = {"Validates a config and prints every fault with its line, column, path, rule "
                   "and remedy."},
          .options = {{kConfigOption, "the config (default /etc/hapair/hapair.json)"},
                      {kNodeOption, "check it as this node"},
                      {kOwnJsonOption, "print the result as JSON"}},
          .exits = {{0, "no fault"}, kUsageExit, {3, "faults"}, {4, "the file can't be read"}},
          .examples = {{"Check a file before it is put in place:", "hapair check ./hapair.json"}},
          .words = {&CommandLine::config},
          .completes = Completes::kJsonFile};
}

Command diff_command() {
  return {.verb = Verb::kDiff,
          .name = "diff",
          .summary = "show what a reload would change",
          .usages = {"[options] [FILE]", "[options] OLD NEW"},
          .text = {"Shows what a reload would change and what it would refuse, in words: FILE "
                   "(/etc/hapair/hapair.json unless given) against what the running node has, or "
                   "NEW against OLD. What is secret is never shown."},
          .options = {{kConfigOption, "the same as FILE"},
                      {kNodeOption,
                       "which node to look at, for OLD and NEW; found out unless "
                       "given"},
                      kJson,
                      kAskedDir,
                      kSocket},
          .exits = {{0, "nothing changes"},
                    {1, "the answer was no good"},
                    kUsageExit,
                    {3, "FILE has faults"},
                    {4, "a file or the socket is out of reach"},
                    {10, "something changes"},
                    {11, "a reload would be refused (told to root only)"}},
          .words = {&CommandLine::config, &CommandLine::other},
          .completes = Completes::kJsonFile};
}

Command reload_command() {
  return {.verb = Verb::kReload,
          .name = "reload",
          .summary = "take a changed config",
          .usages = {"[options]"},
          .text = {"Has the running node read its configuration anew, waits for the end, and shows "
                   "what has changed. A configuration with faults, or one that can't be applied, "
                   "is refused whole: all faults are shown, and nothing changes."},
          .options = {kJson, kAskedDir, kSocket},
          .exits = {{0, "done"},
                    {1, "the answer was no good, or another reload is under way"},
                    kUsageExit,
                    {3, "refused"},
                    kAccessExit}};
}

Command upgrade_command() {
  return {
      .verb = Verb::kUpgrade,
      .name = "upgrade",
      .summary = "have the program that is on disk now take over",
      .usages = {"[options]"},
      .text = {"Starts the program that is on disk now and has it take the running one's "
               "place: VIPs, listening sockets, health, tables and counters go over, adverts "
               "do not pause, and what runs is finished by the old one. Where the new one does "
               "not prove itself within 20 seconds, nothing changes, and the command says "
               "why."},
      .options = {kJson, kAskedDir, kSocket},
      .exits = {
          {0, "the new one has taken over"}, {1, "nothing has changed"}, kUsageExit, kAccessExit}};
}

Command release_command() {
  return {.verb = Verb::kRelease,
          .name = "release",
          .summary = "take off what a node that was killed has left on this host",
          .usages = {"[options]"},
          .text = {"Takes off this host the VIPs, routes, rules and interfaces that the ledger of "
                   "an earlier run lists, puts the interfaces' ARP settings back, and tells the "
                   "peers by adverts of priority 0. The unit does this whenever the service has "
                   "ended; the next start would, too. Refused while hapair runs. Needs root."},
          .options = {{kRuntimeDirOption, "where the ledger is (default /run/hapair)"}},
          .exits = {{0, "nothing is left"},
                    {1, "hapair runs, or the kernel refused"},
                    kUsageExit,
                    {4, "a right is missing"}}};
}

}  // namespace

std::vector<Command> node_commands() {
  return {run_command(),    check_command(),   diff_command(),
          reload_command(), upgrade_command(), release_command()};
}

}  // namespace hapair::cli
