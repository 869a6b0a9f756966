#include "common/http/chunk_parser.hpp"

#include "common/http/chars.hpp"

namespace hapair::http {
namespace {

/// More hexadecimal digits, leading zeros among them, are refused, as is a size of 2^60 or more.
constexpr std::size_t kMaxDigits = 16;

}  // namespace

void ChunkLineParser::restart() {
  size_ = 0;
  digits_ = 0;
  line_bytes_ = 0;
  state_ = State::kFirstDigit;
}

FramingStep ChunkLineParser::go(State state) {
  state_ = state;
  return FramingStep::kMore;
}

FramingStep ChunkLineParser::refuse(Fault fault) {
  fault_ = fault;
  return FramingStep::kFault;
}

FramingStep ChunkLineParser::take_digit(char c) {
  if (++digits_ > kMaxDigits || size_ >> 56 != 0) return refuse(Fault::kChunkTooLarge);
  size_ = size_ << 4 | hex_value(c);
  return go(State::kDigit);
}

FramingStep ChunkLineParser::take_lf(char c, const BodyLimits& limits) {
  if (c != '\n') return refuse(Fault::kBareCr);
  extension_bytes_ += line_bytes_ - digits_ - 2;
  if (extension_bytes_ > limits.max_extensions) return refuse(Fault::kChunkExtensionsTooLong);
  return FramingStep::kDone;
}

FramingStep ChunkLineParser::take(char c, const BodyLimits& limits) {
  if (++line_bytes_ > limits.max_chunk_line) return refuse(Fault::kChunkExtensionsTooLong);
  switch (state_) {
    case State::kFirstDigit:
      return is(kHexDigit, c) ? take_digit(c) : refuse(Fault::kBadChunkSize);
    case State::kDigit:
      if (is(kHexDigit, c)) return take_digit(c);
      if (c == '\r') return go(State::kLf);
      [[fallthrough]];
    case State::kAfterSize:
      if (c == ';') return go(State::kName);
      return is_blank(c) ? go(State::kAfterSize) : refuse(Fault::kBadChunkSize);
    case State::kName:
      if (is_blank(c)) return FramingStep::kMore;
      return is(kToken, c) ? go(State::kNameGoesOn) : refuse(Fault::kBadChunkExtension);
    case State::kNameGoesOn:
      if (is(kToken, c)) return FramingStep::kMore;
      if (c == ';') return go(State::kName);
      if (c == '\r') return go(State::kLf);
      [[fallthrough]];
    case State::kAfterName:  // blanks before "=" or the ";" of the next extension
      if (c == '=') return go(State::kValue);
      if (c == ';') return go(State::kName);
      return is_blank(c) ? go(State::kAfterName) : refuse(Fault::kBadChunkExtension);
    case State::kValue:
      if (is_blank(c)) return FramingStep::kMore;
      if (c == '"') return go(State::kQuoted);
      return is(kToken, c) ? go(State::kToken) : refuse(Fault::kBadChunkExtension);
    case State::kQuoted:
      if (c == '"') return go(State::kAfterQuoted);
      if (c == '\\') return go(State::kEscaped);
      return is(kQuotedChar, c) ? FramingStep::kMore : refuse(Fault::kBadChunkExtension);
    case State::kEscaped:
      return is_forbidden_control(c) ? refuse(Fault::kBadChunkExtension) : go(State::kQuoted);
    case State::kToken:
      if (is(kToken, c)) return FramingStep::kMore;
      [[fallthrough]];
    case State::kAfterQuoted:
      if (c == '\r') return go(State::kLf);
      [[fallthrough]];
    case State::kAfterValue:
      if (c == ';') return go(State::kName);
      return is_blank(c) ? go(State::kAfterValue) : refuse(Fault::kBadChunkExtension);
    case State::kLf:
      return take_lf(c, limits);
  }
  return refuse(Fault::kBadChunkSize);
}

FramingStep TrailerParser::go(State state) {
  state_ = state;
  return FramingStep::kMore;
}

FramingStep TrailerParser::refuse(Fault fault) {
  fault_ = fault;
  return FramingStep::kFault;
}

FramingStep TrailerParser::take(char c, const BodyLimits& limits) {
  if (++bytes_ > limits.max_trailers) return refuse(Fault::kTrailersTooLarge);
  switch (state_) {
    case State::kLineStart:
      if (c == '\r') return go(State::kEndLf);
      if (is_blank(c)) return refuse(Fault::kFoldedField);
      if (!is(kToken, c)) return refuse(c == '\n' ? Fault::kBareLf : Fault::kBadFieldName);
      if (++fields_ > limits.max_trailer_fields) return refuse(Fault::kTrailersTooLarge);
      return go(State::kName);
    case State::kName:
      if (is(kToken, c)) return FramingStep::kMore;
      if (c == ':') return go(State::kValue);
      if (is_blank(c)) return refuse(Fault::kSpaceBeforeColon);
      return refuse(c == '\r' || c == '\n' ? Fault::kNoColon : Fault::kBadFieldName);
    case State::kValue:
      if (c == '\r') return go(State::kLineLf);
      if (c == '\n') return refuse(Fault::kBareLf);
      return is_forbidden_control(c) ? refuse(Fault::kControlCharacter) : FramingStep::kMore;
    case State::kLineLf:
      return c == '\n' ? go(State::kLineStart) : refuse(Fault::kBareCr);
    case State::kEndLf:
      return c == '\n' ? FramingStep::kDone : refuse(Fault::kBareCr);
  }
  return refuse(Fault::kBadFieldName);
}

}  // namespace hapair::http
