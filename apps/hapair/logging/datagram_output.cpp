#include "apps/hapair/logging/datagram_output.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "common/net/socket.hpp"

namespace hapair::logging {
namespace {

constexpr std::size_t kBatch = 32;
constexpr int kSocketType = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

}  // namespace

LineOutput::Sent DatagramOutput::send(LineQueue& queue) {
  Sent sent;
  // An error may be left over from a datagram before; of a daemon that has gone it tells twice.
  bool again = true;
  while (!queue.empty()) {
    if (!fd_) {
      sent.error = open();
      if (sent.error != 0) return sent;
    }
    const int error = send_some(queue, sent);
    if (error == 0) continue;
    if (error == EMSGSIZE) {
      queue.pop_line();
      ++sent.lost;
      continue;
    }
    sent.error = error;
    if (error == EAGAIN || error == ENOBUFS) {
      sent.error = EAGAIN;
      return sent;
    }
    // A Unix socket that was made anew has to be connected anew.
    if (std::holds_alternative<std::string>(daemon_)) fd_.reset();
    if (!std::exchange(again, false)) return sent;
  }
  sent.error = 0;
  return sent;
}

int DatagramOutput::open() {
  net::SocketAddress address;
  sockaddr_un local{};
  const sockaddr* to = nullptr;
  socklen_t length = 0;
  if (const auto* path = std::get_if<std::string>(&daemon_)) {
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, path->data(), std::min(path->size(), sizeof local.sun_path - 1));
    to = reinterpret_cast<const sockaddr*>(&local);
    length = sizeof local;
  } else {
    address = net::SocketAddress::from(std::get<base::Endpoint>(daemon_));
    to = address.get();
    length = address.length;
  }
  net::UniqueFd fd(::socket(to->sa_family, kSocketType, 0));
  if (!fd || ::connect(fd.get(), to, length) != 0) return errno;
  fd_ = std::move(fd);
  return 0;
}

int DatagramOutput::send_some(LineQueue& queue, Sent& sent) {
  std::array<iovec, kBatch> parts{};
  std::array<mmsghdr, kBatch> messages{};
  const std::size_t count = std::min(queue.lines(), kBatch);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view line = queue.line(i);
    parts[i] = {const_cast<char*>(line.data()), line.size()};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int done = ::sendmmsg(fd_.get(), messages.data(), static_cast<unsigned>(count),
                              MSG_DONTWAIT | MSG_NOSIGNAL);
  if (done < 0) return errno;
  for (int i = 0; i < done; ++i) bytes += parts[static_cast<std::size_t>(i)].iov_len;
  sent.lines += queue.pop_bytes(bytes);
  return 0;
}

}  // namespace hapair::logging
