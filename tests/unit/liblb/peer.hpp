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
#include "common/tls/server_context.hpp"

namespace hapair::lb::test {

class Peer {
 public:
  explicit Peer(net::UniqueFd fd) : fd_(std::move(fd)) {}
  virtual ~Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// Sends as much as the socket takes; returns how much.
  virtual std::size_t send(std::string_view text) {
    const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  /// Takes in at most `limit` bytes of what has arrived.
  void receive() { receive(SIZE_MAX); }
  virtual void receive(std::size_t limit) {
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
  virtual void finish_sending() { ::shutdown(fd_.get(), SHUT_WR); }
  virtual void close() { fd_.reset(); }
  virtual void abort() {
    net::reset_on_close(fd_.get());
    fd_.reset();
  }
  /// Keeps the kernel from taking much in for a peer that does not read.
  virtual void shrink_receive_buffer() { shrink(fd_.get()); }
  /// All that was sent is with the other side's kernel.
  [[nodiscard]] virtual bool delivered() const { return drained(fd_.get()); }
  /// The other end's address, as the kernel has it.
  [[nodiscard]] base::Endpoint remote() const {
    net::SocketAddress there;
    there.length = sizeof there.storage;
    ::getpeername(fd_.get(), reinterpret_cast<sockaddr*>(&there.storage), &there.length);
    return there.endpoint().value();
  }
  [[nodiscard]] bool over() const { return ended || reset; }
  [[nodiscard]] std::string take() { return std::exchange(received, {}); }

  std::string received;
  bool ended = false;
  bool reset = false;

 protected:
  static void shrink(int fd) {
    const int bytes = 65536;
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  static bool drained(int fd) {
    int waiting = -1;
    return ::ioctl(fd, SIOCOUTQ, &waiting) == 0 && waiting == 0;
  }

 private:
  net::UniqueFd fd_;
};

/// How a client reaches a frontend.
class Transport {
 public:
  virtual ~Transport() = default;
  [[nodiscard]] virtual std::unique_ptr<Peer> connect(const base::Endpoint& to) = 0;
  /// What binds need for it; null: they are plain.
  [[nodiscard]] virtual std::shared_ptr<tls::ServerContext> server() { return nullptr; }
};

class PlainTransport final : public Transport {
 public:
  [[nodiscard]] std::unique_ptr<Peer> connect(const base::Endpoint& to) override {
    return std::make_unique<Peer>(net::connect_tcp(to).value());
  }
};

}  // namespace hapair::lb::test
