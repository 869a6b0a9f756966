// One bound socket of a frontend: listens and accepts while it is open and not held back. Owned by
// its frontend.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/socket.hpp"
#include "common/tls/server_context.hpp"
#include "liblb/core/counters.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::lb {

/// How a bind's connections are under TLS.
struct BindTls {
  tls::ServerContext* context = nullptr;                       ///< outlives the engine
  base::Duration handshake_timeout = std::chrono::seconds(5);  ///< from the connection on
};

/// Who takes the accepted connections.
class ListenerOwner {
 public:
  virtual void on_accepted(class Listener& listener, net::Accepted accepted) = 0;

 protected:
  ~ListenerOwner() = default;
};

class Listener {
 public:
  Listener(event::EventLoop& loop, const base::Logger& log, ListenerOwner& owner, std::string name,
           net::UniqueFd socket, std::optional<std::size_t> group,
           std::optional<AcceptProxy> accept_proxy, std::optional<BindTls> tls);

  /// Listens and accepts.
  [[nodiscard]] base::Result<void> open();
  /// Stops listening: the kernel answers new connections with RST and resets those that wait in
  /// the accept queue. The socket stays bound.
  void close();
  /// Back-pressure: connections wait in the accept queue until resume().
  void pause();
  void resume();

  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] const std::optional<AcceptProxy>& accept_proxy() const { return accept_proxy_; }
  /// Whether a connection from there has to begin with a PROXY header.
  [[nodiscard]] bool expects_proxy(const base::IpAddress& peer) const;
  /// Absent: connections are plain.
  [[nodiscard]] const std::optional<BindTls>& tls() const { return tls_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::optional<std::size_t> group() const { return group_; }

  TrafficCounters counters;

 private:
  /// Connections accepted in one turn before others get theirs.
  static constexpr int kAcceptsPerTurn = 16;
  static constexpr int kBacklog = 4096;
  static constexpr base::Duration kShortagePause = std::chrono::milliseconds(100);

  void on_readable(event::FdEvents events) noexcept;
  void on_shortage_over() noexcept { update_watch(); }
  void update_watch();

  const base::Logger& log_;
  ListenerOwner& owner_;
  std::string name_;
  net::UniqueFd socket_;
  std::optional<std::size_t> group_;
  std::optional<AcceptProxy> accept_proxy_;
  std::optional<BindTls> tls_;
  event::FdWatch watch_;
  event::Timer shortage_timer_;  ///< armed while the process is out of descriptors or memory
  bool open_ = false;
  bool paused_ = false;
};

}  // namespace hapair::lb
