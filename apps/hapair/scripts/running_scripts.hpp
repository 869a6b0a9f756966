// Which scripts run at the moment: a page of memory that the process which runs them shares with
// its parent. Where that process is killed the kernel kills the scripts themselves; what they had
// started is for the parent to find and end, and here it sees whose it is.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <vector>

#include "common/base/result.hpp"

namespace hapair::scripts {

class RunningScripts {
 public:
  /// More aren't noted.
  static constexpr std::size_t kCapacity = 128;

  /// Maps a fresh page, shared with every process forked from now on.
  [[nodiscard]] static base::Result<RunningScripts> create();
  ~RunningScripts();
  RunningScripts(RunningScripts&& other) noexcept;
  RunningScripts& operator=(RunningScripts&& other) noexcept;

  /// `group`: the process group of a script, which has its leader's number.
  void add(pid_t group);
  void remove(pid_t group);
  void clear();
  [[nodiscard]] std::vector<pid_t> groups() const;

 private:
  using Slots = std::array<std::atomic<pid_t>, kCapacity>;  ///< 0: free
  explicit RunningScripts(Slots* slots) : slots_(slots) {}

  Slots* slots_ = nullptr;
};

}  // namespace hapair::scripts
