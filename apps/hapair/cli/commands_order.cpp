// The table's part about orders to the running node.
#include "apps/hapair/cli/commands.hpp"

namespace hapair::cli {
namespace {

constexpr Option kDrainOption{.name = "--drain", .on = &CommandLine::drain};
constexpr Option kYesOption{.name = "--yes", .on = &CommandLine::yes};
constexpr Option kWriteOption{.name = "--write", .on = &CommandLine::write};
constexpr Option kReloadOption{.name = "--reload", .on = &CommandLine::reload};

std::vector<ExitCode> order_exits() {
  return {{0, "done"}, {1, "refused, or the answer was no good"}, kUsageExit, kAccessExit};
}

Command maintenance_command() {
  return {.verb = Verb::kMaintenance,
          .name = "maintenance",
          .summary = "take it out of the election, or back in",
          .usages = {"[options] on|off [VIP]"},
          .text = {"Takes this node out of the election of a VIP, or of all, and back in. It "
                   "finishes running requests first and hands over to a peer in order, and stays "
                   "out until it is told otherwise, over restarts too."},
          .options = {kJson, kAskedDir, kSocket},
          .exits = order_exits(),
          .words = {&CommandLine::maintenance, &CommandLine::vip},
          .least = 1,
          .needs = "'on' or 'off'",
          .choices = {"on", "off"}};
}

Command step_down_command() {
  return {
      .verb = Verb::kStepDown,
      .name = "step-down",
      .summary = "give its VIPs to the peer",
      .usages = {"[options] [VIP]"},
      .text = {"Gives a VIP that this node is master of, or all, to a peer that says it could "
               "take over. This node stays ready, and takes nothing back while the peer is "
               "there."},
      .options = {{kDrainOption, "finish running requests first (process.drain_timeout at most)"},
                  kJson,
                  kAskedDir,
                  kSocket},
      .exits = order_exits(),
      .words = {&CommandLine::vip}};
}

Command drill_command() {
  return {.verb = Verb::kDrill,
          .name = "drill",
          .summary = "give its VIPs to the peer and take them back, as an exercise",
          .usages = {"[options] [VIP]"},
          .text = {"Run on the master: checks that the peer could take over, gives it the VIP (or "
                   "all that this node is master of) when running requests are finished, takes it "
                   "back whatever failback says, and reports what that took: how long there was no "
                   "master, when the network knew, requests that failed, connections that had to "
                   "be reset.",
                   "If the peer is not fit for it nothing is moved, and the reasons are told; if "
                   "it dies in mid drill the node takes the VIP back by itself."},
          .options = {{kYesOption, "ask nobody first"},
                      {kJsonOption, "print the result as JSON"},
                      kAskedDir,
                      kSocket},
          .exits = {{0, "all was right"},
                    {1, "something was not, or the drill is refused"},
                    kUsageExit,
                    kAccessExit},
          .words = {&CommandLine::vip}};
}

Command drift_command() {
  return {.verb = Verb::kDrift,
          .name = "drift",
          .summary = "show what was changed at run time, or put it into the file",
          .usages = {"[options]"},
          .text = {"Shows what was changed while the node runs and is otherwise in its file: "
                   "weights, servers that were added or removed, orders to servers, maintenance. "
                   "A reload ends the first three."},
          .options = {{kWriteOption,
                       "put into the file what it can say; run as root. Comments and layout stay; "
                       "a result with faults is not written"},
                      {kReloadOption, "with --write: have the node read the file then"},
                      {kConfigOption, "that file (default /etc/hapair/hapair.json)"},
                      kJson,
                      kAskedDir,
                      kSocket},
          .exits = {{0, "there is none, or it was written"},
                    {1, "it can't be written"},
                    kUsageExit,
                    {3, "the file would have faults"},
                    {4, "a file or the socket is out of reach"},
                    {10, "there is some (with --write: none that the file can say)"}}};
}

Command server_command() {
  return {.verb = Verb::kServer,
          .name = "server",
          .summary = "drain a server, take it out, or give it back",
          .usages = {"[options] BACKEND/SERVER STATE"},
          .text = {"Gives a server an order, which is laid over what its checks say, on this node "
                   "and until it is restarted. STATE is one of"},
          .terms = {{"drain", "no new traffic; what it has goes on"},
                    {"maintenance", "no new traffic, and it counts as out for what VIPs track"},
                    {"force-up", "up, whatever is found"},
                    {"force-down", "down, whatever is found"},
                    {"ready", "what its checks say holds again"}},
          .options = {kJson, kAskedDir, kSocket},
          .exits = order_exits(),
          .words = {&CommandLine::server, &CommandLine::state},
          .least = 2,
          .needs = "a server and its state",
          .choices = {"drain", "maintenance", "force-up", "force-down", "ready"}};
}

Command drain_command() {
  return {.verb = Verb::kDrain,
          .name = "drain",
          .summary = "no new traffic for a server",
          .usages = {"[options] BACKEND/SERVER"},
          .text = {"Short for 'hapair server BACKEND/SERVER drain': the server gets no new "
                   "traffic, and what it has goes on."},
          .options = {kJson, kAskedDir, kSocket},
          .exits = order_exits(),
          .examples = {{"Take a server out before its machine is restarted, and back in after:",
                        "hapair drain web_server/node1; ...; hapair ready web_server/node1"}},
          .words = {&CommandLine::server},
          .least = 1,
          .needs = "a BACKEND/SERVER"};
}

Command ready_command() {
  return {.verb = Verb::kReady,
          .name = "ready",
          .summary = "give a server back to its checks",
          .usages = {"[options] BACKEND/SERVER"},
          .text = {"Short for 'hapair server BACKEND/SERVER ready': orders to the server are over, "
                   "and what its checks say holds again."},
          .options = {kJson, kAskedDir, kSocket},
          .exits = order_exits(),
          .words = {&CommandLine::server},
          .least = 1,
          .needs = "a BACKEND/SERVER"};
}

Command weight_command() {
  return {
      .verb = Verb::kWeight,
      .name = "weight",
      .summary = "give a server more or less of the traffic",
      .usages = {"[options] BACKEND/SERVER WEIGHT"},
      .text = {"Sets a server's weight, 0 (no new requests) to 256, or percent of what the file "
               "says, such as 50%. That holds until the file is read anew; see 'hapair drift'."},
      .options = {kJson, kAskedDir, kSocket},
      .exits = order_exits(),
      .words = {&CommandLine::server, &CommandLine::weight},
      .least = 2,
      .needs = "a server and its weight"};
}

Command add_command() {
  return {
      .verb = Verb::kAdd,
      .name = "add",
      .summary = "add a server to a backend",
      .usages = {"[options] BACKEND/SERVER ADDRESS:PORT [WEIGHT]"},
      .text = {"Adds a server while the node runs. It gets traffic when the backend's check of "
               "it is good. That holds until the file is read anew; 'hapair drift --write' puts "
               "it into the file."},
      .options = {kJson, kAskedDir, kSocket},
      .exits = order_exits(),
      .words = {&CommandLine::server, &CommandLine::address, &CommandLine::weight},
      .least = 2,
      .needs = "a server and its address"};
}

Command remove_command() {
  return {
      .verb = Verb::kRemove,
      .name = "remove",
      .summary = "remove a server from a backend",
      .usages = {"[options] BACKEND/SERVER"},
      .text = {"Removes a server while the node runs: it gets nothing new, and what it has goes "
               "on to its end. That holds until the file is read anew; 'hapair drift --write' "
               "takes it out of the file."},
      .options = {kJson, kAskedDir, kSocket},
      .exits = order_exits(),
      .words = {&CommandLine::server},
      .least = 1,
      .needs = "a BACKEND/SERVER"};
}

Command announce_command() {
  return {.verb = Verb::kAnnounce,
          .name = "announce",
          .summary = "tell the network again where a VIP is",
          .usages = {"[options] VIP"},
          .text = {"Run on the master: sends gratuitous ARP messages, or unsolicited neighbour "
                   "advertisements, for the VIP's addresses, as after a takeover."},
          .options = {kJson, kAskedDir, kSocket},
          .exits = order_exits(),
          .words = {&CommandLine::vip},
          .least = 1,
          .needs = "a VIP"};
}

Command tables_command() {
  return {
      .verb = Verb::kTables,
      .name = "tables",
      .summary = "show what is known of clients, set it, or forget it",
      .usages = {"[options] [show TABLE]", "[options] set TABLE CLIENT COUNTER=NUMBER...|SERVER",
                 "[options] clear TABLE [CLIENT]"},
      .text = {"Lists the tables of clients, or the clients in one that came last: what they "
               "are counted to have done, or which server they have. Sets that for one client, "
               "or forgets one or all, on this node and until it is restarted."},
      .options = {kJson, kAskedDir, kSocket},
      .exits = {{0, "shown, or done"},
                {1, "there is no such table or client, or the answer was no good"},
                kUsageExit,
                kAccessExit},
      .words = {&CommandLine::table_action, &CommandLine::table, &CommandLine::client},
      .choices = {"show", "set", "clear"}};
}

Command log_command() {
  return {
      .verb = Verb::kLog,
      .name = "log",
      .summary = "show where records go, and have more or less of them written",
      .usages = {"[options] [TARGET error|warning|info|debug|on|off]"},
      .text = {"Lists the targets of records and access lines, with what each has written, held "
               "back and dropped; or has one write up to another level of the records, or stop "
               "and go on. That holds until a reload changes \"log\", or the node is "
               "restarted or upgraded. TARGET is its index in the list or its name."},
      .options = {kJson, kAskedDir, kSocket},
      .exits = order_exits(),
      .examples = {{"See more for a while:", "hapair log 0 debug; ...; hapair log 0 info"}},
      .words = {&CommandLine::log_target, &CommandLine::log_order},
      .choices = {"error", "warning", "info", "debug", "on", "off"}};
}

}  // namespace

std::vector<Command> order_commands() {
  return {maintenance_command(), step_down_command(), drill_command(),  announce_command(),
          drift_command(),       server_command(),    drain_command(),  ready_command(),
          weight_command(),      add_command(),       remove_command(), tables_command(),
          log_command()};
}

}  // namespace hapair::cli
