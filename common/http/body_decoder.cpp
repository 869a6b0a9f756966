#include "common/http/body_decoder.hpp"

#include <algorithm>

#include "common/http/trailers.hpp"

namespace hapair::http {
namespace {

using Status = BodyDecoder::Step::Status;

}  // namespace

void BodyDecoder::begin(const BodyFraming& framing) {
  state_ = State::kDone;
  left_ = 0;
  if (!trailer_lines_.empty()) trailer_lines_ = std::string();
  switch (framing.kind) {
    case BodyFraming::Kind::kNone:
      break;
    case BodyFraming::Kind::kLength:
      left_ = framing.length;
      if (left_ != 0) state_ = State::kLength;
      break;
    case BodyFraming::Kind::kChunked:
      chunk_line_ = {};
      trailers_ = {};
      state_ = State::kChunkLine;
      break;
    case BodyFraming::Kind::kUntilClose:
    case BodyFraming::Kind::kTunnel:
      state_ = State::kUntilClose;
      break;
  }
}

BodyDecoder::Step BodyDecoder::next(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size() && state_ != State::kDone && state_ != State::kFailed) {
    switch (state_) {
      case State::kLength:
      case State::kUntilClose:
      case State::kChunkData:
        return take_payload(input, at);
      case State::kChunkLine:
        take_chunk_line(input[at++]);
        break;
      case State::kChunkDataCr:
        expect('\r', input[at++], State::kChunkDataLf);
        break;
      case State::kChunkDataLf:
        expect('\n', input[at++], State::kChunkLine);
        break;
      case State::kTrailers:
        take_trailers(input[at++]);
        break;
      case State::kDone:
      case State::kFailed:
        break;
    }
  }
  if (state_ == State::kFailed) return {Status::kFault, {}, at, fault_};
  return {done() ? Status::kEnd : Status::kMore, {}, at, {}};
}

BodyDecoder::Step BodyDecoder::take_payload(std::string_view input, std::size_t at) {
  std::string_view payload = input.substr(at);
  payload = payload.substr(0, std::min<std::uint64_t>(payload.size(), payload_ahead()));
  skip_payload(payload.size());
  return {done() ? Status::kEnd : Status::kData, payload, at + payload.size(), {}};
}

std::uint64_t BodyDecoder::payload_ahead() const {
  switch (state_) {
    case State::kLength:
    case State::kChunkData:
      return left_;
    case State::kUntilClose:
      return UINT64_MAX;
    case State::kChunkLine:
    case State::kChunkDataCr:
    case State::kChunkDataLf:
    case State::kTrailers:
    case State::kDone:
    case State::kFailed:
      return 0;
  }
  return 0;
}

void BodyDecoder::skip_payload(std::uint64_t bytes) {
  if (state_ == State::kUntilClose) return;
  left_ -= bytes;
  if (left_ == 0) state_ = state_ == State::kLength ? State::kDone : State::kChunkDataCr;
}

bool BodyDecoder::finish() {
  if (state_ == State::kUntilClose) state_ = State::kDone;
  return done();
}

void BodyDecoder::refuse(Fault fault) {
  fault_ = fault;
  state_ = State::kFailed;
}

void BodyDecoder::expect(char wanted, char c, State next) {
  if (c != wanted) return refuse(Fault::kBadChunkEnd);
  state_ = next;
}

void BodyDecoder::take_chunk_line(char c) {
  switch (chunk_line_.take(c, limits_)) {
    case FramingStep::kMore:
      return;
    case FramingStep::kFault:
      return refuse(chunk_line_.fault());
    case FramingStep::kDone:
      left_ = chunk_line_.size();
      state_ = left_ == 0 ? State::kTrailers : State::kChunkData;
      chunk_line_.restart();
      return;
  }
}

void BodyDecoder::take_trailers(char c) {
  trailer_lines_ += c;
  switch (trailers_.take(c, limits_)) {
    case FramingStep::kMore:
      return;
    case FramingStep::kFault:
      return refuse(trailers_.fault());
    case FramingStep::kDone:
      trailer_lines_ = trailers_to_pass_on(trailer_lines_);
      state_ = State::kDone;
      return;
  }
}

std::size_t write_chunk_head(std::span<std::uint8_t, kMaxChunkHead> out, std::uint64_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::size_t digits = 1;
  for (std::uint64_t rest = size >> 4; rest != 0; rest >>= 4) ++digits;
  for (std::size_t i = digits; i > 0; --i) {
    out[i - 1] = static_cast<std::uint8_t>(kDigits[size & 0xf]);
    size >>= 4;
  }
  out[digits] = '\r';
  out[digits + 1] = '\n';
  return digits + 2;
}

}  // namespace hapair::http
