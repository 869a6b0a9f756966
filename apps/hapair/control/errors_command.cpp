#include "apps/hapair/control/errors_command.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/talk.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;
using Json = nlohmann::ordered_json;

constexpr std::size_t kOffsetDigits = 5;
/// Bytes of a line that is not ended by the message itself.
constexpr std::size_t kLineBytes = 80;

std::string shown(const Json& object, const char* key) {
  return base::printable(text_at(object, {key}), 300);
}

/// The bytes that a text of U+0000 to U+00FF stands for.
std::string bytes_of(std::string_view latin1) {
  std::string out;
  for (std::size_t i = 0; i < latin1.size(); ++i) {
    const auto byte = static_cast<unsigned char>(latin1[i]);
    if (byte >= 0xc0 && i + 1 < latin1.size()) {
      const auto next = static_cast<unsigned char>(latin1[++i]);
      out += static_cast<char>((byte & 0x03) << 6 | (next & 0x3f));
    } else {
      out += static_cast<char>(byte);
    }
  }
  return out;
}

void append_byte(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\r') {
    out += "\\r";
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c == '\\') {
    out += "\\\\";
  } else if (byte >= 0x20 && byte < 0x7f) {
    out += c;
  } else {
    out += "\\x";
    base::append_hex(out, byte);
  }
}

std::string padded(std::uint64_t offset) {
  const std::string digits = std::to_string(offset);
  return std::string(kOffsetDigits - std::min(kOffsetDigits, digits.size()), '0') + digits;
}

/// One line for each line of the message, with the offset of its first byte; the one in which the
/// fault is has a mark.
void append_dump(std::string& out, const std::string& bytes, std::uint64_t offset,
                 std::uint64_t position) {
  std::size_t begin = 0;
  bool goes_on = false;
  while (begin < bytes.size()) {
    const std::size_t break_at = bytes.find('\n', begin);
    const std::size_t line_end = break_at == std::string::npos ? bytes.size() : break_at + 1;
    const std::size_t end = std::min(line_end, begin + kLineBytes);
    const std::uint64_t first = offset + begin;
    const bool here = position >= first && position < offset + end;
    out += concat(here ? "> " : "  ", padded(first), goes_on ? "+ " : "  ");
    for (std::size_t i = begin; i < end; ++i) append_byte(out, bytes[i]);
    out += '\n';
    goes_on = end < line_end;
    begin = end;
  }
}

}  // namespace

std::string render_errors_text(const Json& document) {
  std::string out;
  for (const Json& error : list_at(document, {"errors"})) {
    const std::string server = shown(error, "server");
    out += concat(shown(error, "proxy"), ": ", number_at(error, {"count"}), " malformed ",
                  shown(error, "kind"), "s, the last at ", shown(error, "time"), "\n");
    if (server.empty()) {
      out += concat("  from ", shown(error, "client"), "\n");
    } else {
      out += concat("  from server ", server, ", to client ", shown(error, "client"), "\n");
    }
    out += concat("  ", shown(error, "code"), ": ", shown(error, "rule"), " (",
                  shown(error, "source"), "), at byte ", number_at(error, {"position"}), " of ",
                  number_at(error, {"size"}), " of its ", shown(error, "part"), "\n\n");
    append_dump(out, bytes_of(text_at(error, {"bytes"})), number_at(error, {"offset"}),
                number_at(error, {"position"}));
    out += '\n';
  }
  return out.empty() ? "No malformed message has come since the worker's start.\n" : out;
}

int run_errors(const AskCommand& command, std::ostream& out, std::ostream& err) {
  const auto answer =
      talk({.command = "errors", .socket = command.socket, .path = "/v1/errors", .body = {}}, err);
  if (!answer) return answer.error();
  out << (command.json ? answer->dump(2) + '\n' : render_errors_text(*answer));
  return cli::kExitOk;
}

}  // namespace hapair::control
