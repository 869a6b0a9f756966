// One bound socket of a frontend: listens and accepts while it is open and not held back. Owned by
// its frontend.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "common/base/log.hpp"
#include "common/base/repeat_guard.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/socket.hpp"
#include "liblb/core/counters.hpp"
#include "liblb/core/handshake_times.hpp"
#include "liblb/io/bind_settings.hpp"

namespace hapair::lb {

/// Who takes the accepted connections.
class ListenerOwner {
 public:
  virtual void on_accepted(class Listener& listener, net::Accepted accepted) = 0;
  [[nodiscard]] virtual const std::string& frontend_name() const = 0;

 protected:
  ~ListenerOwner() = default;
};

/// Lets a listening socket answer no SYN; see net::set_quiet(). It takes rights that the process
/// may not have.
class SocketQuieter {
 public:
  virtual void set_quiet(int fd, bool quiet) = 0;

 protected:
  ~SocketQuieter() = default;
};

class Listener {
 public:
  /// `before`: whose figures it goes on with; null: nobody's.
  Listener(event::EventLoop& loop, const base::Logger& log, ListenerOwner& owner,
           BindSettings settings, const Listener* before = nullptr);

  /// Listens and accepts.
  [[nodiscard]] base::Result<void> open();
  /// Stops listening: the kernel answers new connections with RST and resets those that wait in
  /// the accept queue. The socket stays bound. A quiet one answers nobody until it opens again or
  /// end_drain().
  void close();
  /// Gets the other one's socket, which it has in place of its own from here on, with what waits
  /// there. The other one is closed, without a word to clients; this one is open as that one was.
  void take_over(Listener& other);
  /// Its group has another number.
  void renumber(std::optional<std::size_t> group) { settings_.group = group; }
  /// Back-pressure: connections wait in the accept queue until resume().
  void pause();
  void resume();
  /// Another process may serve in this one's place: nothing is accepted while it is held, whatever
  /// else is told, and what comes waits.
  void hold(bool on);
  /// Another process has taken the socket over, and listens: this copy of it is closed.
  void give_away();
  [[nodiscard]] int fd() const { return settings_.socket.get(); }

  // Draining, told by the frontend; it ends when the listener opens again.
  void begin_drain();
  void end_drain();
  /// Its sessions end as soon as they can.
  [[nodiscard]] bool draining() const { return draining_; }
  /// Of those that came by this listener, not by one of the same bind in another generation.
  void add_session() { ++sessions_; }
  /// `old`: it stood when draining began.
  void end_session(bool old) {
    --sessions_;
    if (old && old_sessions_ > 0) --old_sessions_;
  }
  [[nodiscard]] std::size_t sessions() const { return sessions_; }
  [[nodiscard]] std::size_t old_sessions() const { return old_sessions_; }
  /// The last stage: nothing new comes, what is under way is still accepted where `quieter` is
  /// there (and this socket's address moves to another node), and is not where it is absent.
  void go_quiet(SocketQuieter* quieter);
  [[nodiscard]] bool accepts_in_quiet() const { return open_ && quieter_ != nullptr; }
  /// For so long after the last SYN that was answered its client's next packet may come; nullopt:
  /// too few clients have come to tell.
  [[nodiscard]] std::optional<base::Duration> handshake_time() const {
    return handshakes_.enough();
  }

  [[nodiscard]] bool is_open() const { return open_; }
  /// It listens, and connections wait: a limit is reached, or a descriptor is wanted.
  [[nodiscard]] bool is_held_back() const { return open_ && !watch_.started(); }
  /// How often a connection could not be accepted, for want of descriptors or memory.
  [[nodiscard]] std::uint64_t accept_failures() const { return accept_failures_; }
  [[nodiscard]] const std::optional<AcceptProxy>& accept_proxy() const {
    return settings_.accept_proxy;
  }
  /// Whether a connection from there has to begin with a PROXY header.
  [[nodiscard]] bool expects_proxy(const base::IpAddress& peer) const;
  [[nodiscard]] const Protocols& protocols() const { return settings_.protocols; }
  /// Absent: connections are plain.
  [[nodiscard]] const std::optional<BindTls>& tls() const { return settings_.tls; }
  [[nodiscard]] const std::string& name() const { return settings_.name; }
  [[nodiscard]] const std::string& frontend_name() const { return owner_.frontend_name(); }
  [[nodiscard]] std::optional<std::size_t> group() const { return settings_.group; }

 private:
  std::shared_ptr<TrafficCounters> counted_;

 public:
  TrafficCounters& counters;

 private:
  static constexpr base::Duration kShortagePause = std::chrono::milliseconds(100);

  [[nodiscard]] base::Result<void> listen();
  void stop_listening();
  void on_readable(event::FdEvents events) noexcept;
  void on_shortage_over() noexcept { update_watch(); }
  void update_watch();
  void wait_out_shortage(const base::Error& error);

  const base::Logger& log_;
  ListenerOwner& owner_;
  BindSettings settings_;
  event::EventLoop& loop_;
  event::FdWatch watch_;
  event::Timer shortage_timer_;  ///< armed while the process is out of descriptors or memory
  base::RepeatGuard shortages_;  ///< in the log
  std::uint64_t accept_failures_ = 0;
  HandshakeTimes handshakes_;
  std::size_t sessions_ = 0;
  std::size_t old_sessions_ = 0;
  SocketQuieter* quieter_ = nullptr;  ///< that has made the socket quiet
  bool open_ = false;
  bool paused_ = false;
  bool held_ = false;
  bool draining_ = false;
  bool quiet_ = false;
};

}  // namespace hapair::lb
