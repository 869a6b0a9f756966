// Takes the framing off a body, incrementally and without copying: the payload it returns lies
// within the bytes it was given. Chunked coding (RFC 9112, section 7.1) is parsed strictly to the
// last character of extensions and trailers. Trailers are checked and bounded; those that may go on
// are kept until the next body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/http/chunk_parser.hpp"
#include "common/http/fault.hpp"
#include "common/http/framing.hpp"

namespace hapair::http {

class BodyDecoder {
 public:
  struct Step {
    enum class Status : std::uint8_t {
      kMore,   ///< all input was used, the body goes on
      kData,   ///< a piece of payload; call again with the rest of the input
      kEnd,    ///< the body is complete (a piece of payload may come with it)
      kFault,  ///< the body is malformed; nothing more will come
    };

    Status status = Status::kMore;
    std::string_view payload;      ///< lies within the input; may be empty
    std::size_t consumed = 0;      ///< bytes of the input used up, the payload among them
    Fault fault = Fault::kBareLf;  ///< meaningful with kFault only
  };

  explicit BodyDecoder(const BodyFraming& framing = {}, const BodyLimits& limits = {})
      : limits_(limits) {
    begin(framing);
  }

  /// Makes ready for the next body, whatever became of the last one.
  void begin(const BodyFraming& framing);

  /// Decodes up to the end of the next piece of payload. Bytes behind the end of the body are left
  /// alone: they belong to the next message.
  Step next(std::string_view input);

  /// Payload bytes that come next, before anything else does: the rest of the body or of the chunk
  /// it is in; UINT64_MAX for a body framed until close.
  [[nodiscard]] std::uint64_t payload_ahead() const;
  /// So many bytes of that payload went another way: they will not be input here.
  void skip_payload(std::uint64_t bytes);

  /// True when nothing more is to come. A body without bytes is done from the start.
  [[nodiscard]] bool done() const { return state_ == State::kDone; }

  /// Behind the end of a chunked body: its trailers that go on, as lines with CRLF (see
  /// trailers.hpp).
  [[nodiscard]] std::string_view trailers() const {
    return done() ? std::string_view(trailer_lines_) : std::string_view();
  }

  /// The peer has finished sending. True when that is a proper end of the body (done, or framed
  /// until close); false when the body is truncated (RFC 9112, section 8).
  [[nodiscard]] bool finish();

 private:
  enum class State : std::uint8_t {
    kLength,
    kUntilClose,
    kChunkLine,
    kChunkData,
    kChunkDataCr,
    kChunkDataLf,
    kTrailers,
    kDone,
    kFailed,
  };

  /// Hands on what `input` holds of the payload from `at` on.
  Step take_payload(std::string_view input, std::size_t at);
  // Each takes one byte of chunked framing.
  void take_chunk_line(char c);
  void take_trailers(char c);
  void expect(char wanted, char c, State next);
  void refuse(Fault fault);

  BodyLimits limits_;
  std::uint64_t left_ = 0;  ///< payload bytes to come in this body (kLength) or chunk
  ChunkLineParser chunk_line_;
  TrailerParser trailers_;
  std::string trailer_lines_;  ///< first as they came, then what goes on
  State state_ = State::kDone;
  Fault fault_ = Fault::kBareLf;
};

/// Room for the longest chunk head: 16 hexadecimal digits and CRLF.
inline constexpr std::size_t kMaxChunkHead = 18;
/// Follows the data of every chunk.
inline constexpr std::string_view kChunkEnd = "\r\n";
/// The last chunk with an empty trailer section.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// Writes the chunk-size line for `size` bytes of data (not 0); returns its length.
std::size_t write_chunk_head(std::span<std::uint8_t, kMaxChunkHead> out, std::uint64_t size);

}  // namespace hapair::http
