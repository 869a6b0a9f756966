// A byte stream as the engine sees it: plain TCP here, TLS over it, a test's memory. Reads and
// writes are tried first; only after kWouldBlock (or a short read) does the handler's call announce
// more.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"

namespace hapair::net {

class Pipe;

enum class IoStatus {
  kOk,          ///< `bytes` were moved (at least 1)
  kWouldBlock,  ///< nothing now; the handler will be called
  kEof,         ///< the peer has finished sending (reads only)
  kError,       ///< the connection is broken: `error` is the errno
};

struct IoResult {
  IoStatus status = IoStatus::kWouldBlock;
  std::size_t bytes = 0;
  int error = 0;
};

/// Told when a stream may be read or written again. One call may stand for several reasons.
class StreamHandler {
 public:
  /// May destroy the stream as its last act.
  virtual void on_stream_ready() noexcept = 0;

 protected:
  ~StreamHandler() = default;
};

class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// Begins to tell `handler`. A stream that has begun before goes on under this handler, which
  /// looks first whether it may read.
  [[nodiscard]] virtual base::Result<void> start(StreamHandler& handler) = 0;

  /// Reads at most `into.size()` bytes (which must not be 0).
  virtual IoResult read(std::span<std::uint8_t> into) = 0;
  /// Writes from the parts in order; may take only some of the bytes.
  virtual IoResult write(std::span<const iovec> parts) = 0;
  /// The same; more follows at once (bytes, shutdown or close), so a last packet that is not full
  /// may wait for it.
  virtual IoResult write_and_hold(std::span<const iovec> parts) { return write(parts); }

  /// True while bytes can be moved between this stream and a pipe.
  [[nodiscard]] virtual bool can_pipe() const { return false; }
  /// Moves at most `max` bytes into the pipe, which must be empty. For streams that can_pipe(); may
  /// find out that this one cannot after all: kWouldBlock, and nothing was moved.
  virtual IoResult read_into(Pipe& pipe, std::size_t max);
  /// Moves bytes out of the pipe, which must not be empty. For streams that can_pipe().
  virtual IoResult write_from(Pipe& pipe);

  /// Sends FIN after what was written; reading goes on.
  virtual void shutdown_write() = 0;
  /// Makes the coming close or destruction send RST instead of FIN.
  virtual void abort() = 0;
  /// Makes the coming close or destruction say nothing to a peer behind a router.
  virtual void vanish() { abort(); }
  /// Ends the connection now: what was written leaves, then FIN. Nothing else may be called any
  /// more; without it destruction does the same.
  virtual void close() {}

  /// True while a read might yield something: data, end of stream or an error. False after a read
  /// that drained the stream, until the next on_stream_ready() or a write that fails.
  [[nodiscard]] virtual bool may_read() const = 0;
  [[nodiscard]] virtual bool may_write() const = 0;
  /// True once the peer's FIN or a failure was announced, though its bytes may not be read yet.
  [[nodiscard]] virtual bool peer_finished() const = 0;

  /// The errno of a connect or of a connection that has failed; 0: none is known. Asks the kernel,
  /// which forgets it.
  [[nodiscard]] virtual int failure() = 0;
  /// Where it ends on this host; absent where it has no such place.
  [[nodiscard]] virtual std::optional<base::Endpoint> local_endpoint() const = 0;

  /// Who is told; changing it is silent.
  virtual void set_handler(StreamHandler* handler) = 0;
};

inline IoResult ByteStream::read_into(Pipe& /*pipe*/, std::size_t /*max*/) {
  return {.status = IoStatus::kError};
}
inline IoResult ByteStream::write_from(Pipe& /*pipe*/) { return {.status = IoStatus::kError}; }

/// Writes what is left of `text` behind the first `sent` bytes, as far as that goes now, and counts
/// it to them. kOk: nothing is left.
inline IoStatus write_rest(ByteStream& stream, std::string_view text, std::size_t& sent) {
  while (sent < text.size()) {
    const iovec rest{.iov_base = const_cast<char*>(text.data()) + sent,
                     .iov_len = text.size() - sent};
    const IoResult result = stream.write({&rest, 1});
    if (result.status != IoStatus::kOk) return result.status;
    sent += result.bytes;
  }
  return IoStatus::kOk;
}

}  // namespace hapair::net
