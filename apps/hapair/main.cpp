// hapair: one binary, several commands. Reads the command line and the environment, the only place
// that does, and hands over to the command.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/config/check_command.hpp"
#include "apps/hapair/config/diff_command.hpp"
#include "apps/hapair/config/write_command.hpp"
#include "apps/hapair/control/ask_command.hpp"
#include "apps/hapair/control/drift_command.hpp"
#include "apps/hapair/control/drill_command.hpp"
#include "apps/hapair/control/errors_command.hpp"
#include "apps/hapair/control/log_command.hpp"
#include "apps/hapair/control/reload_command.hpp"
#include "apps/hapair/control/run_time_command.hpp"
#include "apps/hapair/control/servers_command.hpp"
#include "apps/hapair/control/sessions_command.hpp"
#include "apps/hapair/control/status_command.hpp"
#include "apps/hapair/control/tables_command.hpp"
#include "apps/hapair/control/upgrade_command.hpp"
#include "apps/hapair/import/import_command.hpp"
#include "apps/hapair/logging/stderr_sink.hpp"
#include "apps/hapair/supervisor/supervisor.hpp"
#include "apps/hapair/top/top_command.hpp"
#include "apps/hapair/version.hpp"
#include "apps/hapair/wiring/file_config_source.hpp"
#include "apps/hapair/worker/worker_main.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace {

using hapair::cli::CommandLine;
using hapair::cli::Verb;

/// systemd sets JOURNAL_STREAM for a service whose output goes to the journal (systemd.exec(5)).
bool stderr_is_journal() { return std::getenv("JOURNAL_STREAM") != nullptr; }

int worker_main(hapair::supervisor::WorkerStart&& start) {
  return hapair::worker::run_worker(std::move(start), stderr_is_journal());
}

/// What the environment has, for ${VAR} in imported files.
std::map<std::string, std::string, std::less<>> environment() {
  std::map<std::string, std::string, std::less<>> out;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view entry(*each);
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    out.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return out;
}

/// The folder for what is imported to be run: the runtime folder, made where it is not there.
hapair::base::Result<std::string> imported_config(const CommandLine& line) {
  std::error_code error;
  std::filesystem::create_directories(line.runtime_dir, error);
  if (error) return hapair::base::fail(line.runtime_dir + ": " + error.message());
  const std::string folder = std::filesystem::absolute(line.runtime_dir, error).string();
  const auto made = hapair::importing::translate_haproxy({.haproxy = line.haproxy,
                                                          .haproxy_version = line.haproxy_version,
                                                          .environment = environment()},
                                                         folder);
  if (!made) return std::unexpected(made.error());
  std::cerr << made->report;
  return folder + "/imported.json";
}

/// Of a hapair that this one is to take the place of; -1: there is none.
int successor_channel() {
  const char* const told = std::getenv(hapair::supervisor::Successor::kVariable);
  if (told == nullptr) return -1;
  const auto number = hapair::base::parse_unsigned(told);
  ::unsetenv(hapair::supervisor::Successor::kVariable);
  return number && *number == hapair::supervisor::Successor::kChannelFd ? static_cast<int>(*number)
                                                                        : -1;
}

/// How long the service manager lets this process be silent (sd_watchdog_enabled(3)); zero: for
/// ever. What it told the process that it started holds for a successor too.
hapair::base::Duration watchdog_limit(bool successor) {
  const char* const limit = std::getenv("WATCHDOG_USEC");
  const char* const whom = std::getenv("WATCHDOG_PID");
  if (limit == nullptr) return {};
  if (whom != nullptr && !successor && std::to_string(::getpid()) != whom) return {};
  // To be told more often than it asks for does it no harm.
  constexpr std::uint64_t kLongest = std::uint64_t{3600} * 1000 * 1000;
  const auto number = hapair::base::parse_unsigned(limit);
  if (!number) return {};
  return std::chrono::microseconds(static_cast<std::int64_t>(std::min(*number, kLongest)));
}

/// Where this program is, also when a new one is put there; empty: that is not known.
std::string program_path() {
  std::array<char, 4096> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

int run(const CommandLine& given, const std::vector<std::string>& words) {
  CommandLine line = given;
  if (!line.haproxy.empty()) {
    auto config = imported_config(line);
    if (!config) {
      std::cerr << "hapair run: " << config.error().message << '\n';
      return hapair::cli::kExitConfig;
    }
    line.config = *std::move(config);
  }
  hapair::logging::StderrSink sink(stderr_is_journal());
  hapair::base::Logger log;
  log.add_sink(sink, hapair::base::LogLevel::kInfo);
  hapair::wiring::FileConfigSource config(line.config, line.node, line.control_socket(), log);
  const int successor = successor_channel();
  return hapair::supervisor::run({.runtime_dir = line.runtime_dir,
                                  .invocation = {.program = program_path(), .arguments = words},
                                  .successor = successor,
                                  .watchdog = watchdog_limit(successor >= 0)},
                                 config, &worker_main, log);
}

int release(const CommandLine& line) {
  hapair::logging::StderrSink sink(stderr_is_journal());
  hapair::base::Logger log;
  log.add_sink(sink, hapair::base::LogLevel::kInfo);
  return hapair::supervisor::release(line.runtime_dir, log, std::cout);
}

/// Absent: it can't be read, which has been said then.
std::optional<hapair::config::Host> host_for(std::string_view command) {
  auto host = hapair::config::read_host();
  if (host) return *std::move(host);
  std::cerr << "hapair " << command << ": " << host.error().message << '\n';
  return std::nullopt;
}

int check(const CommandLine& line) {
  auto host = host_for("check");
  if (!host) return hapair::cli::kExitFailed;
  host->now = hapair::event::wall_now();
  const auto report = hapair::config::check_command(
      {.file = line.config, .node = line.node, .json = line.json}, *host);
  std::cout << report.out;
  std::cerr << report.err;
  return report.exit_code;
}

int diff(const CommandLine& line) {
  const auto host = host_for("diff");
  if (!host) return hapair::cli::kExitFailed;
  hapair::config::DiffRequest request{.file = line.other.empty() ? line.config : line.other,
                                      .old_file = line.other.empty() ? std::string() : line.config,
                                      .running = {},
                                      .node = line.node,
                                      .json = line.json};
  if (line.other.empty()) {
    auto running = hapair::control::ask_for_config(line.control_socket(), std::cerr);
    if (!running) return running.error();
    request.running = std::move(running->text);
    request.hidden = running->hidden;
    request.node = running->node;
  }
  const auto report = hapair::config::diff_command(request, *host);
  std::cout << report.out;
  std::cerr << report.err;
  return report.exit_code;
}

bool may_colour(const CommandLine& line) {
  const char* const no_color = std::getenv("NO_COLOR");  // no-color.org: empty does not count
  return !line.no_color && ::isatty(STDOUT_FILENO) == 1 &&
         (no_color == nullptr || *no_color == '\0');
}

int status(const CommandLine& line) {
  return hapair::control::run_status(
      {.socket = line.control_socket(), .json = line.json, .colours = may_colour(line)}, std::cout,
      std::cerr);
}

/// A number of the environment that a screen's size may be; absent: there is none.
std::optional<std::size_t> size_told(const char* variable) {
  constexpr std::uint64_t kMost = 1000;
  const char* const text = std::getenv(variable);
  const auto number = text == nullptr ? std::nullopt : hapair::base::parse_unsigned(text);
  if (!number || *number == 0 || *number > kMost) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

int top(const CommandLine& line) {
  const char* const kind = std::getenv("TERM");
  const bool draws = kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
  hapair::top::TopCommand command{
      .socket = line.control_socket(),
      .interval = line.interval,
      .once = line.once,
      .json = line.json,
      .count = line.count,
      .terminal = draws && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1,
      .colours = may_colour(line)};
  command.size.columns = size_told("COLUMNS").value_or(command.size.columns);
  command.size.rows = size_told("LINES").value_or(command.size.rows);
  return hapair::top::run_top(command, std::cout, std::cerr);
}

int servers(const CommandLine& line) {
  return hapair::control::run_servers({.socket = line.control_socket(),
                                       .backend = line.backend,
                                       .json = line.json,
                                       .colours = may_colour(line)},
                                      std::cout, std::cerr);
}

int sessions(const CommandLine& line) {
  return hapair::control::run_sessions({.socket = line.control_socket(),
                                        .close = line.session_action == "close",
                                        .session = line.session,
                                        .frontend = line.frontend,
                                        .client = line.client,
                                        .server = line.server,
                                        .json = line.json},
                                       std::cout, std::cerr);
}

/// What `drain`, `ready` and `server` order a server to be.
std::string order_of(const CommandLine& line) {
  if (line.verb == Verb::kDrain) return "drain";
  return line.verb == Verb::kReady ? "ready" : line.state;
}

bool orders_server(Verb verb) {
  return verb == Verb::kServer || verb == Verb::kDrain || verb == Verb::kReady;
}

std::string_view name_of_order(Verb verb) {
  if (verb == Verb::kDrain) return "drain";
  return verb == Verb::kReady ? "ready" : "server";
}

int version(const CommandLine& line) {
  if (line.json) {
    std::puts(R"({"name": "hapair", "version": ")" HAPAIR_VERSION R"("})");
  } else {
    std::puts("hapair " HAPAIR_VERSION);
  }
  return hapair::cli::kExitOk;
}

/// The commands that ask the running node one question.
int ask(const CommandLine& line) {
  const hapair::control::AskCommand command{
      .verb = name_of_order(line.verb),
      .socket = line.control_socket(),
      .vip = line.vip,
      .server = line.server,
      .order = orders_server(line.verb) ? order_of(line) : line.maintenance,
      .json = line.json,
      .follow = line.follow,
      .drain = line.drain};
  if (line.verb == Verb::kExplain) {
    return hapair::control::run_explain(command, std::cout, std::cerr);
  }
  if (line.verb == Verb::kWhyNot) {
    return hapair::control::run_why_not(command, std::cout, std::cerr);
  }
  if (line.verb == Verb::kEvents) {
    return hapair::control::run_events(command, std::cout, std::cerr);
  }
  if (line.verb == Verb::kErrors) {
    return hapair::control::run_errors(command, std::cout, std::cerr);
  }
  if (line.verb == Verb::kStepDown) {
    return hapair::control::run_step_down(command, std::cout, std::cerr);
  }
  if (line.verb == Verb::kUpgrade) {
    return hapair::control::run_upgrade(command, std::cout, std::cerr);
  }
  if (orders_server(line.verb)) {
    return hapair::control::run_server(command, std::cout, std::cerr);
  }
  return hapair::control::run_maintenance(command, std::cout, std::cerr);
}

int change_at_run_time(const CommandLine& line) {
  const hapair::control::RunTimeCommand command{.socket = line.control_socket(),
                                                .server = line.server,
                                                .weight = line.weight,
                                                .address = line.address,
                                                .vip = line.vip,
                                                .json = line.json};
  switch (line.verb) {
    case Verb::kWeight:
      return hapair::control::run_weight(command, std::cout, std::cerr);
    case Verb::kAdd:
      return hapair::control::run_add(command, std::cout, std::cerr);
    case Verb::kRemove:
      return hapair::control::run_remove(command, std::cout, std::cerr);
    default:
      return hapair::control::run_announce(command, std::cout, std::cerr);
  }
}

int drill(const CommandLine& line) {
  return hapair::control::run_drill({.socket = line.control_socket(),
                                     .vip = line.vip,
                                     .json = line.json,
                                     .yes = line.yes,
                                     .terminal = ::isatty(STDIN_FILENO) == 1},
                                    std::cin, std::cout, std::cerr);
}

int drift(const CommandLine& line) {
  if (line.reload && !line.write) {
    std::cerr << "hapair drift: --reload goes with --write; 'hapair reload' takes the file as it "
                 "is\n";
    return hapair::cli::kExitUsage;
  }
  const auto found = hapair::control::show_drift(
      {.socket = line.control_socket(), .json = line.json}, std::cout, std::cerr);
  if (!found) return found.error();
  const int left = found->count == 0 ? hapair::cli::kExitOk : hapair::cli::kExitChanges;
  if (!line.write) return left;
  if (found->writable.empty()) {
    std::cerr << "hapair drift: there is nothing to write\n";
    return left;
  }
  const auto host = host_for("drift");
  if (!host) return hapair::cli::kExitFailed;
  std::vector<hapair::config::TextEdit> edits;
  for (const auto& each : found->writable) {
    edits.push_back({.path = each.path, .value = {}, .into = each.into});
    if (!each.value.empty()) edits.back().value = each.value;
  }
  const auto report = hapair::config::write_command(
      {.file = line.config, .edits = edits, .config_hash = found->config_hash}, *host);
  (line.json ? std::cerr : std::cout) << report.out;
  std::cerr << report.err;
  if (report.exit_code != hapair::cli::kExitOk) return report.exit_code;
  if (!line.reload) {
    std::cerr << "the node goes on as it is: 'hapair reload' has it take the file\n";
    return hapair::cli::kExitOk;
  }
  return hapair::control::run_reload({.socket = line.control_socket(), .json = false},
                                     line.json ? std::cerr : std::cout, std::cerr);
}

int tables(const CommandLine& line) {
  return hapair::control::run_tables({.socket = line.control_socket(),
                                      .action = line.table_action,
                                      .table = line.table,
                                      .client = line.client,
                                      .values = line.values,
                                      .json = line.json},
                                     std::cout, std::cerr);
}

int log_targets(const CommandLine& line) {
  return hapair::control::run_log({.socket = line.control_socket(),
                                   .target = line.log_target,
                                   .order = line.log_order,
                                   .json = line.json},
                                  std::cout, std::cerr);
}

int import_files(const CommandLine& line) {
  const auto report =
      hapair::importing::import_command({.keepalived = line.keepalived,
                                         .haproxy = line.haproxy,
                                         .addresses = line.addresses,
                                         .output = line.output,
                                         .secrets = line.secrets,
                                         .keepalived_version = line.keepalived_version,
                                         .haproxy_version = line.haproxy_version,
                                         .explain = line.keyword,
                                         .report_json = line.report_json,
                                         .force = line.force,
                                         .environment = environment()});
  std::cout << report.out << std::flush;
  std::cerr << report.err;
  return report.exit_code;
}

int dispatch(const CommandLine& line, const std::vector<std::string>& words) {
  switch (line.verb) {
    case Verb::kRun:
      return run(line, words);
    case Verb::kRelease:
      return release(line);
    case Verb::kCheck:
      return check(line);
    case Verb::kDiff:
      return diff(line);
    case Verb::kReload:
      return hapair::control::run_reload({.socket = line.control_socket(), .json = line.json},
                                         std::cout, std::cerr);
    case Verb::kStatus:
      return status(line);
    case Verb::kTop:
      return top(line);
    case Verb::kServers:
      return servers(line);
    case Verb::kSessions:
      return sessions(line);
    case Verb::kExplain:
    case Verb::kWhyNot:
    case Verb::kEvents:
    case Verb::kErrors:
    case Verb::kMaintenance:
    case Verb::kStepDown:
    case Verb::kServer:
    case Verb::kDrain:
    case Verb::kReady:
    case Verb::kUpgrade:
      return ask(line);
    case Verb::kWeight:
    case Verb::kAdd:
    case Verb::kRemove:
    case Verb::kAnnounce:
      return change_at_run_time(line);
    case Verb::kDrill:
      return drill(line);
    case Verb::kDrift:
      return drift(line);
    case Verb::kTables:
      return tables(line);
    case Verb::kLog:
      return log_targets(line);
    case Verb::kImport:
      return import_files(line);
    case Verb::kVersion:
      return version(line);
    case Verb::kHelp:
      std::fputs(hapair::cli::help_text(line.help_topic).c_str(), stdout);
      return hapair::cli::kExitOk;
  }
  return hapair::cli::kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto line = hapair::cli::parse_command_line(words);
  if (!line) {
    std::fprintf(stderr, "hapair: %s\n", line.error().message.c_str());
    return hapair::cli::kExitUsage;
  }
  const int code = dispatch(*line, words);
  // An answer that did not get out, on a full disk for instance, is no success.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    std::perror("hapair: the output cannot be written");
    return code == hapair::cli::kExitOk ? hapair::cli::kExitFailed : code;
  }
  return code;
}
