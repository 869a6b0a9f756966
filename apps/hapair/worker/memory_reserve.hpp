// The last memory of this process. Where operator new finds none, it gets this block once, and the
// worker sheds at its next look. Where that does not do either, the worker ends at once, without an
// exception in somebody's callback: the guardian resigns for it, the peer takes over, a new worker
// starts. There is one allocator in a process, so there is one reserve.
#pragma once

#include <cstddef>

namespace hapair::worker::memory_reserve {

inline constexpr std::size_t kSize = 1024 * 1024;
/// The exit code of a process that has ended for want of memory (EX_OSERR).
inline constexpr int kExitCode = 71;

/// Sets it aside. Once, before the loop runs.
void install();
/// Operator new has taken it, and it has not been renewed since.
[[nodiscard]] bool spent();
/// Sets it aside again; false: there is still no memory for it.
[[nodiscard]] bool renew();

}  // namespace hapair::worker::memory_reserve
