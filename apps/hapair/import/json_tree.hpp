// A JSON tree to write: keys keep their order, and members and items carry comments, which come out
// as `//` lines above them. It is what an import builds its result in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace hapair::importing {

class JsonTree {
 public:
  struct Member;
  using Object = std::vector<Member>;
  using List = std::vector<JsonTree>;

  JsonTree() : value_(Object{}) {}
  JsonTree(bool value) : value_(value) {}                         // NOLINT: as JSON reads
  JsonTree(const char* text) : value_(std::string(text)) {}       // NOLINT
  JsonTree(std::string_view text) : value_(std::string(text)) {}  // NOLINT
  JsonTree(std::string text) : value_(std::move(text)) {}         // NOLINT
  template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  JsonTree(T number) : value_(static_cast<std::int64_t>(number)) {}  // NOLINT

  [[nodiscard]] static JsonTree list(List items = {}) {
    JsonTree out;
    out.value_ = std::move(items);
    return out;
  }

  /// The member of that name, made (as an empty object) where it is not there; what is no object
  /// becomes one.
  JsonTree& operator[](std::string_view key);
  /// nullptr: there is none.
  [[nodiscard]] const JsonTree* find(std::string_view key) const;
  [[nodiscard]] JsonTree* find(std::string_view key);
  [[nodiscard]] bool contains(std::string_view key) const { return find(key) != nullptr; }
  void remove(std::string_view key);
  /// Behind the last item; what is no list becomes one. The item stays where it is until the next.
  JsonTree& add(JsonTree item);

  /// A line of comment above this value (above its key in an object). Line breaks make several;
  /// control characters and broken UTF-8 are replaced.
  JsonTree& comment(std::string_view line);
  /// A comment at the end of the value's line, behind it.
  JsonTree& remark(std::string_view text);

  [[nodiscard]] bool is_object() const { return std::holds_alternative<Object>(value_); }
  [[nodiscard]] bool is_list() const { return std::holds_alternative<List>(value_); }
  [[nodiscard]] bool empty() const;  ///< an object without members or a list without items
  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&value_); }
  [[nodiscard]] const std::int64_t* number() const { return std::get_if<std::int64_t>(&value_); }
  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&value_); }
  [[nodiscard]] const Object& members() const { return std::get<Object>(value_); }
  [[nodiscard]] Object& members() { return std::get<Object>(value_); }
  [[nodiscard]] const List& items() const { return std::get<List>(value_); }
  [[nodiscard]] List& items() { return std::get<List>(value_); }
  [[nodiscard]] const std::vector<std::string>& comments() const { return comments_; }

  /// Indented by two, short objects and lists without comments on one line, with a line break at
  /// the end.
  [[nodiscard]] std::string to_text() const;

 private:
  friend class JsonTreeWriter;

  std::variant<Object, List, std::string, std::int64_t, bool> value_;
  std::vector<std::string> comments_;
  std::string remark_;
};

struct JsonTree::Member {
  std::string key;
  JsonTree value;
};

/// A name as hapair's config wants it (1 to 64 letters, digits, `_`, `-`, `.`, a letter or digit
/// first), as near to `text` as can be; never empty.
[[nodiscard]] std::string config_name(std::string_view text);

/// A text as a JSON string, in quotes; what is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string json_quoted(std::string_view text);

}  // namespace hapair::importing
