// What a forked child does to itself before it becomes a script.
#pragma once

#include <sys/types.h>

#include <array>

#include "apps/hapair/scripts/look.hpp"
#include "apps/hapair/scripts/script.hpp"

namespace hapair::scripts {

/// Written to the parent by a child that could not become the script.
struct ChildFailure {
  std::array<char, 28> step{};  ///< with zeros behind
  int code = 0;                 ///< errno
};

/// Written to the parent by a look that was good: the processes that it has seen.
struct ChildSeen {
  int count = 0;
  std::array<pid_t, Seen::kMaxProcesses> processes{};
};
static_assert(sizeof(ChildSeen) != sizeof(ChildFailure), "the size tells which it is");

struct ChildPipes {
  int output = -1;
  int failure = -1;  ///< closed by the execution
};

/// Never returns. `parent`: it dies with this one.
[[noreturn]] void become_script(const Script& script, char* const* arguments, ChildPipes pipes,
                                pid_t parent);

}  // namespace hapair::scripts
