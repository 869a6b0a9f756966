// ByteStream over a connected socket, registered with the loop once (edge-triggered) for its whole
// life: a keep-alive request costs no epoll_ctl.
#pragma once

#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/byte_stream.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::net {

class SocketStream : public ByteStream {
 public:
  SocketStream(event::EventLoop& loop, event::Priority priority, UniqueFd fd);
  ~SocketStream() override;

  /// Registers with the loop. A socket that is still connecting calls its handler when the
  /// connection stands or has failed; ask failure().
  [[nodiscard]] base::Result<void> start(StreamHandler& handler) override;

  /// Ends the connection at once, by RST, and keeps the socket, still registered. `handler` is told
  /// when the kernel's word of that end has come, which might else be taken for one of the next
  /// connection: not before it may connect() be called. False: nothing has happened.
  [[nodiscard]] bool dissolve(StreamHandler& handler);
  /// Begins another connection on a dissolved stream that has been told so; start() follows.
  [[nodiscard]] base::Result<void> connect(const base::Endpoint& to);

  IoResult read(std::span<std::uint8_t> into) override;
  IoResult write(std::span<const iovec> parts) override;
  IoResult write_and_hold(std::span<const iovec> parts) override;
  [[nodiscard]] bool can_pipe() const override { return can_pipe_; }
  IoResult read_into(Pipe& pipe, std::size_t max) override;
  IoResult write_from(Pipe& pipe) override;
  void shutdown_write() override;
  void abort() override;
  void vanish() override;
  void close() override;
  [[nodiscard]] bool may_read() const override { return may_read_; }
  [[nodiscard]] bool may_write() const override { return may_write_; }
  [[nodiscard]] bool peer_finished() const override { return closed_seen_; }
  [[nodiscard]] int failure() override;
  [[nodiscard]] std::optional<base::Endpoint> local_endpoint() const override;
  void set_handler(StreamHandler* handler) override { handler_ = handler; }

 private:
  void on_events(event::FdEvents events) noexcept;
  IoResult send(std::span<const iovec> parts, int flags);

  UniqueFd fd_;
  bool may_read_ = false;
  bool may_write_ = false;
  bool can_pipe_ = true;      ///< until the kernel says that this kind of socket cannot
  bool closed_seen_ = false;  ///< FIN or failure announced: a short read does not mean drained
  event::FdWatch watch_;
  StreamHandler* handler_ = nullptr;
};

}  // namespace hapair::net
