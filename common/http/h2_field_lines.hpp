// The fields of a head as HTTP/2 brings them, one by one (RFC 9113, section 8.2): kept as lines in
// one text, under the limits of a head, and judged by the rules that requests and responses share.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/fault.hpp"
#include "common/http/head_parser.hpp"

namespace hapair::http {

/// RFC 9113, sections 8.2.1 and 8.2.2, and for the characters within as strict as in HTTP/1. Not
/// for pseudo-header fields.
[[nodiscard]] std::optional<Fault> judge_h2_field(std::string_view name, std::string_view value);

class H2FieldLines {
 public:
  /// Where something stands in the text.
  struct Span {
    std::size_t at = 0;
    std::size_t size = 0;
  };
  struct Entry {
    Span name;
    Span value;
  };

  void restart(const HeadLimits& limits);
  /// Keeps a line, a pseudo-header field too.
  [[nodiscard]] std::optional<Fault> take(std::string_view name, std::string_view value,
                                          Entry& entry);
  /// The field that was taken last is judged, and is one of entries() from here on.
  [[nodiscard]] std::optional<Fault> enter(const Entry& entry);

  /// Adds to the text what is no line; not between two views that must stay.
  Span append(std::string_view part);
  void reserve(std::size_t more) { text_.reserve(text_.size() + more); }
  [[nodiscard]] std::string_view view(Span span) const {
    return std::string_view(text_).substr(span.at, span.size);
  }
  /// All but pseudo-header fields.
  [[nodiscard]] std::vector<Entry>& entries() { return entries_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] const HeadLimits& limits() const { return limits_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  /// Of names and values, with four for each field as in HTTP/1.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  HeadLimits limits_;
  std::string text_;
  std::vector<Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace hapair::http
