#include "apps/hapair/wiring/cgroup_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/text.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::wiring {
namespace {

constexpr std::string_view kRoot = "/sys/fs/cgroup";

/// The path of the line that is cgroup v2's: "0::/system.slice/hapair.service".
std::optional<std::string> own_group(std::string_view text) {
  constexpr std::string_view kMark = "0::/";
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(kMark)) return std::string(line.substr(kMark.size() - 1));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return std::nullopt;
}

/// "max" is no number: no limit.
std::optional<std::uint64_t> number_in(std::string_view text) {
  return base::parse_unsigned(text.substr(0, text.find('\n')));
}

}  // namespace

std::optional<std::uint64_t> cgroup_memory_limit(const ReadText& read) {
  const auto groups = read("/proc/self/cgroup");
  auto group = groups ? own_group(*groups) : std::nullopt;
  if (!group) return std::nullopt;
  std::optional<std::uint64_t> least;
  while (true) {
    if (group->ends_with('/')) group->pop_back();
    for (const std::string_view file : {"/memory.max", "/memory.high"}) {
      const auto text = read(base::concat(kRoot, *group, file));
      const auto limit = text ? number_in(*text) : std::nullopt;
      if (limit && *limit > 0 && (!least || *limit < *least)) least = limit;
    }
    if (group->empty()) return least;
    group->resize(std::min(group->rfind('/'), group->size()));
  }
}

std::optional<std::string> read_kernel_file(const std::string& path) {
  const net::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text;
  const ssize_t got = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
  if (got < 0) return std::nullopt;
  return std::string(text.data(), static_cast<std::size_t>(got));
}

}  // namespace hapair::wiring
