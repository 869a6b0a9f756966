#include "liblb/io/h1_writer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "common/net/pipe.hpp"

namespace hapair::lb {
namespace {

constexpr std::string_view kLastChunkHead = "0\r\n";
constexpr std::string_view kChunkAndBodyEnd = "\r\n0\r\n\r\n";

iovec part(const void* data, std::size_t size) { return {const_cast<void*>(data), size}; }

/// The bytes from `begin` on up to `end`, as pieces.
Pieces cut(Pieces pieces, std::size_t begin, std::size_t end,
           std::array<std::string_view, H1Writer::kMaxPieces>& into) {
  std::size_t count = 0;
  std::size_t at = 0;
  for (const std::string_view piece : pieces) {
    const std::size_t first = std::clamp(begin, at, at + piece.size()) - at;
    const std::size_t last = std::clamp(end, at, at + piece.size()) - at;
    if (first < last) into[count++] = piece.substr(first, last - first);
    at += piece.size();
  }
  return {into.data(), count};
}

/// How much of `size` bytes the remaining `written` ones cover; takes it off them.
std::size_t take(std::size_t& written, std::size_t size) {
  const std::size_t taken = std::min(written, size);
  written -= taken;
  return taken;
}

}  // namespace

std::span<std::uint8_t> H1Writer::head_room(BufferPool& pool, Task& task) {
  if (!head_) {
    head_ = pool.acquire(BufferPool::Use::kFinish, task);
    head_begin_ = head_end_ = 0;
  }
  return head_ ? head_.bytes().subspan(head_end_) : std::span<std::uint8_t>();
}

void H1Writer::add_head(std::size_t bytes, const http::BodyFraming& body) {
  last_head_ = head_end_;
  head_end_ += bytes;
  chunked_ = body.kind == http::BodyFraming::Kind::kChunked;
  if (body.kind == http::BodyFraming::Kind::kTunnel) open_tunnel();
  trailers_.clear();
  chunk_left_ = 0;
}

bool H1Writer::take_back_head() {
  if (failed_ || head_begin_ == head_end_ || head_begin_ > last_head_) return false;
  head_end_ = last_head_;
  framing_begin_ = framing_end_ = 0;
  chunked_ = false;
  last_ = false;
  return true;
}

void H1Writer::add_reply(std::string reply) {
  reply_ = std::move(reply);
  reply_sent_ = 0;
  chunked_ = false;
}

std::size_t H1Writer::send_body(Pieces pieces, bool end) {
  const std::size_t total = size_of(pieces);
  // The end alone is accepted at once, even when it has to wait behind other bytes.
  if (total == 0 && end) put_end();
  if (!chunked_ || chunk_left_ == 0 || chunk_left_ >= total) return send_payload(pieces, end);
  // The chunk that was begun holds what was offered then; what has come since has its own.
  std::array<std::string_view, kMaxPieces> parts;
  const std::size_t first = chunk_left_;
  const std::size_t accepted = send_payload(cut(pieces, 0, first, parts), false);
  if (accepted < first) return accepted;
  return accepted + send_payload(cut(pieces, first, total, parts), end);
}

std::size_t H1Writer::send_payload(Pieces pieces, bool end) {
  if (failed_ || blocked_) return 0;
  const std::size_t total = size_of(pieces);
  begin_chunk(total);
  std::size_t accepted = 0;
  const bool plain_end = end && trailers_.empty();
  while ((accepted < total || waiting()) && write_once(pieces, plain_end, total, accepted)) {
  }
  const bool end_follows = end && total > 0 && accepted == total && (tunnel_ || !plain_end);
  if (end_follows) put_end();
  flush_waiting();
  return accepted;
}

std::size_t H1Writer::send_pipe(net::Pipe& pipe, bool end) {
  const std::size_t total = pipe.size();
  if (failed_ || blocked_) return 0;
  begin_chunk(total);
  if (!send_before_pipe()) return 0;
  while (!pipe.empty() && took(stream_.write_from(pipe))) {
  }
  const std::size_t accepted = total - pipe.size();
  if (chunked_) {
    chunk_left_ -= accepted;
    if (pipe.empty()) put_framing(end ? kChunkAndBodyEnd : http::kChunkEnd);
    if (pipe.empty() && end) flush();
  }
  return accepted;
}

bool H1Writer::send_before_pipe() {
  while (waiting()) {
    std::array<iovec, 3> parts;
    const std::size_t count = list_own(parts);
    const net::IoResult result = stream_.write_and_hold({parts.data(), count});
    if (!took(result)) return false;
    account_own(result.bytes);
  }
  return true;
}

void H1Writer::begin_chunk(std::size_t size) {
  if (chunked_ && size > 0 && chunk_left_ == 0) {
    std::array<std::uint8_t, http::kMaxChunkHead> line{};
    const std::size_t length = http::write_chunk_head(line, size);
    put_framing({reinterpret_cast<const char*>(line.data()), length});
    chunk_left_ = size;
  }
  assert(!chunked_ || chunk_left_ == size);
}

void H1Writer::flush() {
  blocked_ = false;
  flush_waiting();
}

void H1Writer::flush_waiting() {
  std::size_t accepted = 0;
  while (!blocked_ && waiting() && write_once({}, false, 0, accepted)) {
  }
  if (!fin_wanted_ || fin_sent_ || waiting() || failed_) return;
  stream_.shutdown_write();
  fin_sent_ = true;
}

void H1Writer::put_end() {
  fin_wanted_ = tunnel_;
  if (!chunked_) return;
  if (trailers_.empty()) {
    put_framing(http::kLastChunk);
    return;
  }
  // Behind the rest of a chunk's end, which would else be sent after it.
  reply_.assign(framing_.begin() + framing_begin_, framing_.begin() + framing_end_);
  framing_begin_ = framing_end_ = 0;
  put_last_chunk();
}

void H1Writer::put_last_chunk() {
  reply_ += kLastChunkHead;
  reply_ += trailers_;
  reply_ += "\r\n";
}

void H1Writer::send_rest(std::string_view payload) {
  if (failed_) return;
  reply_.append(framing_.begin() + framing_begin_, framing_.begin() + framing_end_);
  framing_begin_ = framing_end_ = 0;
  assert(chunk_left_ <= payload.size());
  // The end of the chunk that was begun, then one for what has come since.
  if (chunk_left_ > 0) {
    reply_ += payload.substr(0, chunk_left_);
    reply_ += http::kChunkEnd;
    payload.remove_prefix(std::exchange(chunk_left_, 0));
  }
  if (!payload.empty()) {
    std::array<std::uint8_t, http::kMaxChunkHead> line{};
    const std::size_t length = http::write_chunk_head(line, payload.size());
    reply_.append(reinterpret_cast<const char*>(line.data()), length);
    reply_ += payload;
    reply_ += http::kChunkEnd;
  }
  put_last_chunk();
  if (!blocked_) flush_waiting();
}

bool H1Writer::write_once(Pieces pieces, bool end, std::size_t total, std::size_t& accepted) {
  std::array<iovec, kMaxPieces + 4> parts;
  std::size_t count = list_own(parts);
  const std::size_t payload = total - accepted;
  std::size_t skip = accepted;
  for (std::string_view piece : pieces) {
    piece.remove_prefix(take(skip, piece.size()));
    if (!piece.empty()) parts[count++] = part(piece.data(), piece.size());
  }
  std::string_view tail;
  if (chunked_ && payload > 0) {
    tail = end ? kChunkAndBodyEnd : http::kChunkEnd;
    parts[count++] = part(tail.data(), tail.size());
  }
  if (count == 0) return false;

  const std::span<const iovec> all(parts.data(), count);
  const net::IoResult result = end && last_ ? stream_.write_and_hold(all) : stream_.write(all);
  if (!took(result)) return false;
  std::size_t rest = account_own(result.bytes);
  const std::size_t sent = take(rest, payload);
  accepted += sent;
  if (chunked_) {
    chunk_left_ -= sent;
    if (sent == payload && !tail.empty()) put_framing(tail.substr(rest));
  }
  return true;
}

std::size_t H1Writer::list_own(std::span<iovec> parts) {
  std::size_t count = 0;
  if (head_begin_ < head_end_) {
    parts[count++] = part(head_.bytes().data() + head_begin_, head_end_ - head_begin_);
  }
  if (reply_sent_ < reply_.size()) {
    parts[count++] = part(reply_.data() + reply_sent_, reply_.size() - reply_sent_);
  }
  if (framing_begin_ < framing_end_) {
    parts[count++] = part(framing_.data() + framing_begin_, framing_end_ - framing_begin_);
  }
  return count;
}

bool H1Writer::took(const net::IoResult& result) {
  bytes_written_ += result.bytes;
  if (result.status == net::IoStatus::kOk) return true;
  blocked_ = result.status == net::IoStatus::kWouldBlock;
  failed_ = !blocked_;
  return false;
}

std::size_t H1Writer::account_own(std::size_t written) {
  head_begin_ += take(written, head_end_ - head_begin_);
  if (head_ && head_begin_ == head_end_) {
    head_.release();
    head_begin_ = head_end_ = 0;
  }
  reply_sent_ += take(written, reply_.size() - reply_sent_);
  if (reply_sent_ == reply_.size()) {
    reply_.clear();
    reply_sent_ = 0;
  }
  const auto waits = static_cast<std::size_t>(framing_end_ - framing_begin_);
  framing_begin_ = static_cast<std::uint8_t>(framing_begin_ + take(written, waits));
  if (framing_begin_ == framing_end_) framing_begin_ = framing_end_ = 0;
  return written;
}

void H1Writer::put_framing(std::string_view text) {
  if (framing_begin_ > 0) {
    std::memmove(framing_.data(), framing_.data() + framing_begin_,
                 static_cast<std::size_t>(framing_end_ - framing_begin_));
    framing_end_ = static_cast<std::uint8_t>(framing_end_ - framing_begin_);
    framing_begin_ = 0;
  }
  assert(framing_end_ + text.size() <= framing_.size());
  std::memcpy(framing_.data() + framing_end_, text.data(), text.size());
  framing_end_ = static_cast<std::uint8_t>(framing_end_ + text.size());
}

}  // namespace hapair::lb
