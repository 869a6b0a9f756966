#include "liblb/io/h1_input.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hapair::lb {

H1Input::Fill H1Input::fill(net::ByteStream& stream, BufferPool& pool, BufferPool::Use use,
                            Task& task) {
  if (buffer_ && begin_ == end_ && piece_count() == 0) {
    if (hold_ > 0 && Buffer::kSize - hold_ < kMinRoom) {
      held_ = std::move(buffer_);
      hold_ = 0;
    }
    begin_ = end_ = hold_;
  }
  if (!buffer_) {
    buffer_ = pool.acquire(use, task);
    if (!buffer_) return Fill::kNoBuffer;
    begin_ = end_ = 0;
  }
  if (end_ == Buffer::kSize && begin_ > hold_ && piece_count() == 0) {
    std::memmove(buffer_.bytes().data() + hold_, buffer_.bytes().data() + begin_, end_ - begin_);
    end_ -= begin_ - hold_;
    begin_ = hold_;
  }
  if (end_ == Buffer::kSize) return Fill::kFull;
  const net::IoResult result = stream.read(buffer_.bytes().subspan(end_));
  switch (result.status) {
    case net::IoStatus::kOk:
      end_ += result.bytes;
      last_fill_ = result.bytes;
      return Fill::kBytes;
    case net::IoStatus::kWouldBlock:
      return Fill::kWouldBlock;
    case net::IoStatus::kEof:
      return Fill::kEof;
    case net::IoStatus::kError:
      return Fill::kError;
  }
  return Fill::kError;
}

bool H1Input::may_pipe() const {
  if (begin_ != end_ || piece_count() > 0) return false;
  const std::uint64_t ahead = decoder_.payload_ahead();
  // What has no end in sight may be many small pieces: a long one must have come before.
  return ahead >= kMinPiped && (ahead != UINT64_MAX || last_fill_ >= kMinRoom);
}

H1Input::Fill H1Input::fill_pipe(net::ByteStream& stream, PipePool& pool) {
  if (!stream.can_pipe()) return Fill::kNoPipe;
  if (!pipe_) pipe_ = pool.acquire();
  if (!pipe_) return Fill::kNoPipe;
  const std::uint64_t ahead = std::min<std::uint64_t>(decoder_.payload_ahead(), SIZE_MAX);
  const net::IoResult result = stream.read_into(*pipe_, static_cast<std::size_t>(ahead));
  if (result.status != net::IoStatus::kOk) pipe_.release();
  switch (result.status) {
    case net::IoStatus::kOk:
      decoder_.skip_payload(result.bytes);
      body_ended_ = decoder_.done();
      last_fill_ = result.bytes;
      return Fill::kBytes;
    case net::IoStatus::kWouldBlock:
      return stream.can_pipe() ? Fill::kWouldBlock : Fill::kNoPipe;
    case net::IoStatus::kEof:
      return Fill::kEof;
    case net::IoStatus::kError:
      return Fill::kError;
  }
  return Fill::kError;
}

std::string_view H1Input::unread() const {
  if (!buffer_) return {};
  return {reinterpret_cast<const char*>(buffer_.bytes().data()) + begin_, end_ - begin_};
}

void H1Input::consume(std::size_t bytes) { begin_ += bytes; }

void H1Input::consume_and_hold(std::size_t bytes) {
  begin_ += bytes;
  hold_ = begin_;
}

void H1Input::let_go() {
  held_.release();
  hold_ = 0;
}

void H1Input::release_if_empty() {
  if (begin_ == end_ && hold_ == 0 && !held_) clear();
}

void H1Input::clear() {
  buffer_.release();
  held_.release();
  pipe_.release();
  begin_ = end_ = hold_ = 0;
  first_piece_ = piece_end_ = 0;
}

void H1Input::begin_body(const http::BodyFraming& framing) {
  decoder_.begin(framing);
  first_piece_ = piece_end_ = 0;
  body_ended_ = decoder_.done();
}

H1Input::Body H1Input::decode() {
  if (pipe_.size() > 0) return Body::kPipe;
  if (piece_count() > 0) return Body::kPieces;
  first_piece_ = piece_end_ = 0;
  if (body_ended_) return Body::kPieces;
  while (piece_end_ < pieces_.size() && begin_ < end_) {
    const http::BodyDecoder::Step step = decoder_.next(unread());
    if (step.status == http::BodyDecoder::Step::Status::kFault) {
      fault_ = step.fault;
      fault_at_ = step.consumed == 0 ? 0 : step.consumed - 1;
      return Body::kFault;
    }
    begin_ += step.consumed;
    if (!step.payload.empty()) pieces_[piece_end_++] = step.payload;
    if (step.status == http::BodyDecoder::Step::Status::kEnd) {
      body_ended_ = true;
      return Body::kPieces;
    }
  }
  return piece_end_ > 0 ? Body::kPieces : Body::kMore;
}

void H1Input::drop(std::size_t bytes) {
  while (first_piece_ < piece_end_) {
    std::string_view& piece = pieces_[first_piece_];
    const std::size_t taken = std::min(bytes, piece.size());
    piece.remove_prefix(taken);
    bytes -= taken;
    if (!piece.empty()) return;
    ++first_piece_;
  }
}

bool H1Input::finish_body() {
  if (!decoder_.finish()) return false;
  body_ended_ = true;
  return true;
}

}  // namespace hapair::lb
