// Changes to the fields of a head that goes on: what is made of it here is added, set or taken off
// before it is written, whichever version of HTTP the next hop speaks. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/head.hpp"

namespace hapair::http {

class FieldEdits {
 public:
  /// One more line of that name. Names are tokens and values have no control characters: whoever
  /// takes them from outside has looked.
  void add(std::string_view name, std::string_view value) { note(Kind::kAdd, name, value); }
  /// One line in place of all of that name.
  void set(std::string_view name, std::string_view value) { note(Kind::kSet, name, value); }
  void remove(std::string_view name) { note(Kind::kRemove, name, {}); }
  /// Those of another list, behind these.
  void append(const FieldEdits& others) {
    edits_.insert(edits_.end(), others.edits_.begin(), others.edits_.end());
    bytes_ += others.bytes_;
  }
  void clear() {
    edits_.clear();
    bytes_ = 0;
  }

  [[nodiscard]] bool empty() const { return edits_.empty(); }
  /// What a head may grow by.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// In the order in which they were noted. What is new in the list refers to this object, which
  /// must not change before the head was written. False: the list has no room for all of them.
  [[nodiscard]] bool apply(FieldList& fields) const;

 private:
  enum class Kind : std::uint8_t { kAdd, kSet, kRemove };
  struct Edit {
    Kind kind;
    std::string name;
    std::string value;
  };

  void note(Kind kind, std::string_view name, std::string_view value) {
    edits_.push_back({kind, std::string(name), std::string(value)});
    if (kind != Kind::kRemove) bytes_ += name.size() + value.size() + kLineMarks;
  }

  static constexpr std::size_t kLineMarks = 4;  ///< colon, space, CRLF

  std::vector<Edit> edits_;
  std::size_t bytes_ = 0;
};

}  // namespace hapair::http
