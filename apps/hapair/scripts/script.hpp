// A program of the operator's that hapair runs, and what became of a run.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/time.hpp"

namespace hapair::scripts {

/// What a run is: a program, or a look that hapair takes itself, in a process like a script's, so
/// that a file system that hangs holds up nothing.
enum class ScriptKind : std::uint8_t {
  kProgram,  ///< argv: an absolute path, and its arguments
  kFile,     ///< argv: an absolute path, and "present" or "absent"
  kProcess,  ///< argv: "name", the name and how many at least; or "pid_file" and an absolute path
};
inline constexpr std::uint8_t kScriptKinds = 3;

/// Run as it is, by no shell, as this user with these groups and no others.
struct Script {
  std::vector<std::string> argv;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups{};  ///< supplementary ones
  base::Duration timeout = std::chrono::seconds(30);
  ScriptKind kind = ScriptKind::kProgram;
  bool hears = false;  ///< whoever orders it may add words: it is told what has changed

  bool operator==(const Script&) const = default;
};

enum class EndedBy : std::uint8_t { kExit, kSignal, kNotStarted };
inline constexpr std::uint8_t kEndings = 3;

struct ScriptResult {
  /// So much of the first line of its output is kept.
  static constexpr std::size_t kMaxLine = 200;

  EndedBy ended_by = EndedBy::kExit;
  std::uint32_t number = 0;  ///< exit code, signal, or errno (0: see `line`)
  bool timed_out = false;    ///< it was told to end because its time was up
  base::Duration took{};
  std::string line{};  ///< printable; why it could not be started, where it was not

  [[nodiscard]] bool good() const {
    return ended_by == EndedBy::kExit && number == 0 && !timed_out;
  }
  /// "exit code 3", "signal 15 (Terminated) after its time limit", "could not be started: ...".
  [[nodiscard]] std::string how() const;

  bool operator==(const ScriptResult&) const = default;
};

}  // namespace hapair::scripts
