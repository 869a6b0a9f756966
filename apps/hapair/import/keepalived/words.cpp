#include "apps/hapair/import/keepalived/words.hpp"

#include <utility>

#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Collects the words of a line, character by character.
class Splitter {
 public:
  explicit Splitter(std::uint32_t column) : column_(column) {}

  LineWords run(std::string_view code) {
    for (std::size_t i = 0; i < code.size(); ++i) i += step(code, i);
    end_word();
    return {.words = std::move(words_), .open_quote = quote_ != '\0'};
  }

 private:
  /// Takes the character at `i`; how many more it has taken.
  std::size_t step(std::string_view code, std::size_t i) {
    const char c = code[i];
    const char next = i + 1 < code.size() ? code[i + 1] : '\0';
    if (c == '\\' && (next == '"' || next == '\'' || next == '\\' || is_blank(next))) {
      put(next, i);
      return 1;
    }
    if (quote_ != '\0') {
      if (c == quote_) {
        quote_ = '\0';
      } else {
        put(c, i);
      }
      return 0;
    }
    if (c == '"' || c == '\'') {
      begin(i);
      quoted_ = true;
      quote_ = c;
    } else if (is_blank(c)) {
      end_word();
    } else if (c == '$' && next == '{') {  // a definition that nobody has made
      return take_name(code, i);
    } else if (c == '{' || c == '}') {
      end_word();
      put(c, i);
      end_word();
    } else {
      put(c, i);
    }
    return 0;
  }

  std::size_t take_name(std::string_view code, std::size_t i) {
    const std::size_t end = code.find('}', i);
    if (end == std::string_view::npos) {
      put('$', i);
      return 0;
    }
    for (std::size_t at = i; at <= end; ++at) put(code[at], at);
    return end - i;
  }

  void begin(std::size_t i) {
    if (open_) return;
    open_ = true;
    quoted_ = false;
    start_ = static_cast<std::uint32_t>(i);
  }

  void put(char c, std::size_t i) {
    begin(i);
    text_ += c;
  }

  void end_word() {
    if (!std::exchange(open_, false)) return;
    words_.push_back(
        {.text = std::exchange(text_, {}), .column = column_ + start_, .quoted = quoted_});
  }

  std::uint32_t column_;
  std::vector<Word> words_;
  std::string text_;
  std::uint32_t start_ = 0;
  bool open_ = false;
  bool quoted_ = false;
  char quote_ = '\0';
};

std::size_t comment_start(std::string_view line) {
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\') {
      ++i;
    } else if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#' || c == '!') {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

SplitLine split_comment(std::string_view line) {
  const std::size_t start = comment_start(line);
  SplitLine out{.code = base::trim(line.substr(0, start)), .comment = {}};
  if (start != std::string_view::npos) {
    out.has_comment = true;
    out.comment = line.substr(start);
    while (!out.comment.empty() && (out.comment.front() == '#' || out.comment.front() == '!')) {
      out.comment.remove_prefix(1);
    }
    out.comment = base::trim(out.comment);
  }
  if (!out.code.empty()) out.column = static_cast<std::uint32_t>(out.code.data() - line.data()) + 1;
  return out;
}

LineWords words_of(std::string_view code, std::uint32_t column) {
  return Splitter(column).run(code);
}

}  // namespace hapair::importing::keepalived
