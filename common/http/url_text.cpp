#include "common/http/url_text.hpp"

#include <cstddef>
#include <cstdint>

#include "common/base/text.hpp"
#include "common/http/chars.hpp"

namespace hapair::http {
namespace {

constexpr std::string_view kUpperDigits = "0123456789ABCDEF";

/// The byte that the escape at `at` stands for; nullopt: there is no whole escape.
std::optional<char> escaped_at(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size() || text[at] != '%') return std::nullopt;
  if (!is(kHexDigit, text[at + 1]) || !is(kHexDigit, text[at + 2])) return std::nullopt;
  return static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
}

/// RFC 3986, section 2.3.
bool is_unreserved(char c) {
  return is(kToken, c) && std::string_view("!#$%&'*+^`|").find(c) == std::string_view::npos;
}

/// Nothing in it can be written in another way.
bool is_normal(std::string_view path) {
  if (!path.starts_with('/')) return false;
  char before = 0;
  for (const char c : path) {
    if (c == '%' || c == ';' || c == '\\' || (before == '/' && (c == '/' || c == '.')))
      return false;
    before = c;
  }
  return true;
}

/// A dot segment that some servers see and others do not: behind an encoded slash or a backslash,
/// or with parameters ("..;x").
bool hides_dots(std::string_view segment) {
  const bool plain = segment.find_first_of("%;\\") == std::string_view::npos;
  if (plain) return false;
  while (!segment.empty()) {
    std::size_t end = 0;
    std::size_t separator = 0;
    while (end < segment.size() && separator == 0) {
      const auto byte = escaped_at(segment, end);
      if (segment[end] == '\\') separator = 1;
      if (byte && (*byte == '/' || *byte == '\\')) separator = 3;
      if (separator == 0) ++end;
    }
    const std::string_view name = segment.substr(0, segment.substr(0, end).find(';'));
    if (name.substr(0, end) == "." || name.substr(0, end) == "..") return true;
    segment.remove_prefix(end + separator);
  }
  return false;
}

/// Writes the segment with its escapes in one form. False: it holds a NUL.
bool append_segment(std::string_view segment, std::string& out) {
  for (std::size_t at = 0; at < segment.size(); ++at) {
    const auto byte = escaped_at(segment, at);
    if (!byte && segment[at] != '%') {
      out += segment[at];
      continue;
    }
    const char c = byte.value_or('%');  // an escape that is none stands for itself
    if (c == '\0') return false;
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto code = static_cast<std::uint8_t>(c);
      out += '%';
      out += kUpperDigits[code >> 4U];
      out += kUpperDigits[code & 15U];
    }
    if (byte) at += 2;
  }
  return true;
}

}  // namespace

PathAndQuery split_query(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {.path = target, .query = {}};
  return {.path = target.substr(0, mark), .query = target.substr(mark + 1), .has_query = true};
}

std::optional<std::string_view> normal_path(std::string_view path, std::string& text) {
  if (is_normal(path) || path == "*") return path;
  text = '/';  // it ends with a slash at the beginning of each segment
  for (bool last = path.empty(); !last;) {
    const std::size_t end = path.find('/');
    last = end == std::string_view::npos;
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(last ? path.size() : end + 1);
    const std::size_t begin = text.size();
    if (!append_segment(segment, text)) return std::nullopt;
    const std::string_view written = std::string_view(text).substr(begin);
    if (written.empty() || written == ".") {
      text.resize(begin);
    } else if (written == "..") {
      text.resize(begin > 1 ? begin - 1 : begin);
      text.resize(text.rfind('/') + 1);
    } else {
      if (hides_dots(written)) return std::nullopt;
      if (!last) text += '/';
    }
  }
  return text;
}

bool next_parameter(std::string_view& rest, Parameter& parameter) {
  while (!rest.empty()) {
    std::string_view part = base::take_part(rest, '&');
    if (part.empty()) continue;
    parameter.name = base::take_part(part, '=');
    parameter.value = part;
    return true;
  }
  return false;
}

bool decodes_to(std::string_view encoded, std::string_view plain) {
  std::size_t matched = 0;
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    const auto byte = escaped_at(encoded, at);
    const char c = byte ? *byte : encoded[at] == '+' ? ' ' : encoded[at];
    if (matched == plain.size() || plain[matched] != c) return false;
    ++matched;
    if (byte) at += 2;
  }
  return matched == plain.size();
}

void append_decoded(std::string_view encoded, std::string& out) {
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    const auto byte = escaped_at(encoded, at);
    out += byte ? *byte : encoded[at] == '+' ? ' ' : encoded[at];
    if (byte) at += 2;
  }
}

}  // namespace hapair::http
