// fork() where the host is short of processes or memory for a moment: it is tried again for a
// while, longer from time to time.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>

#include "common/base/result.hpp"

namespace hapair::guardian {

/// The pauses between the tries; all together less than two seconds. Whoever forks so must have the
/// time: before its heartbeat is looked at.
inline constexpr std::array kForkPauses = {
    std::chrono::milliseconds(50), std::chrono::milliseconds(100), std::chrono::milliseconds(200),
    std::chrono::milliseconds(400), std::chrono::milliseconds(800)};

/// As fork(2): 0 in the child. Fails with what the last try met with.
[[nodiscard]] base::Result<pid_t> patient_fork();

}  // namespace hapair::guardian
