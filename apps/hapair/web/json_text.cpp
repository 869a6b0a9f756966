#include "apps/hapair/web/json_text.hpp"

#include <cstddef>

#include "common/base/text.hpp"

namespace hapair::web {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\' && c != '<' && c != '\x7f';
}

}  // namespace

void append_json(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = base::utf8_length(text);
    if (length == 0) {
      out += kReplacement;
    } else if (length > 1 || is_plain(text.front())) {
      out += text.substr(0, length);
    } else {
      out += "\\u00";
      base::append_hex(out, static_cast<std::uint8_t>(text.front()));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void append_raw_member(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty() && out.back() != '{') out += ',';
  append_json(out, key);
  out += ':';
  out += value;
}

void append_member(std::string& out, std::string_view key, std::string_view text) {
  append_raw_member(out, key, "");
  append_json(out, text);
}

}  // namespace hapair::web
