// The floor that ./dev bench http measures against: carries bytes between each client and a server
// connection of its own, understands none of them, counts nothing, has no time-outs. One thread,
// raw epoll, edge-triggered, every descriptor registered once.
//
//   relay LISTEN-ADDRESS:PORT SERVER-ADDRESS:PORT
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <list>
#include <string>
#include <utility>

#include "common/net/socket.hpp"

namespace hapair::bench {
namespace {

using net::UniqueFd;

constexpr std::uint32_t kStream = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr int kBacklog = 4096;

struct Pair;

struct Side {
  UniqueFd fd;
  Pair* pair = nullptr;
  std::string waits{};    ///< what this side's socket has not taken yet
  bool closed = false;    ///< its FIN was announced: a short read does not mean drained
  bool finished = false;  ///< and read
};

struct Pair {
  Side client;
  Side server;
  std::list<Pair>::iterator place{};

  [[nodiscard]] Side& across(Side& side) { return &side == &client ? server : client; }
};

class Relay {
 public:
  Relay(const base::Endpoint& at, const base::Endpoint& server)
      : server_(server),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        listener_(net::bind_tcp(at, {}).value()) {
    net::start_listening(listener_.get(), kBacklog).value();
    watch(listener_.get(), EPOLLIN, nullptr);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count =
          ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.ptr == nullptr) {
          accept_all();
        } else {
          serve(*static_cast<Side*>(event.data.ptr), event.events);
        }
      }
      over_.clear();
    }
  }

 private:
  void watch(int fd, std::uint32_t events, Side* side) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = side;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }

  void accept_all() {
    for (;;) {
      auto accepted = net::accept_one(listener_.get());
      if (!accepted || !*accepted) return;
      auto socket = net::connect_tcp(server_);
      if (!socket) continue;
      pairs_.push_back(
          {.client = {.fd = std::move((*accepted)->fd)}, .server = {.fd = std::move(*socket)}});
      Pair& pair = pairs_.back();
      pair.place = std::prev(pairs_.end());
      for (Side* side : {&pair.client, &pair.server}) {
        side->pair = &pair;
        watch(side->fd.get(), kStream, side);
      }
    }
  }

  void serve(Side& side, std::uint32_t events) {
    if (!side.fd) return;  // ended by an event before this one
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) side.closed = true;
    Side& other = side.pair->across(side);
    const bool was_blocked = !side.waits.empty();
    if (!send_waiting(side) || !pump(side, other) || (was_blocked && !pump(other, side))) {
      end(*side.pair);
    }
  }

  /// False when the connection is broken.
  static bool send_waiting(Side& to) {
    if (to.waits.empty()) return true;
    const ssize_t sent = ::send(to.fd.get(), to.waits.data(), to.waits.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN;
    to.waits.erase(0, static_cast<std::size_t>(sent));
    return true;
  }

  /// Reads what `from` has and sends it at once. False when the pair is over.
  bool pump(Side& from, Side& to) {
    while (to.waits.empty() && !from.finished) {
      const ssize_t got = ::recv(from.fd.get(), buffer_.data(), buffer_.size(), 0);
      if (got < 0) return errno == EAGAIN || errno == ENOTCONN;
      if (got == 0) {
        from.finished = true;
        ::shutdown(to.fd.get(), SHUT_WR);
        return !to.finished;
      }
      const auto bytes = static_cast<std::size_t>(got);
      const ssize_t sent = ::send(to.fd.get(), buffer_.data(), bytes, MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != ENOTCONN) return false;
      const std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
      if (taken < bytes) to.waits.assign(buffer_.data() + taken, bytes - taken);
      if (bytes < buffer_.size() && !from.closed) break;
    }
    return true;
  }

  void end(Pair& pair) {
    pair.client.fd.reset();
    pair.server.fd.reset();
    over_.splice(over_.end(), pairs_, pair.place);  // events of this round may still name it
  }

  base::Endpoint server_;
  UniqueFd epoll_;
  UniqueFd listener_;
  std::list<Pair> pairs_;
  std::list<Pair> over_;
  std::array<char, kBufferBytes> buffer_;
};

}  // namespace
}  // namespace hapair::bench

int main(int argc, char** argv) {
  using namespace hapair;
  if (argc == 3) {
    const auto at = base::Endpoint::parse(argv[1]);
    const auto server = base::Endpoint::parse(argv[2]);
    if (at && server) bench::Relay(*at, *server).run();
  }
  std::fputs("usage: relay LISTEN-ADDRESS:PORT SERVER-ADDRESS:PORT\n", stderr);
  return 2;
}
