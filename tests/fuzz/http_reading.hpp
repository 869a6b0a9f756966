// Reads an HTTP/1 message as the engine does, head and then body, in pieces of a given size. The
// fuzz bodies and the corpus tests compare readings: the cut into pieces must never matter.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/random.hpp"
#include "common/base/text.hpp"
#include "common/http/body_decoder.hpp"
#include "common/http/framing.hpp"
#include "common/http/head_parser.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

/// How a message is cut, and whether what has arrived moves in memory from call to call.
struct Cut {
  std::size_t max_piece = SIZE_MAX;  ///< pieces are of 1 to that many bytes; SIZE_MAX: one piece
  bool moves = false;
  std::uint64_t seed = 1;
  std::size_t first_piece = 0;  ///< size of the first piece; 0: as the others
};

/// What became of a message. `head` says all that was understood of it.
struct Reading {
  enum class End : std::uint8_t { kMore, kComplete, kFault };
  End end = End::kMore;
  std::optional<http::Fault> fault;
  std::string head;
  std::string payload;
  std::string trailers;
  std::size_t bytes = 0;  ///< of the message; with kFault not compared

  bool operator==(const Reading& other) const {
    return end == other.end && fault == other.fault && head == other.head &&
           payload == other.payload && trailers == other.trailers &&
           (end == End::kFault || bytes == other.bytes);
  }
};

/// Hands out the ends of the pieces that a text is cut into.
class PieceEnds {
 public:
  PieceEnds(std::size_t total, const Cut& cut) : total_(total), cut_(cut), random_(cut.seed) {}

  std::size_t next() {
    const bool first = at_ == 0 && cut_.first_piece != 0;
    std::size_t piece = first ? cut_.first_piece : cut_.max_piece;
    if (!first && piece != SIZE_MAX) piece = 1 + random_.below(piece);
    at_ += std::min(piece, total_ - at_);
    return at_;
  }

 private:
  std::size_t total_;
  Cut cut_;
  base::Random random_;
  std::size_t at_ = 0;
};

template <class Head>
void describe_common(std::string& out, const Head& head) {
  const http::FramingFacts& facts = head.framing;
  for (const http::Field& field : head.fields) {
    out += base::concat('\n', field.name, "=", field.value, ";", static_cast<int>(field.id));
  }
  out +=
      base::concat("\nlength ", facts.has_content_length ? facts.content_length : 0, " flags ",
                   static_cast<int>(facts.has_content_length), static_cast<int>(facts.chunked),
                   static_cast<int>(facts.close), static_cast<int>(facts.keep_alive),
                   static_cast<int>(facts.upgrade), static_cast<int>(facts.nominates_others),
                   static_cast<int>(facts.expect_continue), static_cast<int>(facts.takes_trailers),
                   static_cast<int>(http::wants_keep_alive(head.version, facts)));
}

inline std::string describe(const http::RequestHead& head) {
  std::string out =
      base::concat(head.method_text, " ", head.target, " ", http::to_text(head.version), "\n",
                   head.authority, "|", head.path, "|", head.host, "|", head.upgrade);
  describe_common(out, head);
  return out;
}

inline std::string describe(const http::ResponseHead& head) {
  std::string out = base::concat(http::to_text(head.version), " ", head.status, " ", head.reason,
                                 "|", head.upgrade);
  describe_common(out, head);
  return out;
}

/// Decodes bytes[from, ...) as a body; the pieces go on where the head's ended.
inline void read_body(std::string_view bytes, std::size_t from, std::size_t arrived,
                      PieceEnds& ends, http::BodyDecoder& decoder, Reading& reading) {
  std::size_t at = from;
  for (;;) {
    while (at < arrived || decoder.done()) {
      // A copy of just what is there: reading beyond it is seen by the address sanitizer.
      const auto piece = std::make_unique_for_overwrite<char[]>(arrived - at);
      std::copy_n(bytes.data() + at, arrived - at, piece.get());
      const std::uint64_t ahead = decoder.payload_ahead();
      const auto step = decoder.next({piece.get(), arrived - at});
      require(ahead == 0 || step.payload.size() == std::min<std::uint64_t>(ahead, arrived - at),
              "the payload that was foretold comes");
      at += step.consumed;
      reading.payload += step.payload;
      reading.bytes = at;
      if (step.status == http::BodyDecoder::Step::Status::kFault) {
        reading.end = Reading::End::kFault;
        reading.fault = step.fault;
        return;
      }
      if (step.status == http::BodyDecoder::Step::Status::kEnd) {
        reading.end = Reading::End::kComplete;
        reading.trailers = decoder.trailers();
        return;
      }
    }
    if (arrived == bytes.size()) return;
    arrived = ends.next();
  }
}

/// `Parser` and `Head` are those of requests or of responses; `framing` says how the body of a
/// complete head is framed.
template <class Parser, class Head, class Framing>
Reading read_message(std::string_view bytes, const Cut& cut, Head& head, Framing framing,
                     const http::HeadLimits& limits = {},
                     const http::BodyLimits& body_limits = {}) {
  Reading reading;
  Parser parser(limits);
  PieceEnds ends(bytes.size(), cut);
  std::unique_ptr<char[]> moved;
  for (std::size_t arrived = ends.next();; arrived = ends.next()) {
    std::string_view buffered = bytes.substr(0, arrived);
    if (cut.moves) {
      auto copy = std::make_unique_for_overwrite<char[]>(arrived);
      std::copy_n(bytes.data(), arrived, copy.get());
      moved = std::move(copy);
      buffered = {moved.get(), arrived};
    }
    const http::ParseResult result = parser.parse(buffered, head);
    if (result.faulty()) {
      reading.end = Reading::End::kFault;
      reading.fault = result.fault;
      return reading;
    }
    if (result.complete()) {
      reading.head = describe(head);
      http::BodyDecoder decoder(framing(head), body_limits);
      reading.bytes = result.bytes;
      read_body(bytes, result.bytes, arrived, ends, decoder, reading);
      return reading;
    }
    if (arrived == bytes.size()) return reading;
  }
}

inline Reading read_request(std::string_view bytes, const Cut& cut, http::RequestHead& head,
                            const http::HeadLimits& limits = {}) {
  return read_message<http::RequestParser>(bytes, cut, head, http::request_body, limits);
}

inline Reading read_response(std::string_view bytes, const Cut& cut, http::ResponseHead& head,
                             http::Method method, const http::HeadLimits& limits = {}) {
  return read_message<http::ResponseParser>(
      bytes, cut, head,
      [method](const http::ResponseHead& whole) { return http::response_body(whole, method); },
      limits);
}

}  // namespace hapair::fuzz
