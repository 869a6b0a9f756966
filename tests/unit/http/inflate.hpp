// What a client makes of a compressed body: the other half of Compressor, for tests; and a body
// that stays as large as it is.
#pragma once

#include <doctest/doctest.h>
#include <zlib.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"

namespace hapair::http_test {

struct Inflated {
  std::string text;
  bool whole = false;  ///< it ended in order, with nothing behind
};

/// gzip or zlib, as it says itself.
inline Inflated inflate(std::string_view bytes) {
  constexpr int kEither = 15 + 32;
  z_stream stream{};
  REQUIRE(::inflateInit2(&stream, kEither) == Z_OK);
  stream.next_in = const_cast<Bytef*>(base::as_bytes(bytes).data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  Inflated out;
  std::array<Bytef, 4096> room;
  int done = Z_OK;
  while (done == Z_OK) {
    stream.next_out = room.data();
    stream.avail_out = static_cast<uInt>(room.size());
    done = ::inflate(&stream, Z_SYNC_FLUSH);
    out.text += base::as_text(base::Bytes(room.data(), room.size() - stream.avail_out));
  }
  out.whole = done == Z_STREAM_END && stream.avail_in == 0;
  ::inflateEnd(&stream);
  return out;
}

/// What nobody can make smaller.
inline std::string noise_of(std::size_t bytes) {
  std::string text;
  std::uint32_t state = 1;
  while (text.size() < bytes) {
    state = state * 1664525 + 1013904223;
    text += static_cast<char>(state >> 24);
  }
  return text;
}

}  // namespace hapair::http_test
