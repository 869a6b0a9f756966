// The table's part about all that needs no running node.
#include "apps/hapair/cli/commands.hpp"

namespace hapair::cli {
namespace {

constexpr Option kKeepalivedOption{.name = "--keepalived",
                                   .value = "FILE",
                                   .completes = Completes::kFile,
                                   .list = &CommandLine::keepalived};
constexpr Option kAddressOption{
    .name = "--address", .value = "ADDRESS", .list = &CommandLine::addresses};
constexpr Option kOutputOption{.name = "--output",
                               .short_name = "-o",
                               .value = "FILE",
                               .completes = Completes::kFile,
                               .text = &CommandLine::output};
constexpr Option kSecretsOption{.name = "--secrets",
                                .value = "DIR",
                                .completes = Completes::kFolder,
                                .text = &CommandLine::secrets};
constexpr Option kForceOption{.name = "--force", .on = &CommandLine::force};
constexpr Option kReportJsonOption{.name = "--report-json", .on = &CommandLine::report_json};
constexpr Option kKeepalivedVersionOption{
    .name = "--keepalived-version", .value = "VERSION", .text = &CommandLine::keepalived_version};
constexpr Option kExplainOption{
    .name = "--explain", .value = "KEYWORD", .text = &CommandLine::keyword};

Command import_command() {
  return {
      .verb = Verb::kImport,
      .name = "import",
      .summary = "make a config of those of keepalived and HAProxy",
      .usages = {"[--keepalived FILE]... [--haproxy FILE]... [-o FILE] [options]",
                 "--explain KEYWORD"},
      .text = {"Makes one config of the files of keepalived, one of each node, and HAProxy, and "
               "accounts for each of their lines: kept, changed, not needed, not supported or "
               "wrong."},
      .options =
          {{kKeepalivedOption, "the keepalived.conf of a node; once for each node"},
           {kHaproxyOption, "an haproxy.cfg, or a folder of such; may be given several times"},
           {kAddressOption,
            "a node's own address, in the order of the --keepalived files, where these don't tell "
            "it"},
           {kOutputOption,
            "write the config there and the report to stdout (default: the config to stdout, the "
            "report to stderr, and no secrets)"},
           {kSecretsOption,
            "where passwords and keys go, each in a file for its owner only (default: the folder "
            "of the output)"},
           {kForceOption, "write over files that are there"},
           {kReportJsonOption, "the report as JSON"},
           {kKeepalivedVersionOption, "whose defaults hold, 1.2 to 2.4 (default 2.2)"},
           {kHaproxyVersionOption, "whose defaults hold, 2.4 to 3.4 (default 3.0)"},
           {kExplainOption, "tell how a keyword is treated"}},
      .exits = {{0, "done"},
                {1, "a file can't be written"},
                kUsageExit,
                {3, "the result has faults"},
                {4, "a file can't be read"},
                {5, "done, but the report names something that you must decide"}}};
}

}  // namespace

std::vector<Command> import_commands() {
  return {import_command(),
          {.verb = Verb::kVersion,
           .name = "version",
           .summary = "print the version",
           .usages = {"[options]"},
           .text = {"Prints the version."},
           .options = {{kOwnJsonOption, "print it as JSON"}},
           .exits = {{0, "printed"}, kUsageExit}},
          {.verb = Verb::kHelp,
           .name = "help",
           .summary = "print this, or the page of a command",
           .usages = {"[COMMAND]"},
           .text = {"Prints the overview, or the page of one command."},
           .exits = {{0, "printed"}, kUsageExit}}};
}

}  // namespace hapair::cli
