#include "apps/hapair/import/haproxy/words.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/import/haproxy/parse.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::size_t kMaxExpanded = 4 * kMaxLineBytes;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::optional<int> hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = base::ascii_lower(c);
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

/// Where a reference to a variable ends, and what it says.
struct Reference {
  std::string_view name;
  std::optional<std::string_view> otherwise;  ///< ${NAME-otherwise}
  bool list = false;                          ///< ${NAME[*]}: its words
  std::size_t length = 0;                     ///< with the '$'; 0: it is no reference
  bool broken = false;
};

/// `text` begins with '$'.
Reference read_reference(std::string_view text) {
  Reference found;
  const bool braced = text.size() > 1 && text[1] == '{';
  std::size_t at = braced ? 2 : 1;
  const std::size_t begin = at;
  if (at < text.size() && text[at] == '.') ++at;  // pseudo-variables, such as ${.FILE}
  while (at < text.size() && is_name(text[at])) ++at;
  found.name = text.substr(begin, at - begin);
  if (!braced) {
    found.length = found.name.empty() ? 0 : at;
    return found;
  }
  if (text.substr(at).starts_with("[*]")) {
    found.list = true;
    at += 3;
  }
  if (at < text.size() && text[at] == '-') {
    const std::size_t end = text.find('}', at);
    if (end != std::string_view::npos) found.otherwise = text.substr(at + 1, end - at - 1);
    at = end;
  }
  found.broken = found.name.empty() || at >= text.size() || text[at] != '}';
  found.length = found.broken ? 0 : at + 1;
  return found;
}

class Splitter {
 public:
  Splitter(std::string_view line, const Variables& variables)
      : line_(line), variables_(variables) {}

  Words split() {
    while (at_ < line_.size() && !stop_) step();
    if (quote_ != 0) {
      fault(quoted_at_, concat("the quote ", std::string(1, quote_), " is never closed; close it"));
    }
    end_word();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = line_[at_];
    if (quote_ == 0 && c == '#') return take_comment();
    if (quote_ == 0 && is_blank(c)) {
      end_word();
      ++at_;
      return;
    }
    begin_word();
    if (quote_ == c) {
      quote_ = 0;
      ++at_;
    } else if (quote_ == 0 && (c == '\'' || c == '"')) {
      quote_ = c;
      quoted_at_ = at_++;
      word_.quoted = true;
    } else if (c == '\\' && quote_ != '\'') {
      take_escape();
    } else if (c == '$' && quote_ == '"') {
      take_variable();
    } else {
      word_.text += c;
      ++at_;
    }
  }

  void take_comment() {
    end_word();
    out_.comment = std::string(base::trim(line_.substr(at_ + 1)));
    stop_ = true;
  }

  /// What is no escape keeps its backslash, so that expressions need no second one.
  void take_escape() {
    if (at_ + 1 == line_.size()) {
      return fault(at_, "a backslash ends the line; put what it escapes behind it, or take it off");
    }
    const char c = line_[at_ + 1];
    static constexpr std::string_view kNamed = "nrt";
    static constexpr std::string_view kMeant = "\n\r\t";
    word_.quoted = true;
    if (const auto named = kNamed.find(c); named != std::string_view::npos) {
      word_.text += kMeant[named];
    } else if (c == 'x') {
      const auto high = at_ + 2 < line_.size() ? hex_value(line_[at_ + 2]) : std::nullopt;
      const auto low = at_ + 3 < line_.size() ? hex_value(line_[at_ + 3]) : std::nullopt;
      if (!high || !low) {
        return fault(at_, "\\x needs two hexadecimal digits behind it");
      }
      word_.text += static_cast<char>(*high * 16 + *low);
      at_ += 2;
    } else if (c == '\\' || c == ' ' || c == '#' || c == '\'' || c == '"' || c == '$') {
      word_.text += c;
    } else {
      word_.text += '\\';
      word_.text += c;
    }
    at_ += 2;
  }

  void take_variable() {
    const Reference found = read_reference(line_.substr(at_));
    if (found.broken) {
      return fault(at_, "this is no variable; write ${NAME} or ${NAME-default}");
    }
    if (found.length == 0) {
      word_.text += '$';
      ++at_;
      return;
    }
    std::optional<std::string> value = variables_ ? variables_(found.name) : std::nullopt;
    if (!value && found.otherwise) value = std::string(*found.otherwise);
    if (!value) out_.unset.emplace_back(found.name);
    at_ += found.length;
    expanded_ += value ? value->size() : 0;
    if (expanded_ > kMaxExpanded) {
      return fault(at_, concat("variables make the line longer than ", kMaxExpanded, " bytes"));
    }
    if (value) append_value(*value, found.list);
  }

  /// The words of a list stand for themselves.
  void append_value(std::string_view value, bool list) {
    for (const char c : value) {
      if (list && is_blank(c)) {
        end_word();
        begin_word();
        word_.quoted = true;
      } else {
        word_.text += c;
      }
    }
  }

  void begin_word() {
    if (open_) return;
    open_ = true;
    word_ = Word{.text = {}, .column = static_cast<std::uint32_t>(at_ + 1)};
  }

  void end_word() {
    if (!open_) return;
    open_ = false;
    if (out_.words.size() == kMaxWords) {
      return fault(word_.column - 1, concat("more than ", kMaxWords, " words stand on the line"));
    }
    out_.words.push_back(std::move(word_));
  }

  void fault(std::size_t at, std::string message) {
    out_.faults.push_back(
        {.at = {.column = static_cast<std::uint32_t>(at + 1)}, .message = std::move(message)});
    stop_ = true;
    quote_ = 0;
    open_ = false;
  }

  std::string_view line_;
  const Variables& variables_;
  Words out_;
  Word word_;
  std::size_t at_ = 0;
  std::size_t quoted_at_ = 0;
  std::size_t expanded_ = 0;
  char quote_ = 0;
  bool open_ = false;
  bool stop_ = false;
};

}  // namespace

Words split_words(std::string_view line, const Variables& variables) {
  return Splitter(line, variables).split();
}

std::string expand_address(std::string_view text, const Variables& variables,
                           std::vector<std::string>& unset) {
  std::string out;
  while (!text.empty()) {
    const std::size_t at = std::min(text.find('$'), text.size());
    out += text.substr(0, at);
    text.remove_prefix(at);
    if (text.empty()) break;
    const Reference found = read_reference(text);
    if (found.length == 0) {
      out += '$';
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(found.length);
    auto value = variables ? variables(found.name) : std::nullopt;
    if (!value && found.otherwise) value = std::string(*found.otherwise);
    if (value) {
      out += value->substr(0, kMaxExpanded);
    } else {
      unset.emplace_back(found.name);
    }
    if (out.size() > kMaxExpanded) break;
  }
  return out;
}

}  // namespace hapair::importing::haproxy
