#include "apps/hapair/import/json_tree.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace hapair::importing {
namespace {

constexpr std::size_t kLineWidth = 100;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// What a comment may hold: one line without control characters.
std::string comment_line(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = base::utf8_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (length == 0) {
      out += kReplacement;
    } else if (first == '\t') {
      out += ' ';
    } else if (first < 0x20 || first == 0x7F) {
      out += '?';
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return out;
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
    out += "\\u00";
    base::append_hex(out, static_cast<std::uint8_t>(c));
    return;
  }
  out += c;
}

bool is_name_character(char c, bool first) {
  const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return plain || (!first && (c == '_' || c == '-' || c == '.'));
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = base::utf8_length(text);
    if (length == 0) {
      out += kReplacement;
    } else if (length == 1) {
      append_escaped(out, text.front());
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return out + "\"";
}

std::string config_name(std::string_view text) {
  constexpr std::size_t kMaxName = 64;
  std::string out;
  for (const char c : text) {
    if (out.size() == kMaxName) break;
    if (is_name_character(c, out.empty())) {
      out += c;
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (out.ends_with('_') && !text.ends_with('_')) out.pop_back();
  return out.empty() ? "x" : out;
}

JsonTree* JsonTree::find(std::string_view key) {
  auto* const object = std::get_if<Object>(&value_);
  if (object == nullptr) return nullptr;
  const auto found = std::ranges::find(*object, key, &Member::key);
  return found == object->end() ? nullptr : &found->value;
}

const JsonTree* JsonTree::find(std::string_view key) const {
  return const_cast<JsonTree*>(this)->find(key);  // NOLINT: the one search for both
}

JsonTree& JsonTree::operator[](std::string_view key) {
  if (JsonTree* const found = find(key)) return *found;
  if (!is_object()) value_ = Object{};
  auto& object = std::get<Object>(value_);
  object.push_back({std::string(key), JsonTree{}});
  return object.back().value;
}

void JsonTree::remove(std::string_view key) {
  if (auto* const object = std::get_if<Object>(&value_)) {
    std::erase_if(*object, [&](const Member& each) { return each.key == key; });
  }
}

JsonTree& JsonTree::add(JsonTree item) {
  if (!is_list()) value_ = List{};
  auto& items = std::get<List>(value_);
  items.push_back(std::move(item));
  return items.back();
}

JsonTree& JsonTree::comment(std::string_view line) {
  while (!line.empty()) comments_.push_back(comment_line(base::take_part(line, '\n')));
  return *this;
}

JsonTree& JsonTree::remark(std::string_view text) {
  if (!remark_.empty()) remark_ += "; ";
  remark_ += comment_line(text);
  return *this;
}

bool JsonTree::empty() const {
  if (is_object()) return members().empty();
  return is_list() && items().empty();
}

/// Writes a tree; a class so that the indentation need not be handed about.
class JsonTreeWriter {
 public:
  [[nodiscard]] std::string take() { return std::move(out_); }

  void value(const JsonTree& tree, std::size_t depth, std::size_t column) {
    if (const auto* const text = tree.text()) {
      out_ += json_quoted(*text);
    } else if (const auto* const number = tree.number()) {
      base::append(out_, *number);
    } else if (const auto* const boolean = tree.boolean()) {
      out_ += *boolean ? "true" : "false";
    } else if (const std::string line = one_line(tree);
               !line.empty() && column + line.size() <= kLineWidth) {
      out_ += line;
    } else if (tree.is_object()) {
      spread(tree, tree.members(), '{', '}', depth);
    } else {
      spread(tree, tree.items(), '[', ']', depth);
    }
  }

 private:
  static const JsonTree* value_of(const JsonTree& item) { return &item; }
  static const JsonTree* value_of(const JsonTree::Member& member) { return &member.value; }
  static std::string key_of(const JsonTree& /*item*/) { return {}; }
  static std::string key_of(const JsonTree::Member& member) {
    return json_quoted(member.key) + ": ";
  }

  /// Empty: something in it has comments, or it is too long or too deep for one line.
  static std::string one_line(const JsonTree& tree) {
    constexpr int kLevels = 2;
    std::string out;
    return flat(tree, out, kLevels) ? out : std::string();
  }

  static bool flat(const JsonTree& tree, std::string& out, int levels) {
    if (out.size() > kLineWidth) return false;
    if (const auto* const text = tree.text()) {
      out += json_quoted(*text);
    } else if (const auto* const number = tree.number()) {
      base::append(out, *number);
    } else if (const auto* const boolean = tree.boolean()) {
      out += *boolean ? "true" : "false";
    } else if (tree.empty()) {
      out += tree.is_object() ? "{}" : "[]";
    } else if (levels == 0) {
      return false;
    } else if (tree.is_object()) {
      return flat_items(tree.members(), "{ ", " }", out, levels - 1);
    } else {
      return flat_items(tree.items(), "[", "]", out, levels - 1);
    }
    return true;
  }

  template <class Items>
  static bool flat_items(const Items& items, std::string_view open, std::string_view close,
                         std::string& out, int levels) {
    out += open;
    bool first = true;
    for (const auto& each : items) {
      const JsonTree& tree = *value_of(each);
      if (!tree.comments_.empty() || !tree.remark_.empty()) return false;
      if (!std::exchange(first, false)) out += ", ";
      out += key_of(each);
      if (!flat(tree, out, levels)) return false;
    }
    out += close;
    return true;
  }

  template <class Items>
  void spread(const JsonTree& /*tree*/, const Items& items, char open, char close,
              std::size_t depth) {
    out_ += open;
    out_ += '\n';
    const std::string indent(2 * (depth + 1), ' ');
    for (std::size_t i = 0; i < items.size(); ++i) {
      const JsonTree& tree = *value_of(items[i]);
      for (const std::string& line : tree.comments_) {
        out_ += base::concat(indent, line.empty() ? "//" : "// ", line, "\n");
      }
      const std::string key = key_of(items[i]);
      out_ += base::concat(indent, key);
      value(tree, depth + 1, indent.size() + key.size() + 1);
      if (i + 1 < items.size()) out_ += ',';
      if (!tree.remark_.empty()) out_ += base::concat("  // ", tree.remark_);
      out_ += '\n';
    }
    out_.append(2 * depth, ' ');
    out_ += close;
  }

  std::string out_;
};

std::string JsonTree::to_text() const {
  JsonTreeWriter writer;
  writer.value(*this, 0, 0);
  std::string out;
  for (const std::string& line : comments_) {
    out += base::concat(line.empty() ? "//" : "// ", line, "\n");
  }
  return out + writer.take() + "\n";
}

}  // namespace hapair::importing
