// The looks that hapair takes at the host for the operator: whether a file is there, whether a
// process runs. Each in a process of its own, as its user, so it may take its time.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "apps/hapair/scripts/script.hpp"

namespace hapair::scripts {

struct Seen {
  /// So many processes are named at the most.
  static constexpr std::size_t kMaxProcesses = 16;

  bool good = false;
  std::string what;  ///< "/run/maintenance is there", "2 processes are named nginx, 3 needed"
  std::vector<pid_t> processes{};  ///< those that make it good
};

/// `argv` as ScriptKind says; `root`: where the host's file system begins (tests have another).
[[nodiscard]] Seen look(ScriptKind kind, const std::vector<std::string>& argv,
                        const std::string& root = "");

}  // namespace hapair::scripts
