#include "common/net/socket_stream.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "common/net/socket.hpp"

namespace hapair::net {

SocketStream::SocketStream(event::EventLoop& loop, event::Priority priority, UniqueFd fd)
    : fd_(std::move(fd)),
      watch_(loop, priority, event::Callback<event::FdEvents>::to<&SocketStream::on_events>(this)) {
}

SocketStream::~SocketStream() { watch_.stop(); }

base::Result<void> SocketStream::start(StreamHandler& handler) {
  handler_ = &handler;
  return watch_.start_stream(fd_.get());
}

IoResult SocketStream::read(std::span<std::uint8_t> into) {
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), into.data(), into.size(), 0);
    if (got > 0) {
      const auto bytes = static_cast<std::size_t>(got);
      // A short read has drained the socket; what comes later raises a new edge. Not so when the
      // FIN is already behind the data: it gives no second event.
      may_read_ = bytes == into.size() || closed_seen_;
      return {.status = IoStatus::kOk, .bytes = bytes};
    }
    if (got == 0) {
      may_read_ = false;
      return {.status = IoStatus::kEof};
    }
    if (errno == EINTR) continue;
    may_read_ = false;
    if (errno == EAGAIN) return {.status = IoStatus::kWouldBlock};
    return {.status = IoStatus::kError, .error = errno};
  }
}

IoResult SocketStream::write(std::span<const iovec> parts) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  for (;;) {
    const ssize_t sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    if (sent >= 0) return {.status = IoStatus::kOk, .bytes = static_cast<std::size_t>(sent)};
    if (errno == EINTR) continue;
    may_write_ = false;
    if (errno == EAGAIN) return {.status = IoStatus::kWouldBlock};
    return {.status = IoStatus::kError, .error = errno};
  }
}

void SocketStream::shutdown_write() { ::shutdown(fd_.get(), SHUT_WR); }

void SocketStream::abort() { reset_on_close(fd_.get()); }

void SocketStream::on_events(event::FdEvents events) noexcept {
  if (events.closed) closed_seen_ = true;
  if (events.readable || events.closed) may_read_ = true;
  if (events.writable) may_write_ = true;
  if (handler_ != nullptr) handler_->on_stream_ready();
}

}  // namespace hapair::net
