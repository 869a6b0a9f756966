#include "apps/hapair/import/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "common/base/text.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::importing {
namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kOwnerFolder = 0700;

base::Result<void> write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::os_fail("write");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

base::Result<void> write_private_file(const std::string& path, std::string_view text) {
  const std::string beside = path + ".new";
  (void)::unlink(beside.c_str());
  const net::UniqueFd fd(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (fd.get() < 0) return base::os_fail(base::concat("make ", beside));
  if (const auto written = write_all(fd.get(), text); !written) {
    const base::Error error = written.error().within(beside);
    (void)::unlink(beside.c_str());
    return std::unexpected(error);
  }
  if (std::rename(beside.c_str(), path.c_str()) != 0) {
    return base::os_fail(base::concat("rename ", beside, " to ", path));
  }
  return {};
}

base::Result<void> make_private_folder(const std::string& path) {
  if (::mkdir(path.c_str(), kOwnerFolder) != 0 && errno != EEXIST) {
    return base::os_fail(base::concat("make ", path));
  }
  return {};
}

}  // namespace hapair::importing
