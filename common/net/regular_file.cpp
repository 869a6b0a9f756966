#include "common/net/regular_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/net/unique_fd.hpp"

namespace hapair::net {

base::Result<FileContent> read_regular_file(const std::string& path, std::size_t limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return base::os_fail("cannot be opened");
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return base::os_fail("cannot be examined");
  if (!S_ISREG(status.st_mode)) return base::fail("is no regular file");
  FileContent content{{}, status.st_mode, status.st_uid};
  std::array<char, 16 * 1024> chunk{};
  for (;;) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::os_fail("cannot be read");
    if (got == 0) return content;
    content.bytes.append(chunk.data(), static_cast<std::size_t>(got));
    if (content.bytes.size() > limit) {
      content.bytes.resize(limit + 1);
      return content;
    }
  }
}

base::Result<void> write_whole(int fd, base::Bytes bytes, std::string_view what) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return base::os_fail(what);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace hapair::net
