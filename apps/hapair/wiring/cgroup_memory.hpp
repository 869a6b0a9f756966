// How much memory the kernel lets this process and those beside it have: the least limit of its
// control group and of all above (cgroup v2; see the kernel's Documentation/admin-guide/cgroup-v2).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace hapair::wiring {

/// A small file's text; nullopt: it can't be read.
using ReadText = std::function<std::optional<std::string>(const std::string& path)>;

/// In bytes, of memory.max and memory.high; nullopt: there is none, or no cgroup v2.
[[nodiscard]] std::optional<std::uint64_t> cgroup_memory_limit(const ReadText& read);

/// What stands in a file of /proc or /sys, up to 4 KiB of it.
[[nodiscard]] std::optional<std::string> read_kernel_file(const std::string& path);

}  // namespace hapair::wiring
