#include "apps/hapair/config/edit.hpp"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

constexpr std::string_view kBlanks = " \t\r";

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct FoundMember {
  std::string name;
  std::size_t begin = 0;  ///< of its key
  Range value;
};

/// Finds its way in a text that is known to be good: in any other it stops early.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// The first byte from `at` on that is neither blank nor comment.
  [[nodiscard]] std::size_t skip(std::size_t at) const {
    while (at < text_.size()) {
      if (text_[at] == '\n' || kBlanks.find(text_[at]) != std::string_view::npos) {
        ++at;
      } else if (text_.substr(at, 2) == "//") {
        at = std::min(text_.find('\n', at), text_.size());
      } else if (text_.substr(at, 2) == "/*") {
        const std::size_t end = text_.find("*/", at + 2);
        at = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        break;
      }
    }
    return at;
  }

  [[nodiscard]] char at(std::size_t place) const {
    return place < text_.size() ? text_[place] : '\0';
  }

  /// Behind the text that begins here.
  [[nodiscard]] std::size_t string_end(std::size_t at) const {
    for (++at; at < text_.size() && text_[at] != '"'; ++at) {
      if (text_[at] == '\\') ++at;
    }
    return std::min(at + 1, text_.size());
  }

  /// Behind the value that begins here.
  [[nodiscard]] std::size_t value_end(std::size_t at) const {
    std::size_t depth = 0;
    do {
      const char c = this->at(at);
      if (c == '"') {
        at = string_end(at);
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at;
      } else if (c == '}' || c == ']') {
        if (depth == 0) break;
        --depth;
        ++at;
      } else if (c == ',' || c == ':') {
        ++at;
      } else {
        at = std::min(text_.find_first_of(" \t\r\n,:{}[]\"/", at + 1), text_.size());
      }
      if (depth > 0) at = skip(at);
    } while (depth > 0 && at < text_.size());
    return at;
  }

  /// Of the object that begins here.
  [[nodiscard]] std::vector<FoundMember> members(std::size_t at) const {
    std::vector<FoundMember> all;
    at = skip(at + 1);
    while (this->at(at) == '"') {
      FoundMember member{.name = {}, .begin = at, .value = {}};
      const std::size_t end = string_end(at);
      const auto key = nlohmann::json::parse(text_.substr(at, end - at), nullptr, false);
      if (key.is_string()) member.name = key.get<std::string>();
      member.value.begin = std::min(skip(skip(end) + 1), text_.size());
      member.value.end = value_end(member.value.begin);
      all.push_back(std::move(member));
      at = skip(all.back().value.end);
      if (this->at(at) == ',') at = skip(at + 1);
    }
    return all;
  }

  /// The end of the line, if nothing but blanks and a comment stand between here and there.
  [[nodiscard]] std::optional<std::size_t> line_end(std::size_t at) const {
    const std::size_t end = std::min(text_.find('\n', at), text_.size());
    std::string_view rest = text_.substr(at, end - at);
    rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
    const bool comment =
        rest.starts_with("//") ||
        (rest.starts_with("/*") && rest.find("*/") != std::string_view::npos &&
         rest.find_first_not_of(kBlanks, rest.find("*/") + 2) == std::string_view::npos);
    if (rest.empty() || comment) return end;
    return std::nullopt;
  }

  /// The blanks before it, if nothing else stands before it in its line.
  [[nodiscard]] std::optional<std::string_view> indent(std::size_t at) const {
    const std::size_t line = text_.rfind('\n', at == 0 ? 0 : at - 1);
    const std::size_t begin = line == std::string_view::npos ? 0 : line + 1;
    const std::string_view before = text_.substr(begin, at - begin);
    if (before.find_first_not_of(kBlanks) != std::string_view::npos) return std::nullopt;
    return before;
  }

 private:
  std::string_view text_;
};

std::string path_text(std::span<const std::string> path) {
  return base::join({path.begin(), path.end()}, ".");
}

void add_member(std::string& text, std::size_t object, const std::string& name,
                const std::string& value) {
  const Scanner scan(text);
  const std::vector<FoundMember> members = scan.members(object);
  const std::string member = concat(nlohmann::json(name).dump(), ": ", value);
  if (members.empty()) {
    text.insert(object + 1, concat(" ", member, " "));
    return;
  }
  const FoundMember& last = members.back();
  const auto indent = scan.indent(last.begin);
  const auto end = scan.line_end(last.value.end);
  if (!indent || !end) {
    text.insert(last.value.end, concat(", ", member));
    return;
  }
  const std::string line = concat("\n", *indent, member);
  text.insert(*end, line);
  text.insert(last.value.end, ",");
}

/// With its line, where it has one of its own.
Range whole_lines(const Scanner& scan, Range range) {
  const auto indent = scan.indent(range.begin);
  const auto end = scan.line_end(range.end);
  if (!indent || !end) {
    while (kBlanks.find(scan.at(range.end)) != std::string_view::npos) ++range.end;
    return range;
  }
  range.begin -= indent->size();
  range.end = scan.at(*end) == '\n' ? *end + 1 : *end;
  return range;
}

void remove_member(std::string& text, const std::vector<FoundMember>& members, std::size_t which) {
  const Scanner scan(text);
  const FoundMember& member = members[which];
  Range range{member.begin, member.value.end};
  const std::size_t comma = scan.skip(member.value.end);
  const bool is_last = scan.at(comma) != ',';
  if (!is_last) range.end = comma + 1;
  range = whole_lines(scan, range);
  std::size_t comma_before = std::string::npos;
  if (is_last && which > 0) comma_before = scan.skip(members[which - 1].value.end);
  text.erase(range.begin, range.end - range.begin);
  if (comma_before != std::string::npos) text.erase(comma_before, 1);
}

/// An edit for each member of its value.
std::vector<TextEdit> edits_into(const TextEdit& edit) {
  const Scanner scan(*edit.value);
  std::vector<TextEdit> all;
  for (const FoundMember& member : scan.members(scan.skip(0))) {
    const Range& value = member.value;
    all.push_back(
        {.path = edit.path, .value = edit.value->substr(value.begin, value.end - value.begin)});
    all.back().path.push_back(member.name);
  }
  return all;
}

base::Result<void> carry_out(std::string& text, const TextEdit& edit) {
  const Scanner scan(text);
  std::size_t object = scan.skip(0);
  for (std::size_t depth = 0; depth < edit.path.size(); ++depth) {
    if (scan.at(object) != '{') {
      return base::fail(concat(path_text(std::span(edit.path).first(depth)), " is no object"));
    }
    const std::vector<FoundMember> members = scan.members(object);
    const auto found = std::ranges::find(members, edit.path[depth], &FoundMember::name);
    const bool is_end = depth + 1 == edit.path.size();
    if (found == members.end()) {
      if (!edit.value) return {};
      if (!is_end) {
        return base::fail(
            concat(path_text(std::span(edit.path).first(depth + 1)), " is not in the file"));
      }
      add_member(text, object, edit.path[depth], *edit.value);
    } else if (!is_end) {
      object = found->value.begin;
    } else if (edit.value && edit.into && scan.at(found->value.begin) == '{') {
      for (const TextEdit& each : edits_into(edit)) {
        if (auto done = carry_out(text, each); !done) return done;
      }
    } else if (edit.value) {
      text.replace(found->value.begin, found->value.end - found->value.begin, *edit.value);
    } else {
      remove_member(text, members, static_cast<std::size_t>(found - members.begin()));
    }
  }
  return {};
}

}  // namespace

base::Result<std::string> edited(std::string_view text, std::span<const TextEdit> edits) {
  std::string out(text);
  for (const TextEdit& edit : edits) {
    if (auto done = carry_out(out, edit); !done) return std::unexpected(done.error());
  }
  return out;
}

}  // namespace hapair::config
