// The framing of the chunked coding byte by byte (RFC 9112, section 7.1): the line with a chunk's
// size and extensions, and the trailer section. Nothing of it is stored but the size.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/http/fault.hpp"

namespace hapair::http {

struct BodyLimits {
  std::size_t max_chunk_line = 1024;   ///< bytes of one chunk-size line with its CRLF
  std::size_t max_extensions = 16384;  ///< bytes of chunk extensions in the whole body
  std::size_t max_trailers = 8192;     ///< bytes of the whole trailer section
  std::size_t max_trailer_fields = 100;
};

/// What one more byte led to.
enum class FramingStep : std::uint8_t { kMore, kDone, kFault };

/// chunk-size [ chunk-ext ] CRLF
class ChunkLineParser {
 public:
  FramingStep take(char c, const BodyLimits& limits);
  /// After kDone: bytes of data in the chunk; 0 for the last chunk.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Fault fault() const { return fault_; }
  /// Makes ready for the next line of the same body.
  void restart();

 private:
  enum class State : std::uint8_t {
    kFirstDigit,
    kDigit,
    kAfterSize,  ///< a blank was seen: only an extension may follow
    kName,
    kNameGoesOn,
    kAfterName,
    kValue,
    kToken,
    kQuoted,
    kEscaped,
    kAfterQuoted,
    kAfterValue,  ///< a blank was seen
    kLf,
  };

  FramingStep take_digit(char c);
  FramingStep take_lf(char c, const BodyLimits& limits);
  FramingStep go(State state);
  FramingStep refuse(Fault fault);

  std::uint64_t size_ = 0;
  std::size_t digits_ = 0;
  std::size_t line_bytes_ = 0;
  std::size_t extension_bytes_ = 0;  ///< of all lines so far
  State state_ = State::kFirstDigit;
  Fault fault_ = Fault::kBareLf;
};

/// *( field-line CRLF ) CRLF
class TrailerParser {
 public:
  FramingStep take(char c, const BodyLimits& limits);
  [[nodiscard]] Fault fault() const { return fault_; }

 private:
  enum class State : std::uint8_t { kLineStart, kName, kValue, kLineLf, kEndLf };

  FramingStep go(State state);
  FramingStep refuse(Fault fault);

  std::size_t bytes_ = 0;
  std::size_t fields_ = 0;
  State state_ = State::kLineStart;
  Fault fault_ = Fault::kBareLf;
};

}  // namespace hapair::http
