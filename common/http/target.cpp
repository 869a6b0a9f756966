#include "common/http/target.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "common/base/ip_address.hpp"
#include "common/base/text.hpp"
#include "common/http/chars.hpp"

namespace hapair::http {
namespace {

using base::equals_ignoring_case;

constexpr std::string_view kHttpScheme = "http://";
constexpr std::string_view kHttpsScheme = "https://";

bool starts_with_scheme(std::string_view target, std::string_view scheme) {
  return equals_ignoring_case(target.substr(0, scheme.size()), scheme);
}

struct Authority {
  std::string_view host;  ///< with its brackets, if any
  std::string_view port;  ///< digits; empty when not given
};

/// The port begins behind the last colon that is not within brackets.
Authority split_authority(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return {text, {}};  // as most are
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool is_port(std::string_view text) {
  if (text.empty()) return true;
  const std::optional<std::uint64_t> port = base::parse_unsigned(text);
  return port && *port <= 65535;
}

bool is_host(std::string_view text) {
  if (!text.starts_with('[')) return all_of(kHostChar, text);
  if (!text.ends_with(']')) return false;
  const auto address = base::IpAddress::parse(text.substr(1, text.size() - 2));
  return address && !address->is_v4();
}

/// A path, "*" not among them, and an optional query: visible ASCII without what RFC 3986 bars.
bool is_path_and_query(std::string_view text) {
  const std::size_t path_size = span_of(kPathChar, text);
  if (path_size == text.size()) return true;
  return text[path_size] == '?' &&
         span_of(kQueryChar, text.substr(path_size)) == text.size() - path_size;
}

std::optional<Fault> parse_absolute(RequestHead& head) {
  std::string_view rest = head.target;
  if (starts_with_scheme(rest, kHttpScheme)) {
    rest.remove_prefix(kHttpScheme.size());
  } else if (starts_with_scheme(rest, kHttpsScheme)) {
    rest.remove_prefix(kHttpsScheme.size());
  } else {
    return Fault::kBadTargetForm;
  }
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  head.form = TargetForm::kAbsolute;
  head.authority = rest.substr(0, end);
  head.path = rest.substr(end);
  if (!is_authority(head.authority)) return Fault::kBadAuthority;
  if (!is_path_and_query(head.path)) return Fault::kBadTarget;
  return std::nullopt;
}

}  // namespace

std::optional<Fault> parse_target(RequestHead& head) {
  const std::string_view target = head.target;
  if (head.method == Method::kConnect) {  // RFC 9110, section 9.3.6: host and port, both required
    if (!is_authority(target) || split_authority(target).port.empty()) {
      return Fault::kBadTargetForm;
    }
    head.form = TargetForm::kAuthority;
    head.authority = target;
    return std::nullopt;
  }
  if (target.starts_with('/')) {
    if (!is_path_and_query(target)) return Fault::kBadTarget;
    head.path = target;
    return std::nullopt;
  }
  if (target == "*") {
    if (head.method != Method::kOptions) return Fault::kBadTargetForm;
    head.form = TargetForm::kAsterisk;
    head.path = target;
    return std::nullopt;
  }
  return parse_absolute(head);
}

bool is_authority(std::string_view text) {
  // As most are: a name or an IPv4 address.
  const std::size_t plain = span_of(kHostChar, text);
  if (plain > 0 && (plain == text.size() || text[plain] == ':')) {
    return plain == text.size() || is_port(text.substr(plain + 1));
  }
  const Authority authority = split_authority(text);
  return is_host(authority.host) && is_port(authority.port);
}

std::string_view place_of(const RequestHead& head) {
  return head.authority.empty() ? head.host : head.authority;
}

std::string_view without_port(std::string_view authority) {
  return split_authority(authority).host;
}

bool is_same_place(std::string_view authority, std::string_view other, std::string_view scheme) {
  const Authority a = split_authority(authority);
  const Authority b = split_authority(other);
  std::string_view default_port;
  if (!scheme.empty()) default_port = equals_ignoring_case(scheme, "https") ? "443" : "80";
  const auto port_of = [default_port](const Authority& of) {
    return base::parse_unsigned(of.port.empty() ? default_port : of.port);
  };
  return equals_ignoring_case(a.host, b.host) && port_of(a) == port_of(b);
}

bool host_agrees_with_target(const RequestHead& head) {
  std::string_view scheme;
  if (head.form == TargetForm::kAbsolute) {
    scheme = starts_with_scheme(head.target, kHttpsScheme) ? "https" : "http";
  }
  return is_same_place(head.authority, head.host, scheme);
}

}  // namespace hapair::http
