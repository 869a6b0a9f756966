#include "common/net/seqpacket.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/base/text.hpp"

namespace hapair::net {

base::Result<std::pair<SeqpacketChannel, SeqpacketChannel>> SeqpacketChannel::pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    return base::os_fail("socketpair");
  }
  return std::pair(SeqpacketChannel(UniqueFd(ends[0])), SeqpacketChannel(UniqueFd(ends[1])));
}

base::Result<void> SeqpacketChannel::send(base::Bytes bytes, const std::vector<int>& fds) {
  if (bytes.empty() || bytes.size() > kMaxBytes || fds.size() > kMaxFds) {
    return base::fail(base::concat("channel: a message holds 1 to ", kMaxBytes, " bytes and up to ",
                                   kMaxFds, " descriptors"));
  }
  iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(int) * kMaxFds)> control{};
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * fds.size());
  }
  while (::sendmsg(fd_.get(), &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return base::os_fail("channel: send");
  }
  return {};
}

base::Result<SeqpacketChannel::Received> SeqpacketChannel::receive(Packet& into) {
  into.fds.clear();
  into.bytes.resize(kMaxBytes);
  iovec part{into.bytes.data(), into.bytes.size()};
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(int) * kMaxFds)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = -1;
  do {
    got = ::recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    if (errno == EAGAIN) return Received::kNothing;
    if (errno == ECONNRESET) return Received::kClosed;
    return base::os_fail("channel: receive");
  }
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::vector<int> fds(count);
    std::memcpy(fds.data(), CMSG_DATA(header), count * sizeof(int));
    for (int fd : fds) into.fds.emplace_back(fd);
  }
  if (got == 0) return Received::kClosed;
  into.bytes.resize(static_cast<std::size_t>(got));
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    return base::fail("channel: a message above the limits was dropped");
  }
  return Received::kPacket;
}

}  // namespace hapair::net
