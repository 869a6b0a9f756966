#include "apps/hapair/config/rules_services.hpp"

#include <algorithm>
#include <optional>

#include "apps/hapair/config/rules_text.hpp"
#include "common/base/text.hpp"
#include "common/text/regex.hpp"
#include "libcheck/core/dns_query.hpp"

namespace hapair::config::rules {
namespace {

using base::concat;
using base::fail;
using base::Result;

constexpr std::size_t kMaxAccountName = 128;
constexpr std::size_t kMaxDnBytes = 1024;
constexpr std::size_t kMaxHelloName = 255;

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char lower = base::ascii_lower(c);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
  return std::nullopt;
}

/// nullopt: it is not in pairs of hex digits.
std::optional<std::string> parse_hex(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.front() == ' ') {
      text.remove_prefix(1);
      continue;
    }
    const auto high = hex_digit(text[0]);
    const auto low = text.size() > 1 ? hex_digit(text[1]) : std::nullopt;
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high << 4 | *low);
    text.remove_prefix(2);
  }
  return out;
}

Result<void> check_wire_text(std::string_view text) {
  if (text.empty()) return fail("is empty; write what goes over the wire");
  return {};
}

Result<void> check_wire_line(std::string_view text) {
  if (text.find_first_of("\r\n") != std::string_view::npos) {
    return fail("holds a line end, which is not part of the line; remove it");
  }
  return {};
}

Result<void> check_wire_hex(std::string_view text) {
  const auto bytes = parse_hex(text);
  if (bytes && !bytes->empty()) return {};
  return fail(concat("'", base::printable(text, kMaxAccountName),
                     "' is no bytes; write pairs of hex digits, like \"30 0c 02 01\""));
}

Result<void> check_expression(std::string_view text) {
  if (text.empty()) return fail("is empty; write a regular expression");
  const auto compiled = text::Regex::compile(text);
  if (!compiled) return fail(concat(compiled.error().message, "; mend it"));
  return {};
}

Result<void> check_comment(std::string_view text) {
  if (text.size() <= kMaxAccountName) return {};
  return fail(concat("has ", text.size(), " bytes; use up to ", kMaxAccountName));
}

Result<void> check_hello_name(std::string_view text) {
  if (!text.empty() && text.size() <= kMaxHelloName && std::ranges::all_of(text, is_visible)) {
    return {};
  }
  return fail(
      "is no name to introduce oneself by; write a host name or an address like "
      "\"[192.0.2.1]\"");
}

Result<void> check_account_name(std::string_view text) {
  if (!text.empty() && text.size() <= kMaxAccountName) return {};
  return fail(concat("has ", text.size(), " bytes; use 1 to ", kMaxAccountName));
}

Result<void> check_dn(std::string_view text) {
  if (!text.empty() && text.size() <= kMaxDnBytes) return {};
  return fail(concat("has ", text.size(), " bytes; use 1 to ", kMaxDnBytes));
}

}  // namespace

const TextRule kWireText{
    .pattern = "^[\\s\\S]{1,8192}$", .check = check_wire_text, .example = "PING\r\n", .raw = true};
const TextRule kWireLine{
    .pattern = "^[^\\r\\n]{0,8192}$", .check = check_wire_line, .example = "+PONG", .raw = true};
const TextRule kWireHex{
    .pattern = "^[ 0-9A-Fa-f]{2,8192}$", .check = check_wire_hex, .example = "30 0c 02 01"};
const TextRule kExpression{.pattern = "^.{1,8192}$", .check = check_expression, .example = "^OK"};
const TextRule kComment{.pattern = "^.{0,128}$", .check = check_comment, .example = "greeting"};
const TextRule kHelloName{
    .pattern = "^[!-~]{1,255}$", .check = check_hello_name, .example = "lb.example.org"};
const TextRule kAccountName{
    .pattern = "^.{1,128}$", .check = check_account_name, .example = "hapair"};
const TextRule kDn{.pattern = "^.{1,1024}$", .check = check_dn, .example = "cn=hapair,dc=example"};
const TextRule kDnsName{
    .pattern = "^[!-~]{1,254}$", .check = check::check_dns_name, .example = "www.example.org"};

std::string bytes_of_hex(std::string_view text) { return parse_hex(text).value_or(std::string()); }

}  // namespace hapair::config::rules
