// The control server: HTTP/1.1 with JSON on a Unix socket, on the worker's loop at control
// priority. It speaks through the same strict codec as the traffic side, with smaller limits.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string_view>

#include "apps/hapair/control/router.hpp"
#include "apps/hapair/control/session.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/base/repeat_guard.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/socket.hpp"
#include "common/net/spare_descriptor.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::control {

class ControlServer final : private SessionOwner, private base::JournalListener {
 public:
  /// Idle ones give way to one more.
  static constexpr std::size_t kMaxConnections = 32;
  /// So many of them may follow the journal; the others are left for questions.
  static constexpr std::size_t kMaxFollowers = 16;
  /// After the process has run out of descriptors, and one connection has got the spare one,
  /// nothing is accepted for this long.
  static constexpr base::Duration kAcceptPause = std::chrono::seconds(1);

  /// `listener` is a listening Unix stream socket. The loop, the log, `status`, `actions` and the
  /// journal outlive the server; the journal is the one that `status` shows.
  ControlServer(event::EventLoop& loop, const base::Logger& log, net::UniqueFd listener,
                const StatusSource& status, ControlActions& actions, base::Journal& journal,
                std::optional<WriteGroup> write_group);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  [[nodiscard]] base::Result<void> start();
  /// Nobody new is served until start(): they wait, for this process or another one.
  void hold();
  [[nodiscard]] int fd() const { return listener_.get(); }

  /// Who may change something from here on, besides root.
  void use(std::optional<WriteGroup> write_group) { router_.use(std::move(write_group)); }

  /// Serves a connection that was accepted elsewhere.
  void serve(net::UniqueFd connection);

  [[nodiscard]] std::size_t connection_count() const { return connections_.size(); }

 private:
  struct Connection;

  void on_acceptable(event::FdEvents events) noexcept;
  void on_pause_over() noexcept;
  /// The next that waits; where there is no descriptor, by way of the one that is kept for that.
  [[nodiscard]] base::Result<std::optional<net::Accepted>> accept();
  void on_session_end() noexcept override { sweep_.schedule(); }
  [[nodiscard]] bool admits_follower() const noexcept override;
  /// False: all that there may be are busy.
  [[nodiscard]] bool has_place();
  void on_journal_event(const base::JournalEvent& event) noexcept override;
  void sweep() noexcept;
  /// Anyone who may connect can be refused as often as they like: the log hears of it now and then.
  void log_refusal(std::string_view what);

  event::EventLoop& loop_;
  const base::Logger& log_;
  base::Journal& journal_;
  net::UniqueFd listener_;
  Router router_;
  event::FdWatch accept_watch_;
  event::Timer accept_pause_;
  event::Deferred sweep_;
  std::list<std::unique_ptr<Connection>> connections_;
  net::SpareDescriptor spare_;
  base::RepeatGuard refusals_;
};

}  // namespace hapair::control
