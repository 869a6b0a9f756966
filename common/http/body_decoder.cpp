#include "common/http/body_decoder.hpp"

#include <algorithm>

#include "common/http/chars.hpp"

namespace hapair::http {
namespace {

using Status = BodyDecoder::Step::Status;

/// More hexadecimal digits, leading zeros among them, are refused, as is a size of 2^60 or more.
constexpr std::size_t kMaxSizeDigits = 16;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::uint64_t hex_value(char c) {
  if (c <= '9') return static_cast<std::uint64_t>(c - '0');
  return static_cast<std::uint64_t>((c | 0x20) - 'a' + 10);
}

}  // namespace

BodyDecoder::BodyDecoder(const BodyFraming& framing, const BodyLimits& limits) : limits_(limits) {
  switch (framing.kind) {
    case BodyFraming::Kind::kNone:
      break;
    case BodyFraming::Kind::kLength:
      left_ = framing.length;
      if (left_ != 0) state_ = State::kLength;
      break;
    case BodyFraming::Kind::kChunked:
      state_ = State::kSizeStart;
      break;
    case BodyFraming::Kind::kUntilClose:
      state_ = State::kUntilClose;
      break;
  }
}

BodyDecoder::Step BodyDecoder::next(std::string_view input) {
  std::size_t at = 0;
  for (;;) {
    switch (state_) {
      case State::kDone:
        return {Status::kEnd, {}, at, {}};
      case State::kFailed:
        return {Status::kFault, {}, at, fault_};
      case State::kLength:
      case State::kUntilClose:
      case State::kChunkData:
        return take_payload(input, at);
      default:  // the framing of chunks: every other state
        if (at == input.size()) return {Status::kMore, {}, at, {}};
        if (take_framing(input[at])) ++at;
    }
  }
}

BodyDecoder::Step BodyDecoder::take_payload(std::string_view input, std::size_t at) {
  std::string_view payload = input.substr(at);
  if (state_ != State::kUntilClose) {
    payload = payload.substr(0, std::min<std::uint64_t>(payload.size(), left_));
    left_ -= payload.size();
    if (left_ == 0) state_ = state_ == State::kLength ? State::kDone : State::kDataCr;
  }
  const std::size_t consumed = at + payload.size();
  if (done()) return {Status::kEnd, payload, consumed, {}};
  return {payload.empty() ? Status::kMore : Status::kData, payload, consumed, {}};
}

bool BodyDecoder::finish() {
  if (state_ == State::kUntilClose) state_ = State::kDone;
  return done();
}

bool BodyDecoder::go(State state) {
  state_ = state;
  return true;
}

bool BodyDecoder::refuse(Fault fault) {
  fault_ = fault;
  state_ = State::kFailed;
  return false;
}

bool BodyDecoder::take_framing(char c) {
  switch (state_) {
    case State::kDataCr:
      return c == '\r' ? go(State::kDataLf) : refuse(Fault::kBadChunkEnd);
    case State::kDataLf:
      return c == '\n' ? go(State::kSizeStart) : refuse(Fault::kBadChunkEnd);
    case State::kSizeStart:
      line_bytes_ = 0;
      return take_size_line(c);
    case State::kTrailerStart:
    case State::kTrailerName:
    case State::kTrailerValue:
    case State::kTrailerLf:
    case State::kEndLf:
      if (++trailer_bytes_ > limits_.max_trailers) return refuse(Fault::kTrailersTooLarge);
      return take_trailer(c);
    default:
      return take_size_line(c);
  }
}

/// chunk-size [ chunk-ext ] CRLF
bool BodyDecoder::take_size_line(char c) {
  if (++line_bytes_ > limits_.max_chunk_line) return refuse(Fault::kChunkExtensionsTooLong);
  switch (state_) {
    case State::kSizeStart:
      return is(kHexDigit, c) ? take_digit(c) : refuse(Fault::kBadChunkSize);
    case State::kSize:
      if (is(kHexDigit, c)) return take_digit(c);
      if (c == ';') return go(State::kExtensionName);
      if (c == '\r') return go(State::kSizeLf);
      return is_blank(c) ? go(State::kAfterSize) : refuse(Fault::kBadChunkSize);
    case State::kAfterSize:  // blanks stand there only before an extension
      if (c == ';') return go(State::kExtensionName);
      return is_blank(c) || refuse(Fault::kBadChunkSize);
    case State::kSizeLf:
      if (c != '\n') return refuse(Fault::kBareCr);
      return go(left_ == 0 ? State::kTrailerStart : State::kChunkData);
    default:
      if (++extension_bytes_ > limits_.max_extensions) {
        return refuse(Fault::kChunkExtensionsTooLong);
      }
      return take_extension(c);
  }
}

bool BodyDecoder::take_digit(char c) {
  if (line_bytes_ > kMaxSizeDigits || left_ >> 56 != 0) return refuse(Fault::kChunkTooLarge);
  left_ = left_ << 4 | hex_value(c);
  return go(State::kSize);
}

/// *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), behind the first semicolon.
bool BodyDecoder::take_extension(char c) {
  switch (state_) {
    case State::kExtensionName:
      if (is(kToken, c)) return go(State::kExtensionNameGoesOn);
      return is_blank(c) || refuse(Fault::kBadChunkExtension);
    case State::kExtensionNameGoesOn:
      if (is(kToken, c)) return true;
      if (c == '\r') return go(State::kSizeLf);
      [[fallthrough]];
    case State::kAfterExtensionName:
      if (c == '=') return go(State::kExtensionValue);
      if (c == ';') return go(State::kExtensionName);
      return is_blank(c) ? go(State::kAfterExtensionName) : refuse(Fault::kBadChunkExtension);
    case State::kExtensionValue:
      if (c == '"') return go(State::kExtensionQuoted);
      if (is(kToken, c)) return go(State::kExtensionToken);
      return is_blank(c) || refuse(Fault::kBadChunkExtension);
    case State::kExtensionQuoted:
      if (c == '"') return go(State::kAfterQuoted);
      if (c == '\\') return go(State::kExtensionEscaped);
      return is(kQuotedChar, c) || refuse(Fault::kBadChunkExtension);
    case State::kExtensionEscaped:
      return is_forbidden_control(c) ? refuse(Fault::kBadChunkExtension)
                                     : go(State::kExtensionQuoted);
    case State::kExtensionToken:
      if (is(kToken, c)) return true;
      [[fallthrough]];
    case State::kAfterQuoted:
      if (c == '\r') return go(State::kSizeLf);
      [[fallthrough]];
    case State::kAfterExtension:
      if (c == ';') return go(State::kExtensionName);
      return is_blank(c) ? go(State::kAfterExtension) : refuse(Fault::kBadChunkExtension);
    default:
      return refuse(Fault::kBadChunkExtension);
  }
}

/// *( field-line CRLF ) CRLF
bool BodyDecoder::take_trailer(char c) {
  switch (state_) {
    case State::kTrailerStart:
      if (c == '\r') return go(State::kEndLf);
      if (is_blank(c)) return refuse(Fault::kFoldedField);
      if (!is(kToken, c)) return refuse(Fault::kBadFieldName);
      if (++trailer_fields_ > limits_.max_trailer_fields) return refuse(Fault::kTrailersTooLarge);
      return go(State::kTrailerName);
    case State::kTrailerName:
      if (c == ':') return go(State::kTrailerValue);
      if (is_blank(c)) return refuse(Fault::kSpaceBeforeColon);
      if (c == '\r' || c == '\n') return refuse(Fault::kNoColon);
      return is(kToken, c) || refuse(Fault::kBadFieldName);
    case State::kTrailerValue:
      if (c == '\r') return go(State::kTrailerLf);
      if (c == '\n') return refuse(Fault::kBareLf);
      return !is_forbidden_control(c) || refuse(Fault::kControlCharacter);
    case State::kTrailerLf:
      return c == '\n' ? go(State::kTrailerStart) : refuse(Fault::kBareCr);
    default:  // kEndLf
      return c == '\n' ? go(State::kDone) : refuse(Fault::kBareCr);
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
