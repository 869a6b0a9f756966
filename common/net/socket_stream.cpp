#include "common/net/socket_stream.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/net/pipe.hpp"
#include "common/net/socket.hpp"

namespace hapair::net {

namespace {

/// Parts that are this short together are sent from one place: that is cheaper for the kernel.
constexpr std::size_t kGathered = 2048;

/// The parts in one piece: the only one there is, or a copy in `room`; empty when they are longer.
std::span<const std::uint8_t> in_one_piece(std::span<const iovec> parts,
                                           std::span<std::uint8_t, kGathered> room) {
  if (parts.size() == 1) {
    return {static_cast<const std::uint8_t*>(parts[0].iov_base), parts[0].iov_len};
  }
  std::size_t size = 0;
  for (const iovec& part : parts) {
    if (part.iov_len > room.size() - size) return {};
    std::memcpy(room.data() + size, part.iov_base, part.iov_len);
    size += part.iov_len;
  }
  return room.first(size);
}

}  // namespace

SocketStream::SocketStream(event::EventLoop& loop, event::Priority priority, UniqueFd fd)
    : fd_(std::move(fd)),
      watch_(loop, priority, event::Callback<event::FdEvents>::to<&SocketStream::on_events>(this)) {
}

SocketStream::~SocketStream() { watch_.stop(); }

base::Result<void> SocketStream::start(StreamHandler& handler) {
  handler_ = &handler;
  if (watch_.started()) return {};
  return watch_.start_stream(fd_.get());
}

bool SocketStream::dissolve(StreamHandler& handler) {
  if (!watch_.started() || !dissolve_connection(fd_.get())) return false;
  handler_ = &handler;
  return true;
}

base::Result<void> SocketStream::connect(const base::Endpoint& to) {
  may_read_ = may_write_ = closed_seen_ = false;
  return begin_connection(fd_.get(), to);
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

IoResult SocketStream::write(std::span<const iovec> parts) { return send(parts, MSG_NOSIGNAL); }

IoResult SocketStream::write_and_hold(std::span<const iovec> parts) {
  return send(parts, MSG_NOSIGNAL | MSG_MORE);
}

IoResult SocketStream::send(std::span<const iovec> parts, int flags) {
  std::array<std::uint8_t, kGathered> room;
  const std::span<const std::uint8_t> piece = in_one_piece(parts, room);
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  for (;;) {
    const ssize_t sent = piece.empty() ? ::sendmsg(fd_.get(), &message, flags)
                                       : ::send(fd_.get(), piece.data(), piece.size(), flags);
    if (sent >= 0) return {.status = IoStatus::kOk, .bytes = static_cast<std::size_t>(sent)};
    if (errno == EINTR) continue;
    may_write_ = false;
    if (errno == EAGAIN) return {.status = IoStatus::kWouldBlock};
    closed_seen_ = may_read_ = true;  // what the peer said before, and the end
    return {.status = IoStatus::kError, .error = errno};
  }
}

IoResult SocketStream::read_into(Pipe& pipe, std::size_t max) {
  const IoResult result = pipe.fill_from(fd_.get(), max);
  // However much came, more may be there: a pipe is full of small pieces long before its capacity.
  if (result.status == IoStatus::kError && result.error == EINVAL) {
    can_pipe_ = false;
    return {.status = IoStatus::kWouldBlock};
  }
  if (result.status != IoStatus::kOk) may_read_ = false;
  return result;
}

IoResult SocketStream::write_from(Pipe& pipe) {
  const IoResult result = pipe.drain_to(fd_.get());
  if (result.status != IoStatus::kOk) may_write_ = false;
  if (result.status == IoStatus::kError) closed_seen_ = may_read_ = true;
  return result;
}

void SocketStream::shutdown_write() { ::shutdown(fd_.get(), SHUT_WR); }

int SocketStream::failure() { return connect_error(fd_.get()); }

std::optional<base::Endpoint> SocketStream::local_endpoint() const {
  return net::local_endpoint(fd_.get());
}

void SocketStream::abort() { reset_on_close(fd_.get()); }

void SocketStream::vanish() {
  reset_on_close(fd_.get());
  expire_at_next_hop(fd_.get());
}

void SocketStream::close() {
  watch_.stop();
  fd_.reset();
}

void SocketStream::on_events(event::FdEvents events) noexcept {
  if (events.closed) closed_seen_ = true;
  if (events.readable || events.closed) may_read_ = true;
  if (events.writable) may_write_ = true;
  if (handler_ != nullptr) handler_->on_stream_ready();
}

}  // namespace hapair::net
