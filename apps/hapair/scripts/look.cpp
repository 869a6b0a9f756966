#include "apps/hapair/scripts/look.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/base/text.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::scripts {
namespace {

using base::concat;

/// So much of a small file is read: a pid file, or one of /proc.
constexpr std::size_t kReadBytes = 4096;
/// The kernel keeps so much of a process's name.
constexpr std::size_t kCommBytes = 15;

std::optional<std::string> read_small(const std::string& path) {
  const net::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return std::nullopt;
  std::array<char, kReadBytes> buffer;
  const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
  if (got < 0) return std::nullopt;
  return std::string(buffer.data(), static_cast<std::size_t>(got));
}

std::optional<unsigned> number_in(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// In /proc/PID/stat the state stands behind the name in parentheses, which may hold any bytes.
bool is_dead(std::string_view stat) {
  const std::size_t end = stat.rfind(')');
  if (end == std::string_view::npos || end + 2 >= stat.size()) return false;
  const char state = stat[end + 2];
  return state == 'Z' || state == 'X';
}

/// The name as the kernel keeps it, or that of the program it was started as, which may be longer.
bool is_named(const std::string& process, std::string_view name) {
  const auto comm = read_small(process + "/comm");
  if (!comm || comm->empty()) return false;
  std::string_view kept = *comm;
  if (kept.ends_with('\n')) kept.remove_suffix(1);
  if (kept != name.substr(0, kCommBytes)) return false;
  if (name.size() <= kCommBytes) return true;
  const auto line = read_small(process + "/cmdline");
  return line && file_name(std::string_view(*line).substr(0, line->find('\0'))) == name;
}

bool lives(const std::string& process) {
  const auto stat = read_small(process + "/stat");
  return stat && !is_dead(*stat);
}

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::vector<pid_t> find_named(const std::string& proc, std::string_view name) {
  const std::unique_ptr<DIR, DirectoryCloser> directory(::opendir(proc.c_str()));
  const std::string self = concat(::getpid());
  std::vector<pid_t> found;
  while (directory) {
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view pid = entry->d_name;
    if (!std::ranges::all_of(pid, [](char c) { return c >= '0' && c <= '9'; })) continue;
    const std::string process = concat(proc, "/", pid);
    if (pid == self || !is_named(process, name) || !lives(process)) continue;
    found.push_back(static_cast<pid_t>(number_in(pid).value_or(0)));
  }
  return found;
}

Seen look_for_file(const std::string& path, bool wanted, const std::string& root) {
  struct stat status{};
  const bool there = ::stat((root + path).c_str(), &status) == 0;
  if (!there && errno != ENOENT && errno != ENOTDIR) {
    return {.good = false, .what = concat(path, ": ", std::generic_category().message(errno))};
  }
  return {.good = there == wanted, .what = concat(path, there ? " is there" : " is not there")};
}

Seen look_for_name(const std::string& name, std::size_t least, const std::string& root) {
  std::vector<pid_t> found = find_named(root + "/proc", name);
  const std::size_t count = found.size();
  found.resize(std::min(count, Seen::kMaxProcesses));
  return {.good = count >= least,
          .what = concat(count, count == 1 ? " process is" : " processes are", " named ", name,
                         ", ", least, " needed"),
          .processes = std::move(found)};
}

Seen look_for_pid(const std::string& path, const std::string& root) {
  const auto text = read_small(root + path);
  if (!text) {
    return {.good = false, .what = concat(path, ": ", std::generic_category().message(errno))};
  }
  const std::size_t begin = std::min(text->find_first_not_of(" \t"), text->size());
  const auto pid = number_in(std::string_view(*text).substr(begin));
  if (!pid) return {.good = false, .what = concat(path, " holds no process id")};
  const bool alive = lives(concat(root, "/proc/", *pid));
  return {.good = alive,
          .what = concat("process ", *pid, alive ? " runs" : " is gone"),
          .processes = {static_cast<pid_t>(*pid)}};
}

}  // namespace

Seen look(ScriptKind kind, const std::vector<std::string>& argv, const std::string& root) {
  if (kind == ScriptKind::kFile && argv.size() == 2) {
    return look_for_file(argv[0], argv[1] == "present", root);
  }
  if (kind == ScriptKind::kProcess && argv.size() == 3) {
    return look_for_name(argv[1], number_in(argv[2]).value_or(1), root);
  }
  if (kind == ScriptKind::kProcess && argv.size() == 2) return look_for_pid(argv[1], root);
  return {.good = false, .what = "this is no look; a fault of hapair itself"};
}

}  // namespace hapair::scripts
