// Any bytes as a body. The first byte chooses the framing; the rest is read the same however it is
// cut; and a payload written anew in chunks is read back as it was.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "tests/fuzz/http_reading.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline Reading read_framed(std::string_view bytes, const http::BodyFraming& framing,
                           const Cut& cut) {
  http::BodyLimits limits;  // small ones, so that the corpus can reach them
  limits.max_chunk_line = 64;
  limits.max_extensions = 80;
  limits.max_trailers = 128;
  limits.max_trailer_fields = 3;
  http::BodyDecoder decoder(framing, limits);
  Reading reading;
  PieceEnds ends(bytes.size(), cut);
  read_body(bytes, 0, ends.next(), ends, decoder, reading);
  if (reading.end == Reading::End::kMore) {
    const bool proper = decoder.finish();
    require(proper == (framing.kind == http::BodyFraming::Kind::kUntilClose),
            "only a body until close may end with the connection");
    if (proper) reading.end = Reading::End::kComplete;
  }
  return reading;
}

inline std::string in_chunks(std::string_view payload, base::Random& random) {
  std::string out;
  while (!payload.empty()) {
    const std::size_t size = std::min(payload.size(), std::size_t{1} + random.below(40));
    std::array<std::uint8_t, http::kMaxChunkHead> head;
    out += base::as_text({head.data(), http::write_chunk_head(head, size)});
    out += payload.substr(0, size);
    out += http::kChunkEnd;
    payload.remove_prefix(size);
  }
  out += http::kLastChunk;
  return out;
}

inline void fuzz_http_chunks(std::span<const std::uint8_t> data) {
  if (data.empty()) return;
  using Kind = http::BodyFraming::Kind;
  constexpr std::array<Kind, 4> kKinds{Kind::kChunked, Kind::kLength, Kind::kUntilClose,
                                       Kind::kNone};
  http::BodyFraming framing{kKinds[data[0] % 4], 0};
  if (framing.kind == Kind::kLength) framing.length = 1U + data[0] / 4U;
  const std::string_view bytes = base::as_text(data.subspan(1));

  const Reading whole = read_framed(bytes, framing, {});
  const std::uint64_t seed = data.size();
  require(read_framed(bytes, framing, {.max_piece = 1}) == whole, "byte by byte");
  require(read_framed(bytes, framing, {.max_piece = 9, .seed = seed}) == whole, "in pieces");
  require(whole.payload.size() <= bytes.size(), "no byte is invented");

  base::Random random(seed);
  const std::string encoded = in_chunks(bytes, random);
  const Reading decoded =
      read_framed(encoded, {Kind::kChunked, 0}, {.max_piece = 11, .seed = seed});
  require(decoded.end == Reading::End::kComplete && decoded.bytes == encoded.size() &&
              decoded.payload == bytes,
          "chunks carry the payload unchanged");
}

}  // namespace hapair::fuzz
