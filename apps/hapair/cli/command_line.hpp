// The command line: verbs and options as a sysadmin expects them, read into a plain struct. What
// can't be read is a usage error (exit code 2) that names the word and the remedy.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace hapair::cli {

/// Exit codes; they are part of the interface (docs, man page, the unit's
/// RestartPreventExitStatus).
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfig = 3;
inline constexpr int kExitAccess = 4;
inline constexpr int kExitDecision = 5;  ///< import: something is open to decide
inline constexpr int kExitChanges = 10;  ///< drift: there is some

enum class Verb {
  kRun,
  kCheck,
  kDiff,
  kReload,
  kStatus,
  kTop,
  kServers,
  kSessions,
  kExplain,
  kWhyNot,
  kEvents,
  kErrors,
  kMaintenance,
  kStepDown,
  kDrill,
  kDrift,
  kServer,
  kDrain,
  kReady,
  kWeight,
  kAdd,
  kRemove,
  kAnnounce,
  kTables,
  kLog,
  kUpgrade,
  kRelease,
  kImport,
  kVersion,
  kHelp,
};

struct CommandLine {
  Verb verb = Verb::kHelp;
  std::string config = "/etc/hapair/hapair.json";
  std::string other;                        ///< diff: a second file, in place of what runs
  std::string node;                         ///< --node; empty: found out
  std::string runtime_dir = "/run/hapair";  ///< holds the ledger and the control socket
  std::string socket;                       ///< --socket; empty: <runtime_dir>/control.sock
  std::string help_topic;                   ///< "help VERB" or "VERB --help"; empty: the overview
  std::string vip;                          ///< explain, why-not: the VIP asked about
  std::string maintenance;                  ///< "on" or "off"
  std::string server;                       ///< server, drain, ready, sessions: "BACKEND/SERVER"
  std::string state;                        ///< server: what it is ordered to be, "drain"
  std::string weight;                       ///< weight, add: "30", "50%"
  std::string address;                      ///< add: "192.0.2.1:80"
  std::string table_action;                 ///< tables: "show", "set", "clear"; empty: list them
  std::string table;                        ///< tables: its name
  std::string client;                       ///< tables, sessions: an address; tables: or what else
                                            ///< tells a client
  std::string backend;                      ///< servers: only of this one
  std::string session_action;               ///< sessions: "close"; empty: list them
  std::string session;                      ///< sessions close: an id
  std::string frontend;                     ///< sessions: only of this one
  std::vector<std::string> values;          ///< tables set: "requests=5", or a server
  std::string log_target;                   ///< log: its index or name; empty: list them
  std::string log_order;                    ///< log: a level, "on" or "off"
  std::vector<std::string> keepalived;      ///< import: a file of each node
  std::vector<std::string> haproxy;         ///< import and run: files of HAProxy
  std::vector<std::string> addresses;       ///< import: the nodes' own, in the order of their files
  std::string output;                       ///< import: empty: stdout
  std::string secrets;                      ///< import: a folder
  std::string keepalived_version;           ///< import: "2.2"
  std::string haproxy_version;              ///< import: "3.0"
  std::string keyword;                      ///< import: explain this one
  bool report_json = false;                 ///< import
  bool force = false;                       ///< import: write over what is there
  bool json = false;
  bool follow = false;  ///< events: go on with what comes
  bool drain = false;   ///< step-down: running requests are finished first
  bool yes = false;     ///< drill: nobody is asked
  bool write = false;   ///< drift: put it into the file
  bool reload = false;  ///< drift: and have that taken
  bool no_color = false;
  bool once = false;  ///< top: one frame, or line
  std::string interval_text{};
  base::Duration interval = std::chrono::seconds(1);  ///< top: what the text says
  std::string count_text{};
  std::uint64_t count = 0;  ///< top --json: so many lines; 0: on and on

  /// Between two looks of top.
  static constexpr base::Duration kMinInterval = std::chrono::milliseconds(100);
  static constexpr base::Duration kMaxInterval = std::chrono::hours(1);
  static constexpr std::uint64_t kMaxCount = 1'000'000'000;

  [[nodiscard]] std::string control_socket() const;
};

/// `words` without the program's name. No words at all ask for help.
[[nodiscard]] base::Result<CommandLine> parse_command_line(std::span<const std::string> words);

/// The overview, or the page of one verb ("run", "check", ...); every page ends with a line break.
[[nodiscard]] std::string help_text(std::string_view topic);

}  // namespace hapair::cli
