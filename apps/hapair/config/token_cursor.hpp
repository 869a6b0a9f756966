// Follows a JSON parser through its text. Each of the parser's events stands for one token, and
// between two tokens lie only blanks, comments, commas and colons. So the start of each token is
// known exactly, which nlohmann/json itself does not tell.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "apps/hapair/config/faults.hpp"

namespace hapair::config {

class TokenCursor {
 public:
  /// `text` must outlive the cursor.
  explicit TokenCursor(std::string_view text);

  /// Moves to the next token and tells where it starts.
  Position seek();
  /// Moves behind the token that seek() found and returns its text. The parser has accepted it.
  std::string_view take();

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  /// The character that seek() stopped at; must not be at the end.
  [[nodiscard]] char next() const { return text_[at_]; }
  /// Where seek() went over a comma since the last token.
  [[nodiscard]] std::optional<Position> comma() const { return comma_; }
  /// True when the next token is a digit right behind the number 0.
  [[nodiscard]] bool follows_zero() const;

 private:
  void skip_word();
  void skip_comment();
  void advance(std::size_t count);

  std::string_view text_;
  std::size_t at_ = 0;
  Position position_;
  std::optional<Position> comma_;
};

}  // namespace hapair::config
