#include "tests/unit/http/message_file.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "common/base/text.hpp"

namespace hapair::http_test {
namespace {

/// Where the repetition that begins before `from` ends: its closing bracket.
std::size_t closing_bracket(std::string_view text, std::size_t from) {
  int depth = 1;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '[') ++depth;
    if (text[at] == ']' && --depth == 0) return at;
  }
  FAIL("a repetition is not closed");
  return text.size();
}

/// "== name | verdict" or "== name | ok | ... | METHOD"
Message parse_title(std::string_view line) {
  Message message;
  const std::size_t bar = line.find(" | ");
  REQUIRE(bar != std::string_view::npos);
  message.name = line.substr(3, bar - 3);
  std::string_view verdict = line.substr(bar + 3);
  if (verdict.ends_with(" | HEAD")) {
    message.request_method = "HEAD";
    verdict.remove_suffix(std::string_view(" | HEAD").size());
  }
  message.verdict = unescape(verdict);
  return message;
}

}  // namespace

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      out += text[at];
      continue;
    }
    ++at;
    REQUIRE(at < text.size());
    switch (text[at]) {
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'x':
        out += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
        at += 2;
        break;
      case '[': {
        const std::size_t end = closing_bracket(text, at + 1);
        const std::string_view inner = text.substr(at + 1, end - at - 1);
        const std::size_t star = inner.rfind('*');
        const std::string piece = unescape(inner.substr(0, star));
        for (int left = std::stoi(std::string(inner.substr(star + 1))); left > 0; --left) {
          out += piece;
        }
        at = end;
        break;
      }
      default:
        FAIL("unknown escape \\", text[at]);
    }
  }
  return out;
}

std::vector<Message> read_messages(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file.good());
  std::vector<Message> messages;
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("== ")) {
      messages.push_back(parse_title(line));
    } else if (line.starts_with('>')) {
      std::string_view text = std::string_view(line).substr(line.size() > 1 ? 2 : 1);
      const bool without_end = text.ends_with('\\');
      if (without_end) text.remove_suffix(1);
      messages.back().bytes += unescape(text);
      if (!without_end) messages.back().bytes += "\r\n";
    }
  }
  return messages;
}

}  // namespace hapair::http_test
