// What an HTTP/2 connection sends: frames gather in one buffer of the pool and leave in few system
// calls, at the end of a turn or when the buffer is full. Part of a connection's owner.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/http/h2_connection.hpp"
#include "common/net/byte_stream.hpp"
#include "liblb/io/buffer_pool.hpp"

namespace hapair::lb {

class H2Output {
 public:
  H2Output(net::ByteStream& stream, http::H2Connection& connection)
      : stream_(stream), connection_(connection) {}

  /// Gathers frames, and sends only what the buffer does not hold. `task` runs when there is a
  /// buffer again.
  void gather(BufferPool& pool, Task& task);
  /// Sends all that there is, as far as the stream takes it.
  void send(BufferPool& pool, Task& task);

  /// The stream or the pool refused: nothing more is taken until send() has got rid of it all.
  [[nodiscard]] bool blocked() const { return blocked_; }
  /// Frames are in the buffer.
  [[nodiscard]] bool waiting() const { return begin_ < end_; }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }
  /// With those that wait in the buffer.
  [[nodiscard]] std::uint64_t bytes_gathered() const { return bytes_written_ + (end_ - begin_); }
  /// Nothing is sent from here on.
  void end() {
    buffer_.release();
    begin_ = end_ = 0;
    failed_ = true;
  }

 private:
  /// Less room than this: what is there leaves first.
  static constexpr std::size_t kMinRoom = 1024;

  void write();

  net::ByteStream& stream_;
  http::H2Connection& connection_;
  Buffer buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t bytes_written_ = 0;
  bool blocked_ = false;
  bool failed_ = false;
};

}  // namespace hapair::lb
