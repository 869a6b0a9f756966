// One run of a script: the process, the pipe its output comes through, and the end of both.
//
// The child begins with nothing of ours: its own session and process group, default signals, no
// descriptor but /dev/null, the pipe, and the environment of a system service; the limits, the
// niceness and the OOM score of an ordinary process; its own user and groups, and no capability
// unless that user is root.
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/hapair/scripts/script.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::scripts {

struct ScriptEnd {
  EndedBy ended_by = EndedBy::kExit;
  std::uint32_t number = 0;
  std::string reason;         ///< why it was not started
  std::vector<pid_t> seen{};  ///< the processes that a good look has seen
};

class ScriptProcess {
 public:
  /// What is read of its output in one call, at most.
  static constexpr std::size_t kReadAtOnce = 64 * 1024;

  /// Checks the file, forks and executes. `extra` goes behind the script's own arguments.
  [[nodiscard]] static base::Result<ScriptProcess> start(const Script& script,
                                                         std::span<const std::string> extra);

  ScriptProcess(ScriptProcess&&) noexcept;
  ScriptProcess& operator=(ScriptProcess&&) = delete;
  /// Kills and reaps what still runs.
  ~ScriptProcess();

  /// Also the number of its process group.
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Readable when it has ended.
  [[nodiscard]] int process_fd() const { return process_.get(); }
  /// Readable when it has written; -1 when it has closed its output.
  [[nodiscard]] int output_fd() const { return output_.get(); }

  /// Takes what it has written: the first line is kept, the rest only taken.
  void read_output();
  /// Reaps it when it has ended; what it left behind in its process group is killed if `kill_rest`.
  [[nodiscard]] std::optional<ScriptEnd> ended(bool kill_rest);
  /// To it and all of its process group.
  void signal(int number) const;

  /// Printable.
  [[nodiscard]] std::string line() const;

 private:
  ScriptProcess() = default;

  pid_t pid_ = -1;
  net::UniqueFd process_;  ///< pidfd
  net::UniqueFd output_;
  net::UniqueFd failure_;  ///< says why it could not be executed
  std::string line_;
  bool line_done_ = false;
};

}  // namespace hapair::scripts
