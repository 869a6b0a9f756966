// Sends one HTTP/1 message: the head from a buffer of its own, the payload straight from where it
// was received (RFC 9112, sections 6 and 7), both with one system call where they come together.
// Part of a client or server connection.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/http/body_decoder.hpp"
#include "common/http/framing.hpp"
#include "common/net/byte_stream.hpp"
#include "liblb/core/exchange_sides.hpp"
#include "liblb/io/buffer_pool.hpp"

namespace hapair::lb {

class H1Writer {
 public:
  static constexpr std::size_t kMaxPieces = 16;

  explicit H1Writer(net::ByteStream& stream) : stream_(stream) {}

  /// Where the next head can be written; gets a buffer when there is none yet. Empty when the pool
  /// has none left: `task` runs when it may be tried again.
  [[nodiscard]] std::span<std::uint8_t> head_room(BufferPool& pool, Task& task);
  /// `bytes` of head were written into head_room(); the body that follows is framed that way.
  void add_head(std::size_t bytes, const http::BodyFraming& body);
  /// Forgets the last head, when nothing of it and of what follows it has left; else false.
  [[nodiscard]] bool take_back_head();
  /// What follows are bytes of another protocol; their end is sent as FIN.
  void open_tunnel() { tunnel_ = true; }
  [[nodiscard]] bool tunnel() const { return tunnel_; }
  /// The FIN of a tunnel has been sent.
  [[nodiscard]] bool finished() const { return fin_sent_; }
  /// The connection ends behind the message whose head was added: its last packet takes the FIN
  /// along, which saves one.
  void set_last() { last_ = true; }
  /// To be sent behind the last chunk, where the body is chunked: lines with CRLF. To be set before
  /// the end of the body is sent.
  void set_trailers(std::string_view lines) { trailers_ = lines; }
  /// A whole message made here; only interim heads may wait before it.
  void add_reply(std::string reply);

  /// Sends what waits, then payload, as far as the stream takes it. Returns the payload bytes that
  /// were accepted; with `end` the end is accepted with the last byte. At most kMaxPieces; what was
  /// not accepted is offered again before anything else, and more may follow it then.
  std::size_t send_body(Pieces pieces, bool end);
  /// The same for payload in a pipe, which is not empty; what is left in it was not accepted.
  std::size_t send_pipe(net::Pipe& pipe, bool end);
  /// The rest of a chunked body and its end, which are sent when the stream takes them; begins with
  /// what was offered before and not accepted.
  void send_rest(std::string_view payload);
  /// Sends what waits.
  void flush();

  /// True when nothing of ours waits to be sent.
  [[nodiscard]] bool idle() const { return !waiting(); }
  /// True after the stream refused bytes, until it took all that waited.
  [[nodiscard]] bool blocked() const { return blocked_; }
  /// The stream is broken for writing. What is sent from here on is not accepted.
  [[nodiscard]] bool failed() const { return failed_; }
  /// All bytes that the stream has taken so far.
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }
  void release_buffer() { head_.release(); }

 private:
  [[nodiscard]] bool waiting() const {
    return head_begin_ < head_end_ || reply_sent_ < reply_.size() || framing_begin_ < framing_end_;
  }
  /// Of a chunked body no more than the chunk that was begun has left, if one was.
  std::size_t send_payload(Pieces pieces, bool end);
  void put_framing(std::string_view text);
  /// Begins a chunk of `size` bytes of payload, unless one was begun for them before.
  void begin_chunk(std::size_t size);
  /// Sends what waits before payload from a pipe. False when it was not all taken.
  bool send_before_pipe();
  /// Lets what tells the body's end wait behind all else.
  void put_end();
  /// Behind what waits already; with the trailers.
  void put_last_chunk();
  void flush_waiting();
  /// One system call; adds to `accepted`. False when the stream took nothing.
  bool write_once(Pieces pieces, bool end, std::size_t total, std::size_t& accepted);
  /// Lists the parts of our own that wait, at most three; returns how many.
  std::size_t list_own(std::span<iovec> parts);
  /// Takes note of what the stream did. False when it took nothing.
  bool took(const net::IoResult& result);
  /// Takes what was written off the parts of our own; returns what is left for the payload.
  std::size_t account_own(std::size_t written);

  net::ByteStream& stream_;
  Buffer head_;
  std::string reply_;  ///< or the end of a chunked body with trailers
  std::string trailers_;
  std::uint64_t bytes_written_ = 0;
  std::uint64_t chunk_left_ = 0;  ///< payload to come in the chunk whose size was sent
  std::size_t head_begin_ = 0;
  std::size_t head_end_ = 0;
  std::size_t last_head_ = 0;  ///< where the last one begins
  std::size_t reply_sent_ = 0;
  /// Chunk framing that waits: the end of one chunk and the size of the next.
  std::array<std::uint8_t, 2 * http::kMaxChunkHead> framing_{};
  std::uint8_t framing_begin_ = 0;
  std::uint8_t framing_end_ = 0;
  bool chunked_ = false;
  bool tunnel_ = false;
  bool fin_wanted_ = false;  ///< FIN follows what waits
  bool fin_sent_ = false;
  bool blocked_ = false;
  bool failed_ = false;
  bool last_ = false;  ///< see set_last()
};

}  // namespace hapair::lb
