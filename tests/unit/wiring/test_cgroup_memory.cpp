// The kernel's limit of memory, as the files of cgroup v2 say it.
#include <doctest/doctest.h>

#include <map>

#include "apps/hapair/wiring/cgroup_memory.hpp"

namespace hapair::wiring {
namespace {

using Files = std::map<std::string, std::string>;

std::optional<std::uint64_t> limit_in(const Files& files) {
  return cgroup_memory_limit([&](const std::string& path) -> std::optional<std::string> {
    const auto file = files.find(path);
    return file == files.end() ? std::nullopt : std::optional(file->second);
  });
}

constexpr const char* kSelf = "/proc/self/cgroup";
constexpr const char* kService = "4:memory:/old\n0::/system.slice/hapair.service\n";
const std::string kGroups = "/sys/fs/cgroup";

TEST_CASE("the least limit of the group and of those above it counts") {
  CHECK(limit_in({{kSelf, kService},
                  {kGroups + "/system.slice/hapair.service/memory.max", "1073741824\n"},
                  {kGroups + "/system.slice/hapair.service/memory.high", "max\n"},
                  {kGroups + "/system.slice/memory.max", "max\n"}}) == 1073741824U);
  CHECK(limit_in({{kSelf, kService},
                  {kGroups + "/system.slice/hapair.service/memory.max", "1073741824\n"},
                  {kGroups + "/system.slice/hapair.service/memory.high", "900000000\n"},
                  {kGroups + "/system.slice/memory.high", "800000000\n"}}) == 800000000U);
}

TEST_CASE("in a namespace of its own the group is the root") {
  CHECK(limit_in({{kSelf, "0::/\n"}, {kGroups + "/memory.max", "134217728\n"}}) == 134217728U);
}

TEST_CASE("where there is no limit, or nothing to read, there is none") {
  CHECK_FALSE(limit_in({}));
  CHECK_FALSE(limit_in({{kSelf, ""}}));
  CHECK_FALSE(limit_in({{kSelf, "4:memory:/old\n"}, {kGroups + "/memory.max", "1"}}));
  CHECK_FALSE(limit_in({{kSelf, kService}}));
  CHECK_FALSE(limit_in({{kSelf, "0::/a\n"}, {kGroups + "/a/memory.max", "max\n"}}));
  CHECK_FALSE(limit_in({{kSelf, "0::/a\n"}, {kGroups + "/a/memory.max", "junk"}}));
  CHECK_FALSE(limit_in({{kSelf, "0::/a\n"}, {kGroups + "/a/memory.max", "0\n"}}));
}

TEST_CASE("files of the kernel are read whole, others are none") {
  CHECK(read_kernel_file("/proc/self/cgroup").has_value());
  CHECK_FALSE(read_kernel_file("/proc/self/no-such-file"));
}

}  // namespace
}  // namespace hapair::wiring
