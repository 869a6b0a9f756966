// The table's part about asking the running node.
#include "apps/hapair/cli/commands.hpp"

namespace hapair::cli {
namespace {

constexpr Option kFollowOption{.name = "--follow", .short_name = "-f", .on = &CommandLine::follow};
constexpr Option kIntervalOption{
    .name = "--interval", .value = "TIME", .text = &CommandLine::interval_text};
constexpr Option kOnceOption{.name = "--once", .on = &CommandLine::once};
constexpr Option kCountOption{
    .name = "--count", .short_name = "-n", .value = "COUNT", .text = &CommandLine::count_text};
constexpr Option kFrontendOption{
    .name = "--frontend", .value = "NAME", .text = &CommandLine::frontend};
constexpr Option kClientOption{
    .name = "--client", .value = "ADDRESS", .text = &CommandLine::client};
constexpr Option kServerOption{
    .name = "--server", .value = "BACKEND/SERVER", .text = &CommandLine::server};

std::vector<ExitCode> ask_exits() {
  return {{0, "shown"}, {1, "the answer was no good"}, kUsageExit, kAccessExit};
}

Command status_command() {
  return {.verb = Verb::kStatus,
          .name = "status",
          .summary = "show what the running node is doing",
          .usages = {"[options]"},
          .text = {"Shows what the hapair that runs on this host is doing: role of each VIP and "
                   "why, health of every server, traffic."},
          .options = {kJson, kNoColor, kAskedDir, kSocket},
          .exits = ask_exits()};
}

Command top_command() {
  return {.verb = Verb::kTop,
          .name = "top",
          .summary = "watch it: a full screen that goes on",
          .usages = {"[options]"},
          .text = {"Shows on a whole terminal, again and again, who is master and why, whether the "
                   "peer is there, rates, sessions, health of the servers, how long requests take, "
                   "and the last events. It goes on while the node is away, and says so. Rates are "
                   "worked out from what was counted between two looks.",
                   "These keys are heard:"},
          .terms = {{"q", "leave; so does Ctrl-C"},
                    {"Tab", "the next view: servers, VIPs, frontends, events; 1 to 4 choose one"},
                    {"s", "sort by the next column; r turns the order round"},
                    {"f", "only what is not well, or all again"},
                    {"p", "pause, or go on"},
                    {"Up or Down", "move through a list that is longer than the screen"},
                    {"h or ?", "the keys"}},
          .options = {{kIntervalOption, "between two looks, 100ms to 1h (default 1s)"},
                      {kOnceOption,
                       "print one frame without colours and leave, for scripts; as "
                       "large as COLUMNS and LINES say, else 80 by 24. With --json, one line"},
                      {kJsonOption,
                       "print a line of JSON for each look, from the second one on, until it is "
                       "interrupted"},
                      {kCountOption, "with --json: leave after so many looks"},
                      kNoColor,
                      kAskedDir,
                      kSocket},
          .exits = {{0, "left as told"},
                    {1, "the answer was no good"},
                    {2, "wrong usage, or no terminal"},
                    {4, "nobody answers or no permission (with --once or --json)"}},
          .examples = {
              {"Look every five seconds:", "hapair top --interval 5s"},
              {"Requests a second, ten times:", "hapair top --json -n 10 | jq .rates.requests"}}};
}

Command servers_command() {
  return {.verb = Verb::kServers,
          .name = "servers",
          .summary = "show every server, or those of a backend",
          .usages = {"[options] [BACKEND]"},
          .text = {"Lists the servers with their state and since when, the weight that they have "
                   "now, sessions, traffic, errors, what the last check found and when, and why "
                   "they are what they are."},
          .options = {kJson, kNoColor, kAskedDir, kSocket},
          .exits = {{0, "shown"},
                    {1, "the answer was no good, or there is no such backend"},
                    kUsageExit,
                    kAccessExit},
          .words = {&CommandLine::backend}};
}

Command sessions_command() {
  return {.verb = Verb::kSessions,
          .name = "sessions",
          .summary = "show client connections, or close some",
          .usages = {"[options]", "[options] close [ID]"},
          .text = {"Lists client connections and what they are doing, those that stand longest "
                   "first, at most 1000 of them. With close it ends one by its ID, or those of a "
                   "frontend, client or server: in order where nothing is under way, else by a "
                   "reset, so that nobody takes what was cut off for whole.",
                   "IN and OUT are the bytes of the requests that are under way; in mode tcp, of "
                   "the connection."},
          .options = {{kFrontendOption, "only those of a frontend"},
                      {kClientOption, "only those from an address"},
                      {kServerOption, "only those that a server is busy with"},
                      kJson,
                      kAskedDir,
                      kSocket},
          .exits = {{0, "shown, or closed"},
                    {1, "there is no such session, frontend or server, or the answer was no good"},
                    kUsageExit,
                    kAccessExit},
          .examples = {{"Close all connections of a client:",
                        "hapair sessions close --client 192.0.2.7"}},
          .words = {&CommandLine::session_action, &CommandLine::session},
          .choices = {"close"}};
}

Command explain_command() {
  return {
      .verb = Verb::kExplain,
      .name = "explain",
      .summary = "tell why it is what it is",
      .usages = {"[options] [VIP]"},
      .text = {"Tells in sentences why this node is what it is for a VIP, or for each: its role "
               "and since when, what that rests on, who else was heard, and what happened "
               "before."},
      .options = {kJson, kAskedDir, kSocket},
      .exits = ask_exits(),
      .words = {&CommandLine::vip}};
}

Command why_not_command() {
  return {.verb = Verb::kWhyNot,
          .name = "why-not",
          .summary = "tell what keeps it from being master",
          .usages = {"[options] [VIP]"},
          .text = {"Tells what keeps this node from being master of a VIP, or of each, the "
                   "weightiest first."},
          .options = {kJson, kAskedDir, kSocket},
          .exits = ask_exits(),
          .words = {&CommandLine::vip}};
}

Command events_command() {
  return {.verb = Verb::kEvents,
          .name = "events",
          .summary = "show what it decided and why",
          .usages = {"[options]"},
          .text = {"Shows what the running worker decided and why, oldest first: changes of role "
                   "and priority, alarms, health, orders. Each has a number, and where another led "
                   "to it, that one's."},
          .options = {{kFollowOption, "go on with what comes, over a restart of the worker too"},
                      kJson,
                      kAskedDir,
                      kSocket},
          .exits = ask_exits()};
}

Command errors_command() {
  return {.verb = Verb::kErrors,
          .name = "errors",
          .summary = "show the last malformed requests and responses",
          .usages = {"[options]"},
          .text = {"Shows the last malformed request that each frontend got and the last malformed "
                   "response of each backend: which rule was broken, where, by whom and when, and "
                   "the bytes around."},
          .options = {kJson, kAskedDir, kSocket},
          .exits = ask_exits()};
}

}  // namespace

std::vector<Command> look_commands() {
  return {status_command(),  top_command(),     servers_command(), sessions_command(),
          explain_command(), why_not_command(), events_command(),  errors_command()};
}

}  // namespace hapair::cli
