#include "apps/hapair/config/token_cursor.hpp"

#include <algorithm>

namespace hapair::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

TokenCursor::TokenCursor(std::string_view text) : text_(text) {
  if (text.starts_with(kByteOrderMark)) advance(kByteOrderMark.size());
}

Position TokenCursor::seek() {
  while (!at_end()) {
    const char c = next();
    if (c == '/') {
      skip_comment();
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':') {
      if (c == ',') comma_ = position_;
      advance(1);
    } else {
      break;
    }
  }
  return position_;
}

std::string_view TokenCursor::take() {
  comma_.reset();
  const std::size_t start = at_;
  switch (next()) {
    case '{':
    case '}':
    case '[':
    case ']':
      advance(1);
      break;
    case '"':
      advance(1);
      while (next() != '"') advance(next() == '\\' ? 2 : 1);
      advance(1);
      break;
    case '0':
      advance(1);
      if (!at_end() && !is_digit(next())) skip_word();
      break;
    default:
      skip_word();
  }
  return text_.substr(start, at_ - start);
}

bool TokenCursor::follows_zero() const {
  return at_ > 0 && text_[at_ - 1] == '0' && is_digit(next());
}

void TokenCursor::skip_word() {
  const std::size_t end = text_.find_first_of(" \t\r\n,:[]{}\"/", at_);
  advance(std::min(end, text_.size()) - at_);
}

void TokenCursor::skip_comment() {
  const bool block = text_.substr(at_).starts_with("/*");
  const std::size_t end = block ? text_.find("*/", at_ + 2) : text_.find_first_of("\r\n", at_ + 2);
  advance((end == std::string_view::npos ? text_.size() : end + (block ? 2 : 0)) - at_);
}

void TokenCursor::advance(std::size_t count) {
  for (; count > 0; --count, ++at_) {
    if (text_[at_] == '\n') {
      ++position_.line;
      position_.column = 1;
    } else {
      ++position_.column;
    }
  }
}

}  // namespace hapair::config
