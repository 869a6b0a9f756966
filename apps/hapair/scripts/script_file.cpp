#include "apps/hapair/scripts/script_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <string_view>

#include "common/base/text.hpp"

namespace hapair::scripts {
namespace {

using base::concat;

constexpr int kMaxLinks = 40;  // as the kernel
constexpr mode_t kAnyExecute = S_IXUSR | S_IXGRP | S_IXOTH;

/// Only root's group may write beside root: it has no other members where that is taken seriously.
bool others_may_write(const struct stat& file) {
  if ((file.st_mode & S_IWOTH) != 0) return true;
  return (file.st_mode & S_IWGRP) != 0 && file.st_gid != 0;
}

base::Result<void> check_component(const std::string& at, const struct stat& file, bool last) {
  if (file.st_uid != 0) {
    return base::fail(concat(at, " belongs to another user than root (uid ", file.st_uid,
                             "), who could change what is run; chown root it"));
  }
  if (S_ISLNK(file.st_mode)) return {};
  const bool sticky_folder = S_ISDIR(file.st_mode) && (file.st_mode & S_ISVTX) != 0;
  if (others_may_write(file) && !sticky_folder) {
    return base::fail(concat(at, " can be changed by others than root; chmod go-w it"));
  }
  if (!last) {
    if (S_ISDIR(file.st_mode)) return {};
    return base::os_fail(at, ENOTDIR);
  }
  if (!S_ISREG(file.st_mode)) return base::fail(concat(at, " is no regular file"));
  if ((file.st_mode & kAnyExecute) == 0) {
    return base::fail(concat(at, " can't be executed; chmod +x it"));
  }
  return {};
}

/// The parts of a path that are still to be walked.
std::deque<std::string> parts_of(std::string_view path) {
  std::deque<std::string> parts;
  for (const std::string_view part : base::split(path, '/')) {
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  return parts;
}

base::Result<std::string> link_target(const std::string& at) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlink(at.c_str(), target.data(), target.size());
  if (length < 0) return base::os_fail(at);
  return std::string(target.data(), static_cast<std::size_t>(length));
}

}  // namespace

base::Result<void> check_script_file(const std::string& path) {
  std::deque<std::string> rest = parts_of(path);
  std::string folder;  // checked, without a slash at its end; empty: the root
  int links = 0;
  struct stat file{};
  if (::lstat("/", &file) != 0) return base::os_fail("/");
  if (auto fine = check_component("/", file, rest.empty()); !fine) return fine;
  while (!rest.empty()) {
    const std::string part = rest.front();
    rest.pop_front();
    if (part == "..") {
      folder.resize(folder.empty() ? 0 : folder.rfind('/'));
      continue;
    }
    const std::string at = concat(folder, "/", part);
    if (::lstat(at.c_str(), &file) != 0) return base::os_fail(at);
    if (auto fine = check_component(at, file, rest.empty()); !fine) return fine;
    if (!S_ISLNK(file.st_mode)) {
      folder = at;
      continue;
    }
    if (++links > kMaxLinks) return base::os_fail(at, ELOOP);
    const auto target = link_target(at);
    if (!target) return std::unexpected(target.error());
    if (target->starts_with('/')) folder.clear();
    const std::deque<std::string> inner = parts_of(*target);
    rest.insert(rest.begin(), inner.begin(), inner.end());
  }
  // A path that ends in "..", or a link to the root.
  if (S_ISDIR(file.st_mode)) return base::fail(concat(path, " is no regular file"));
  return {};
}

}  // namespace hapair::scripts
