#include "apps/hapair/guardian/append_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace hapair::guardian {
namespace {

constexpr mode_t kFolderMode = 0750;

}  // namespace

void make_folder_of(const std::string& path, gid_t group) {
  const std::string folder = path.substr(0, path.rfind('/'));
  if (!folder.empty() && ::mkdir(folder.c_str(), kFolderMode) == 0) {
    (void)!::chown(folder.c_str(), static_cast<uid_t>(-1), group);
  }
}

base::Result<void> append_whole(int fd, std::string_view bytes, off_t before) {
  const ssize_t put = ::write(fd, bytes.data(), bytes.size());
  if (put == static_cast<ssize_t>(bytes.size())) return {};
  const int code = put < 0 ? errno : ENOSPC;
  if (put > 0 && before >= 0) (void)!::ftruncate(fd, before);
  return base::os_fail("write", code);
}

}  // namespace hapair::guardian
