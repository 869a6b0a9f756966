#include "apps/hapair/guardian/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "apps/hapair/guardian/append_file.hpp"
#include "common/base/text.hpp"

namespace hapair::guardian {

LogFile::Lost LogFile::write(std::string_view lines, base::Instant now) {
  const auto count = static_cast<std::uint32_t>(std::ranges::count(lines, '\n'));
  if (now < retry_at_) {
    unwritten_ += count;
    return {count, error_};
  }
  if (const auto done = append(lines, now); !done) {
    error_ = done.error().os_errno;
    if (unwritten_ == 0) log_.warning("log-file-unwritable", path_, done.error().message);
    unwritten_ += count;
    fd_.reset();
    retry_at_ = now + kRetry;
    return {count, error_};
  }
  if (unwritten_ > 0) {
    log_.info("log-file-written", path_,
              base::concat("written again; ", unwritten_, " lines are missing in it"));
  }
  unwritten_ = 0;
  return {};
}

void LogFile::reopen() {
  fd_.reset();
  retry_at_ = {};
}

base::Result<void> LogFile::append(std::string_view lines, base::Instant now) {
  if (fd_ && now >= look_at_) {
    look_at_ = now + kRetry;
    if (!still_there()) fd_.reset();
  }
  if (!fd_) {
    if (auto opened = open(); !opened) return opened;
    look_at_ = now + kRetry;
  }
  return append_whole(fd_.get(), lines, ::lseek(fd_.get(), 0, SEEK_END));
}

base::Result<void> LogFile::open() {
  make_folder_of(path_, gid_);
  // What logrotate has made stays as it was made.
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  fd_ = net::UniqueFd(::open(path_.c_str(), kFlags));
  if (!fd_ && errno == ENOENT) {
    fd_ = net::UniqueFd(::open(path_.c_str(), kFlags | O_CREAT, kAppendFileMode));
    if (fd_) (void)!::fchown(fd_.get(), static_cast<uid_t>(-1), gid_);
  }
  struct stat status{};
  if (!fd_ || ::fstat(fd_.get(), &status) != 0) return base::os_fail("open");
  if (!S_ISREG(status.st_mode)) {
    return std::unexpected(base::Error{"open: not a regular file", EINVAL});
  }
  return {};
}

bool LogFile::still_there() const {
  struct stat ours{};
  struct stat there{};
  return ::fstat(fd_.get(), &ours) == 0 && ::lstat(path_.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

}  // namespace hapair::guardian
