// One end of a connection as a test drives it: non-blocking, with the whole of what was received
// kept as text. How the bytes travel is the transport's matter, so that the same tests run over
// plain TCP and whatever else comes.
#pragma once

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/net/byte_stream.hpp"
#include "common/net/socket.hpp"

namespace hapair::lb::test {

class Peer {
 public:
  explicit Peer(net::UniqueFd fd) : fd_(std::move(fd)) {}

  /// Sends as much as the socket takes; returns how much.
  std::size_t send(std::string_view text) {
    const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  /// Takes in at most `limit` bytes of what has arrived.
  void receive(std::size_t limit = SIZE_MAX) {
    char chunk[16384];
    while (limit > 0) {
      const ssize_t got = ::recv(fd_.get(), chunk, std::min(limit, sizeof chunk), 0);
      if (got > 0) {
        received.append(chunk, static_cast<std::size_t>(got));
        limit -= static_cast<std::size_t>(got);
        continue;
      }
      if (got == 0) ended = true;
      if (got < 0 && errno != EAGAIN) reset = true;
      return;
    }
  }
  void finish_sending() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }
  void abort() {
    net::reset_on_close(fd_.get());
    fd_.reset();
  }
  /// Keeps the kernel from taking much in for a peer that does not read.
  void shrink_receive_buffer() {
    const int bytes = 65536;
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  /// All that was sent is with the other side's kernel.
  [[nodiscard]] bool delivered() const {
    int waiting = -1;
    return ::ioctl(fd_.get(), SIOCOUTQ, &waiting) == 0 && waiting == 0;
  }
  [[nodiscard]] bool over() const { return ended || reset; }
  [[nodiscard]] std::string take() { return std::exchange(received, {}); }

  std::string received;
  bool ended = false;
  bool reset = false;

 private:
  net::UniqueFd fd_;
};

/// How a client reaches a frontend.
class Transport {
 public:
  virtual ~Transport() = default;
  [[nodiscard]] virtual std::unique_ptr<Peer> connect(const base::Endpoint& to) = 0;
};

class PlainTransport final : public Transport {
 public:
  [[nodiscard]] std::unique_ptr<Peer> connect(const base::Endpoint& to) override {
    return std::make_unique<Peer>(net::connect_tcp(to).value());
  }
};

}  // namespace hapair::lb::test
