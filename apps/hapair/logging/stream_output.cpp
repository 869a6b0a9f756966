#include "apps/hapair/logging/stream_output.hpp"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace hapair::logging {
namespace {

bool is_socket(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

/// A pipe that polls writable takes PIPE_BUF bytes without blocking, and in one piece (pipe(7)).
ssize_t write_ready(int fd, std::string_view bytes) {
  pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, 0) < 0) return -1;
  if ((ready.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
    errno = EPIPE;
    return -1;
  }
  if ((ready.revents & POLLOUT) == 0) {
    errno = EAGAIN;
    return -1;
  }
  return ::write(fd, bytes.data(), bytes.size());
}

}  // namespace

StreamOutput::StreamOutput(int fd) : fd_(fd), socket_(is_socket(fd)) {}

LineOutput::Sent StreamOutput::send(LineQueue& queue) {
  Sent sent;
  while (!queue.empty()) {
    const std::string_view bytes = queue.lines_within(PIPE_BUF).substr(0, PIPE_BUF);
    const ssize_t done = socket_
                             ? ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                             : write_ready(fd_, bytes);
    if (done < 0) {
      if (errno == EINTR) continue;
      sent.error = errno;
      return sent;
    }
    sent.lines += queue.pop_bytes(static_cast<std::size_t>(done));
  }
  return sent;
}

}  // namespace hapair::logging
