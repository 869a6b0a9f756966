// Every command with its words, options, exit codes and examples, once. From this table come what
// the parser takes, the help pages, the manual page and the shell's completion.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/cli/command_line.hpp"

namespace hapair::cli {

/// How a shell completes a word.
enum class Completes : std::uint8_t { kNothing, kFile, kJsonFile, kFolder };

struct Option {
  std::string_view name;
  std::string_view short_name{};
  std::string_view value{};  ///< what it is called: "FILE"; empty: it takes none
  Completes completes = Completes::kNothing;
  bool common = false;  ///< of all commands that ask the running node
  // Where it goes; one of them:
  std::string CommandLine::* text = nullptr;
  std::vector<std::string> CommandLine::* list = nullptr;
  bool CommandLine::* on = nullptr;
};

/// An option of a command, with what it means there.
struct OptionUse {
  const Option& option;
  std::string_view help;
};

/// A word, or a key, and what it means.
struct Term {
  std::string_view word;
  std::string_view help;
};

struct ExitCode {
  int code;
  std::string_view when;
};

struct Example {
  std::string_view what;
  std::string_view line;
};

struct Command {
  Verb verb;
  std::string_view name;
  std::string_view summary;
  std::vector<std::string_view> usages;  ///< what follows the name; "[options]" stands for them
  std::vector<std::string_view> text;    ///< paragraphs
  std::vector<Term> terms{};
  std::vector<OptionUse> options{};
  std::vector<std::string_view> notes{};  ///< paragraphs behind the options
  std::vector<ExitCode> exits;
  std::vector<Example> examples{};
  /// Where positional words go, in order; null: there is none.
  std::array<std::string CommandLine::*, 3> words{};
  std::size_t least = 0;     ///< so many of them there must be
  std::string_view needs{};  ///< what these are: "a server and its state"
  // For the shell:
  std::vector<std::string_view> choices{};
  Completes completes = Completes::kNothing;
};

/// In the order of the overview.
[[nodiscard]] const std::vector<Command>& commands();
/// Null: there is none of that name.
[[nodiscard]] const Command* find_command(std::string_view name);
/// Null: the command has no such option; by its long or short name.
[[nodiscard]] const Option* find_option(const Command& command, std::string_view name);

/// "Exit codes: 0 done, 2 wrong usage."
[[nodiscard]] std::string exits_of(const Command& command);

// The parts of the table, by what the commands are about.
[[nodiscard]] std::vector<Command> node_commands();    ///< run a node and change its configuration
[[nodiscard]] std::vector<Command> look_commands();    ///< ask the running node
[[nodiscard]] std::vector<Command> order_commands();   ///< give it orders
[[nodiscard]] std::vector<Command> import_commands();  ///< all else

inline constexpr std::string_view kTagline =
    "a highly available load balancer from two Linux machines";

// The options that several parts of the table use.
inline constexpr Option kConfigOption{.name = "--config",
                                      .short_name = "-c",
                                      .value = "FILE",
                                      .completes = Completes::kJsonFile,
                                      .text = &CommandLine::config};
inline constexpr Option kNodeOption{.name = "--node", .value = "NAME", .text = &CommandLine::node};
inline constexpr Option kRuntimeDirOption{.name = "--runtime-dir",
                                          .value = "DIR",
                                          .completes = Completes::kFolder,
                                          .text = &CommandLine::runtime_dir};
inline constexpr Option kHaproxyOption{.name = "--haproxy",
                                       .value = "FILE",
                                       .completes = Completes::kFile,
                                       .list = &CommandLine::haproxy};
inline constexpr Option kHaproxyVersionOption{
    .name = "--haproxy-version", .value = "VERSION", .text = &CommandLine::haproxy_version};
inline constexpr Option kJsonOption{.name = "--json", .common = true, .on = &CommandLine::json};
/// Of a command that asks nobody.
inline constexpr Option kOwnJsonOption{.name = "--json", .on = &CommandLine::json};
inline constexpr Option kNoColorOption{
    .name = "--no-color", .common = true, .on = &CommandLine::no_color};
inline constexpr Option kAskedDirOption{.name = "--runtime-dir",
                                        .value = "DIR",
                                        .completes = Completes::kFolder,
                                        .common = true,
                                        .text = &CommandLine::runtime_dir};
inline constexpr Option kSocketOption{.name = "--socket",
                                      .value = "PATH",
                                      .completes = Completes::kFile,
                                      .common = true,
                                      .text = &CommandLine::socket};

inline constexpr OptionUse kJson{kJsonOption, "print the answer as JSON"};
inline constexpr OptionUse kNoColor{kNoColorOption,
                                    "no colours on a terminal; a non-empty NO_COLOR does the same"};
inline constexpr OptionUse kAskedDir{kAskedDirOption, "where it runs (default /run/hapair)"};
inline constexpr OptionUse kSocket{kSocketOption, "its control socket (default DIR/control.sock)"};

inline constexpr ExitCode kUsageExit{2, "wrong usage"};
inline constexpr ExitCode kAccessExit{4, "nobody answers or no permission"};

}  // namespace hapair::cli
