// The sockets of checks over TCP. A check ends its connection by RST; its socket is kept,
// registered with the loop as it is, and serves a later check, of whatever target. To make,
// register and destroy a socket costs the kernel about as much as a connection.
//
// As many are kept as were in use at once, up to a limit. The loop outlives them all.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/socket.hpp"
#include "common/net/socket_stream.hpp"

namespace hapair::check {

/// Sockets of a kind can stand in for each other.
struct SocketKind {
  base::Family family = base::Family::kIpv4;
  std::optional<base::IpAddress> source{};  ///< bound to it; absent: the kernel chooses each time
  net::FirstWord first_word = net::FirstWord::kTheirs;

  bool operator==(const SocketKind&) const = default;
};

class ProbeSockets {
 public:
  /// More are not kept.
  static constexpr std::size_t kMaxKept = 128;

  explicit ProbeSockets(event::EventLoop& loop);
  ~ProbeSockets();
  ProbeSockets(const ProbeSockets&) = delete;
  ProbeSockets& operator=(const ProbeSockets&) = delete;

  /// Begins a connection; the stream is to be started.
  [[nodiscard]] base::Result<std::unique_ptr<net::SocketStream>> connect(const SocketKind& kind,
                                                                         const base::Endpoint& to);
  /// Ends a connection of that kind that stood, by RST.
  void end(const SocketKind& kind, std::unique_ptr<net::SocketStream> stream);

  [[nodiscard]] std::size_t kept() const { return resting_.size() + ready_.size(); }

 private:
  class Kept;

  void on_rested(Kept& kept);

  event::EventLoop& loop_;
  std::vector<std::unique_ptr<Kept>> resting_;  ///< the kernel's word of their end is out
  std::vector<std::unique_ptr<Kept>> ready_;    ///< for the next connection
};

}  // namespace hapair::check
