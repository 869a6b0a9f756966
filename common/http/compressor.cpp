#include "common/http/compressor.hpp"

#include <zlib.h>

#include <array>
#include <cassert>
#include <utility>

#include "common/base/bytes.hpp"

namespace hapair::http {
namespace {

// Memory: (1 << (window bits + 2)) + (1 << (memory level + 9)) bytes, 64 KiB with these.
constexpr int kWindowBits = 13;
constexpr int kMemoryLevel = 6;
constexpr int kGzipWrapping = 16;  ///< added to the window bits

}  // namespace

struct Compressor::State {
  z_stream stream{};
};

Compressor::Compressor(std::unique_ptr<State> state) : state_(std::move(state)) {}

Compressor::~Compressor() { ::deflateEnd(&state_->stream); }

std::unique_ptr<Compressor> Compressor::make(ContentCoding coding, int level) {
  auto state = std::make_unique<State>();
  const int bits = coding == ContentCoding::kGzip ? kWindowBits + kGzipWrapping : kWindowBits;
  const int done =
      ::deflateInit2(&state->stream, level, Z_DEFLATED, bits, kMemoryLevel, Z_DEFAULT_STRATEGY);
  if (done != Z_OK) return nullptr;
  return std::unique_ptr<Compressor>(new Compressor(std::move(state)));
}

void Compressor::add(std::string_view bytes, std::string& out) {
  if (!bytes.empty()) run(bytes, Z_NO_FLUSH, out);
}

void Compressor::flush(std::string& out) { run({}, Z_SYNC_FLUSH, out); }

void Compressor::finish(std::string& out) { run({}, Z_FINISH, out); }

void Compressor::run(std::string_view bytes, int how, std::string& out) {
  z_stream& stream = state_->stream;
  // zlib reads it only; its type lacks the const unless ZLIB_CONST is defined.
  stream.next_in = const_cast<Bytef*>(base::as_bytes(bytes).data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::array<Bytef, 4096> room;
  do {
    stream.next_out = room.data();
    stream.avail_out = static_cast<uInt>(room.size());
    [[maybe_unused]] const int done = ::deflate(&stream, how);
    assert(done != Z_STREAM_ERROR);
    const base::Bytes made(room.data(), room.size() - stream.avail_out);
    out += base::as_text(made);
  } while (stream.avail_out == 0);  // the room was filled: there is more
}

}  // namespace hapair::http
