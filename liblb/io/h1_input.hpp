// What was received of HTTP/1 messages and is not used up yet: one buffer from the pool, held only
// while bytes are in it. Decodes bodies into pieces that lie within the buffer, so that payload is
// sent on from where it was received. Part of a client or server connection.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/http/body_decoder.hpp"
#include "common/net/byte_stream.hpp"
#include "liblb/core/exchange_sides.hpp"
#include "liblb/io/buffer_pool.hpp"
#include "liblb/io/h1_writer.hpp"
#include "liblb/io/pipe_pool.hpp"

namespace hapair::lb {

class H1Input {
 public:
  enum class Fill : std::uint8_t {
    kBytes,       ///< something was read
    kWouldBlock,  ///< nothing there
    kFull,        ///< no room: use bytes up first
    kNoBuffer,    ///< the pool is empty; the task runs when it may be tried again
    kNoPipe,      ///< only of fill_pipe(): read into a buffer instead
    kEof,
    kError,
  };

  /// Reads once.
  Fill fill(net::ByteStream& stream, BufferPool& pool, BufferPool::Use use, Task& task);

  /// Bytes of the last fill that brought some.
  [[nodiscard]] std::size_t last_fill() const { return last_fill_; }

  /// True when a long run of payload comes next and nothing waits before it.
  [[nodiscard]] bool may_pipe() const;
  /// Moves payload into a pipe: decode() then answers kPipe.
  Fill fill_pipe(net::ByteStream& stream, PipePool& pool);

  /// The bytes not used up yet.
  [[nodiscard]] std::string_view unread() const;
  void consume(std::size_t bytes);
  /// Uses up a head whose bytes must stay where they are until let_go().
  void consume_and_hold(std::size_t bytes);
  void let_go();
  /// Gives the buffer back when nothing is in it and nothing held either.
  void release_if_empty();
  void clear();

  // The body:
  void begin_body(const http::BodyFraming& framing);
  enum class Body : std::uint8_t { kMore, kPieces, kPipe, kFault };
  /// Decodes what there is, as far as the list of pieces holds it. kPieces: pieces() or
  /// body_ended() has something to pass on; kPipe: pipe() has; kMore: more bytes are needed.
  Body decode();
  [[nodiscard]] Pieces pieces() const { return {pieces_.data() + first_piece_, piece_count()}; }
  /// Bytes in the pipe; 0 where there is none.
  [[nodiscard]] std::size_t piped() const { return pipe_.size(); }
  /// With bytes in it after kPipe.
  [[nodiscard]] net::Pipe& pipe() const { return *pipe_; }
  /// Some of it waits to be passed on.
  [[nodiscard]] bool holds_payload() const { return piece_count() > 0 || pipe_.size() > 0; }
  /// Payload that comes next, as far as its length is known; see http::BodyDecoder.
  [[nodiscard]] std::uint64_t payload_ahead() const { return decoder_.payload_ahead(); }
  /// `bytes` of the pieces were passed on.
  void drop(std::size_t bytes);
  /// The pieces are the last ones of the body.
  [[nodiscard]] bool body_ended() const { return body_ended_; }
  /// The peer has finished sending: true when that ends the body properly.
  [[nodiscard]] bool finish_body();
  /// Behind the end of the body: its trailers that go on.
  [[nodiscard]] std::string_view trailers() const { return decoder_.trailers(); }
  [[nodiscard]] http::Fault fault() const { return fault_; }
  /// Where it is, in unread().
  [[nodiscard]] std::size_t fault_at() const { return fault_at_; }

 private:
  /// Shorter runs of payload are copied: a pipe saves nothing there.
  static constexpr std::uint64_t kMinPiped = 16 * 1024;
  /// Less room than this behind a held head: go on in a fresh buffer.
  static constexpr std::size_t kMinRoom = 8 * 1024;

  [[nodiscard]] std::size_t piece_count() const { return piece_end_ - first_piece_; }

  Buffer buffer_;
  Buffer held_;  ///< holds the head after the body went on in a buffer of its own
  PooledPipe pipe_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t hold_ = 0;  ///< bytes at the buffer's front that must stay
  http::BodyDecoder decoder_;
  std::array<std::string_view, H1Writer::kMaxPieces> pieces_;
  std::size_t first_piece_ = 0;
  std::size_t piece_end_ = 0;
  std::size_t last_fill_ = 0;
  http::Fault fault_ = http::Fault::kBareLf;
  std::size_t fault_at_ = 0;
  bool body_ended_ = true;
};

}  // namespace hapair::lb
