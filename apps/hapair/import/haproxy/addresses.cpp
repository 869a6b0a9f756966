#include "apps/hapair/import/haproxy/addresses.hpp"

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

constexpr std::uint64_t kMaxPort = 65535;

/// "80", "8000-8010", "+1000"; false where it is none.
bool read_ports(std::string_view text, Address& out) {
  if (text.starts_with('+') || text.starts_with('-')) {
    out.relative = true;
    text.remove_prefix(1);
  }
  const auto first = base::parse_unsigned(base::take_part(text, '-'));
  const auto last = text.empty() ? first : base::parse_unsigned(text);
  if (!first || !last || *first > kMaxPort || *last > kMaxPort || *last < *first) return false;
  out.port = static_cast<std::uint32_t>(*first);
  out.last_port = static_cast<std::uint32_t>(*last);
  return true;
}

/// Takes "ipv4@" and its like off; false where it is none of the internet.
bool take_family(std::string_view& text) {
  for (const std::string_view plain :
       {"ipv4@", "ipv6@", "tcp@", "tcp4@", "tcp6@", "stream+ipv4@", "stream+ipv6@", "mptcp@",
        "mptcp4@", "mptcp6@", "udp@", "udp4@", "udp6@", "ip@"}) {
    if (!text.starts_with(plain)) continue;
    text.remove_prefix(plain.size());
    return true;
  }
  return text.find('@') == std::string_view::npos;
}

}  // namespace

std::optional<base::IpAddress> parse_ip(std::string_view text) {
  const auto parsed = base::IpAddress::parse(text);
  if (!parsed) return std::nullopt;
  return *parsed;
}

std::optional<Address> parse_address(std::string_view text) {
  Address out;
  for (const std::string_view unix : {"unix@", "uxst@"}) {
    if (text.starts_with(unix)) {
      out.form = Address::Form::kUnix;
      out.host = std::string(text.substr(unix.size()));
      return out;
    }
  }
  if (text.starts_with('/')) {
    out.form = Address::Form::kUnix;
    out.host = std::string(text);
    return out;
  }
  if (!take_family(text)) {
    out.host = std::string(text);
    return out;
  }
  // The digits behind the last colon are the port, also of an IPv6 address without brackets.
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && text.back() != ']' && text != "::") {
    if (!read_ports(text.substr(colon + 1), out)) return std::nullopt;
    text = text.substr(0, colon);
  }
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  out.host = std::string(text);
  out.ip = parse_ip(text);
  if (text.empty() || text == "*" || text == "0.0.0.0") {
    out.form = Address::Form::kAny;
  } else if (text == "::") {
    out.form = Address::Form::kAny6;
  } else if (text == "localhost") {
    out.form = Address::Form::kIp;
    out.host = "127.0.0.1";
    out.ip = parse_ip(out.host);
  } else {
    out.form = out.ip ? Address::Form::kIp : Address::Form::kName;
  }
  return out;
}

std::string host_and_port(const Address& address, std::uint32_t port) {
  const bool six = address.host.find(':') != std::string::npos;
  return base::concat(six ? "[" : "", address.host, six ? "]:" : ":", port);
}

}  // namespace hapair::importing::haproxy
