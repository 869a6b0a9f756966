#include "common/http/forwarded.hpp"

#include "common/base/text.hpp"
#include "common/http/chars.hpp"

namespace hapair::http {
namespace {

/// RFC 7239, section 4: a token as it is, all else as a quoted string.
void append_value(std::string& out, std::string_view value) {
  if (all_of(kToken, value)) {
    out += value;
    return;
  }
  out += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

/// Section 6: an IPv6 address stands in brackets.
std::string node_of(const base::IpAddress& address) {
  return address.is_v4() ? address.to_string() : base::concat('[', address.to_string(), ']');
}

void append_pair(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (!out.empty()) out += ';';
  out += name;
  out += '=';
  append_value(out, value);
}

std::optional<base::IpAddress> address_of(std::string_view text) {
  const auto address = base::IpAddress::parse(text);
  return address ? std::optional(*address) : std::nullopt;
}

}  // namespace

std::string to_string(const ForwardedElement& element) {
  std::string out;
  if (element.from) append_pair(out, "for", node_of(*element.from));
  if (element.by) append_pair(out, "by", node_of(*element.by));
  append_pair(out, "host", element.host);
  append_pair(out, "proto", element.proto);
  return out;
}

std::optional<base::IpAddress> parse_forwarded_for(std::string_view entry) {
  entry = base::trim(entry);
  if (entry.size() >= 2 && entry.front() == '"' && entry.back() == '"') {
    entry = entry.substr(1, entry.size() - 2);
  }
  if (entry.starts_with('[')) {
    const std::size_t end = entry.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view behind = entry.substr(end + 1);
    if (!behind.empty() && behind.front() != ':') return std::nullopt;
    const auto address = address_of(entry.substr(1, end - 1));
    return address && !address->is_v4() ? address : std::nullopt;
  }
  const std::size_t colon = entry.find(':');
  const bool with_port = colon != std::string_view::npos && colon == entry.rfind(':');
  return address_of(with_port ? entry.substr(0, colon) : entry);
}

bool take_last_element(std::string_view& list, std::string_view& element) {
  if (list.empty()) return false;
  const std::size_t comma = list.rfind(',');
  element = base::trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
  list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
  return true;
}

}  // namespace hapair::http
