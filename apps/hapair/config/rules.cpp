#include "apps/hapair/config/rules.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "apps/hapair/config/rules_text.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/text.hpp"
#include "common/base/time.hpp"
#include "common/http/chars.hpp"

namespace hapair::config::rules {
namespace {

using base::concat;
using base::fail;
using base::Result;

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxAccountBytes = 32;
constexpr std::size_t kMaxInterfaceBytes = 15;
constexpr std::size_t kMaxPathBytes = 4095;
constexpr std::size_t kMaxUnixPathBytes = 107;
constexpr std::size_t kMaxWordBytes = 1024;
constexpr std::size_t kMaxPasswordBytes = 8;
constexpr std::size_t kMaxTargetBytes = 1024;
constexpr std::size_t kMaxHostBytes = 255;

Result<void> check_cipher_list(std::string_view text) {
  constexpr std::size_t kMaxBytes = 1024;
  constexpr std::string_view kSigns = "_:!+@=.-";
  const auto fits = [&](char c) { return is_alnum(c) || kSigns.find(c) != kSigns.npos; };
  if (!text.empty() && text.size() <= kMaxBytes && std::ranges::all_of(text, fits)) return {};
  return fail(concat(quoted(text), " is no list for OpenSSL; write names with : between"));
}

Result<void> check_server_name(std::string_view text) {
  constexpr std::size_t kMaxBytes = 253;
  const auto fits = [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; };
  if (!text.empty() && text.size() <= kMaxBytes && is_alnum(text.front()) &&
      std::ranges::all_of(text, fits)) {
    return {};
  }
  return fail(concat(quoted(text), " is no name of a host; write one such as \"app.example\""));
}

Result<void> check_sni_name(std::string_view text) {
  constexpr std::size_t kMaxBytes = 253;
  std::string_view name = text;
  if (name.starts_with("*.")) name.remove_prefix(2);
  const auto fits = [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; };
  const bool whole = !name.empty() && name.front() != '.' && name.back() != '.' &&
                     name.find("..") == std::string_view::npos;
  if (whole && text.size() <= kMaxBytes && std::ranges::all_of(name, fits) &&
      !base::IpAddress::parse(name)) {
    return {};
  }
  return fail(concat(quoted(text),
                     " is no name of a host; write one such as \"app.example\", or "
                     "\"*.example\" for all below it"));
}

Result<void> check_protocol(std::string_view text) {
  constexpr std::size_t kMaxBytes = 32;
  if (!text.empty() && text.size() <= kMaxBytes && std::ranges::all_of(text, is_visible)) return {};
  return fail(concat(quoted(text), " is no protocol of ALPN; write 1 to ", kMaxBytes,
                     " visible characters, such as \"http/1.1\""));
}

Result<void> check_name(std::string_view text) {
  const bool fits = !text.empty() && text.size() <= kMaxNameBytes && is_alnum(text.front()) &&
                    std::ranges::all_of(text, [](char c) {
                      return is_alnum(c) || c == '_' || c == '-' || c == '.';
                    });
  if (fits) return {};
  return fail(concat(quoted(text), " is no name; use 1 to ", kMaxNameBytes,
                     " letters, digits and _ - . with a letter or digit first"));
}

Result<void> check_account(std::string_view text) {
  const bool fits = !text.empty() && text.size() <= kMaxAccountBytes && !is_digit(text.front()) &&
                    text.front() != '-' && std::ranges::all_of(text, [](char c) {
                      return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '-';
                    });
  if (fits) return {};
  return fail(concat(quoted(text), " is no account name; use 1 to ", kMaxAccountBytes,
                     " lower-case letters, digits and _ - with a letter or _ first"));
}

Result<void> check_interface(std::string_view text) {
  const bool fits =
      !text.empty() && text.size() <= kMaxInterfaceBytes &&
      std::ranges::all_of(text, [](char c) { return is_visible(c) && c != '/' && c != ':'; });
  if (fits) return {};
  return fail(concat(quoted(text), " is no interface name; use 1 to ", kMaxInterfaceBytes,
                     " characters without blanks, / and :, as `ip link` shows it"));
}

Result<void> check_absolute_path(std::string_view text) {
  if (text.starts_with('/') && text.size() > 1 && text.size() <= kMaxPathBytes) return {};
  return fail(concat(quoted(text), " is no absolute path; begin it with /"));
}

Result<void> check_script_word(std::string_view text) {
  const bool fits = text.size() <= kMaxWordBytes && std::ranges::none_of(text, [](char c) {
                      return static_cast<unsigned char>(c) < ' ';
                    });
  if (fits) return {};
  return fail(concat("an argument of a script has at most ", kMaxWordBytes,
                     " bytes and no control characters; put what is longer into the script"));
}

Result<void> check_unix_path(std::string_view text) {
  if (auto checked = check_absolute_path(text); !checked) return checked;
  if (text.size() <= kMaxUnixPathBytes) return {};
  return fail(concat("the path has ", text.size(), " bytes; a Unix socket's has at most ",
                     kMaxUnixPathBytes));
}

/// Fails unless the address can be that of one host.
Result<void> check_unicast(const base::IpAddress& address) {
  constexpr std::uint32_t kBroadcast = 0xffffffff;
  if (address.is_any() || address.is_multicast() ||
      (address.is_v4() && address.v4_host_order() == kBroadcast)) {
    return fail(
        concat(address.to_string(), " is not the address of one host; use a unicast address"));
  }
  return {};
}

Result<base::IpAddress> parse_of(std::string_view text, base::Family family) {
  auto address = base::IpAddress::parse(text);
  if (!address || address->family() == family) return address;
  return fail(concat(quoted(text), " is of the other family; give an ",
                     family == base::Family::kIpv4 ? "IPv4" : "IPv6", " address"));
}

/// Fails for the address of a host that other hosts can't be sure of.
Result<void> check_host_address(const Result<base::IpAddress>& address) {
  if (!address) return std::unexpected(address.error());
  if (address->is_link_local()) {
    return fail(concat(address->to_string(),
                       " is a link-local address, which means nothing without an interface; use "
                       "the node's global or unique local one"));
  }
  return check_unicast(*address);
}

Result<void> check_node_address(std::string_view text) {
  return check_host_address(base::IpAddress::parse(text));
}

Result<void> check_ipv4_address(std::string_view text) {
  return check_host_address(parse_of(text, base::Family::kIpv4));
}

Result<void> check_ipv6_address(std::string_view text) {
  return check_host_address(parse_of(text, base::Family::kIpv6));
}

Result<void> check_process_name(std::string_view text) {
  if (!text.empty() && text.size() <= kMaxNameBytes &&
      std::ranges::all_of(text, [](char c) { return is_visible(c) && c != '/'; })) {
    return {};
  }
  return fail(concat(quoted(text), " is no name of a process; use 1 to ", kMaxNameBytes,
                     " visible characters without /, as `ps -e` shows it"));
}

Result<void> check_any_host_address(std::string_view text) {
  const auto address = base::IpAddress::parse(text);
  if (!address) return std::unexpected(address.error());
  return check_unicast(*address);
}

Result<void> check_vip_address(std::string_view text) {
  const auto prefix = base::Prefix::parse(text);
  if (!prefix) return std::unexpected(prefix.error());
  if (prefix->length == 0) {
    const bool v4 = prefix->address.is_v4();
    return fail(concat(quoted(text), " has prefix length 0; use 1 to ", v4 ? "32" : "128",
                       ", best none: ", v4 ? "/32" : "/128"));
  }
  if (prefix->address.is_loopback()) {
    return fail(concat(prefix->address.to_string(),
                       " is a loopback address, which every host has for itself; use an address "
                       "of the network that clients reach"));
  }
  return check_unicast(prefix->address);
}

/// Fails where bits behind the prefix length are set.
Result<void> check_network_prefix(std::string_view text) {
  const auto prefix = base::Prefix::parse(text);
  if (!prefix) return std::unexpected(prefix.error());
  std::array<std::uint8_t, 16> bytes{};
  const base::Bytes given = prefix->address.bytes();
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::size_t left = prefix->length > i * 8 ? prefix->length - i * 8 : 0;
    const auto mask = static_cast<std::uint8_t>(left >= 8 ? 0xff : 0xff00 >> left);
    bytes[i] = given[i] & mask;
  }
  const auto network = base::IpAddress::from_bytes({bytes.data(), given.size()}).value();
  if (network == prefix->address) return {};
  return fail(concat(quoted(text), " is an address within a network; write ",
                     base::Prefix{network, prefix->length}.to_string(), ", or ",
                     prefix->address.to_string(), " for it alone"));
}

Result<void> check_route_to(std::string_view text) {
  return text == "default" ? Result<void>() : check_network_prefix(text);
}

Result<void> check_gateway(std::string_view text) {
  const auto address = base::IpAddress::parse(text);
  if (!address) return std::unexpected(address.error());
  return check_unicast(*address);
}

Result<void> check_label(std::string_view text) {
  if (!text.empty() && text.size() <= kMaxInterfaceBytes && std::ranges::all_of(text, is_visible)) {
    return {};
  }
  return fail(concat(quoted(text), " is no label; use 1 to ", kMaxInterfaceBytes,
                     " visible characters, best the interface's name, a colon and a word"));
}

Result<void> check_bind_address(std::string_view text) {
  if (text == "*") return {};
  const auto address = base::IpAddress::parse(text);
  if (!address) {
    return fail(concat(quoted(text),
                       " is not an address; use an IP address, \"*\" for all IPv4 addresses or "
                       "\"::\" for all IPv6 addresses"));
  }
  if (address->is_any()) return {};
  return check_unicast(*address);
}

Result<void> check_endpoint(std::string_view text) {
  const auto endpoint = base::Endpoint::parse(text);
  if (!endpoint) return std::unexpected(endpoint.error());
  return check_unicast(endpoint->address);
}

Result<void> check_password(std::string_view text) {
  if (text.empty() || text.size() > kMaxPasswordBytes) {
    return fail(concat("the password has ", text.size(), " bytes; VRRP version 2 carries 1 to ",
                       kMaxPasswordBytes));
  }
  if (std::ranges::all_of(text, is_visible)) return {};
  return fail("the password has blanks or characters outside ASCII; use letters, digits and signs");
}

struct RetryFailure {
  std::string_view name;
  bool RetryOn::* flag;
};

constexpr std::array<RetryFailure, 4> kRetryFailures{
    {{"conn-failure", &RetryOn::connection_failure},
     {"empty-response", &RetryOn::empty_response},
     {"junk-response", &RetryOn::junk_response},
     {"response-timeout", &RetryOn::response_timeout}}};

constexpr std::array<std::string_view, 11> kRetryStatuses{"401", "403", "404", "408", "425", "429",
                                                          "500", "501", "502", "503", "504"};

Result<void> check_retry_on(std::string_view text) {
  if (std::ranges::find(kRetryFailures, text, &RetryFailure::name) != kRetryFailures.end() ||
      std::ranges::find(kRetryStatuses, text) != kRetryStatuses.end()) {
    return {};
  }
  return fail(
      concat(quoted(text),
             " is no failure to retry on; write \"conn-failure\", \"empty-response\", "
             "\"junk-response\", \"response-timeout\", or one of the statuses 401, 403, 404, "
             "408, 425, 429, 500 to 504"));
}

Result<void> check_http_version(std::string_view text) {
  if (text == "h2" || text == "http/1.1") return {};
  return fail(concat(quoted(text), " is no version of HTTP here; write \"h2\" or \"http/1.1\""));
}

Result<void> check_request_target(std::string_view text) {
  if (!text.starts_with('/')) {
    return fail(concat(quoted(text), " does not begin with /; write it like \"/path\""));
  }
  if (text.size() <= kMaxTargetBytes && std::ranges::all_of(text, is_visible) &&
      text.find('#') == std::string_view::npos) {
    return {};
  }
  return fail(concat("the path has blanks, a # or characters outside ASCII, or more than ",
                     kMaxTargetBytes, " bytes; write such characters as %20"));
}

Result<void> check_host(std::string_view text) {
  constexpr std::string_view kMarks = "-._~:[]";
  const bool fits =
      !text.empty() && text.size() <= kMaxHostBytes && std::ranges::all_of(text, [&](char c) {
        return is_alnum(c) || kMarks.find(c) != std::string_view::npos;
      });
  if (fits) return {};
  return fail(concat(quoted(text), " is no host; write it like \"www.example.com\""));
}

Result<void> check_any_field_name(std::string_view text) {
  if (text.size() <= kMaxNameBytes && http::all_of(http::kToken, text)) return {};
  return fail(concat(quoted(text), " is no name of a header field; write \"X-Forwarded-For\""));
}

Result<void> check_field_name(std::string_view text) {
  constexpr std::array<std::string_view, 8> kReserved{
      "connection", "content-length", "host",    "keep-alive",
      "te",         "trailer",        "upgrade", "transfer-encoding"};
  if (auto token = check_any_field_name(text); !token) return token;
  const bool reserved = std::ranges::any_of(
      kReserved, [&](std::string_view name) { return base::equals_ignoring_case(text, name); });
  if (!reserved) return {};
  return fail(concat(quoted(text), " steers HTTP itself; write \"X-Forwarded-For\""));
}

Result<void> check_field_prefix(std::string_view text) {
  constexpr std::size_t kMaxBytes = 48;
  const auto fits = [](char c) { return is_alnum(c) || c == '-'; };
  if (text.starts_with("X-") && text.size() >= 4 && text.size() <= kMaxBytes &&
      text.ends_with('-') && std::ranges::all_of(text, fits)) {
    return {};
  }
  return fail(concat(quoted(text),
                     " is no beginning for our own fields; write \"X-\", a name of letters, digits "
                     "and \"-\", and a \"-\" at the end, such as \"X-SSL-Client-\""));
}

Result<void> check_tracked_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  const bool fits = check_name(text.substr(0, slash)) &&
                    (slash == text.npos || check_name(text.substr(slash + 1)));
  if (fits) return {};
  return fail(concat(quoted(text),
                     " names no server and no target; write \"backend/server\", or a target"));
}

/// "Name: value", the name none that steers HTTP.
Result<void> check_field_line(std::string_view text) {
  constexpr std::size_t kMaxLine = 1024;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return fail(concat(quoted(text), " is no header field; write \"Name: value\""));
  }
  if (auto name = check_field_name(text.substr(0, colon)); !name) return name;
  const std::string_view value = base::trim(text.substr(colon + 1));
  const bool fits = std::ranges::all_of(value, [](char c) { return is_visible(c) || c == ' '; });
  if (fits && text.size() <= kMaxLine) return {};
  return fail(concat("the value has characters outside ASCII, or more than ", kMaxLine,
                     " bytes; use visible characters and blanks"));
}

Result<void> check_status_ranges(std::string_view text) {
  constexpr std::uint64_t kFirst = 100;
  constexpr std::uint64_t kLast = 599;
  constexpr std::size_t kMaxRanges = 16;
  constexpr std::size_t kDigits = 3;
  const auto malformed = [&] {
    return fail(concat(quoted(text),
                       " is no list of statuses; write \"200-399\" or "
                       "\"200,204,300-399\" with 100 to 599 and at most ",
                       kMaxRanges, " parts"));
  };
  const auto parts = base::split(text, ',');
  for (const std::string_view part : parts) {
    const std::size_t dash = part.find('-');
    const std::string_view low = part.substr(0, dash);
    const std::string_view high = dash == std::string_view::npos ? low : part.substr(dash + 1);
    const auto first = base::parse_unsigned(low);
    const auto last = base::parse_unsigned(high);
    if (low.size() != kDigits || high.size() != kDigits || !first || !last || *first < kFirst ||
        *last > kLast || *first > kLast) {
      return malformed();
    }
    if (*first > *last)
      return fail(concat(quoted(part), " runs backwards; write ", high, "-", low));
  }
  if (parts.size() > kMaxRanges) return malformed();
  return {};
}

}  // namespace

const TextRule kAnyText{".*", check_any, ""};
const TextRule kName{"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", check_name, "web"};
const TextRule kAccount{"^[a-z_][a-z0-9_-]{0,31}$", check_account, "hapair"};
const TextRule kInterface{"^[!-.0-9;-~]{1,15}$", check_interface, "eth0"};
const TextRule kAbsolutePath{"^/.{1,4094}$", check_absolute_path, "/etc/hapair/secret"};
const TextRule kProcessName{"^[!-.0-~]{1,64}$", check_process_name, "nginx"};
const TextRule kScriptWord{"^.{0,1024}$", check_script_word, "/etc/hapair/notify"};
const TextRule kUnixPath{"^/.{1,106}$", check_unix_path, "/run/app.sock"};
const TextRule kNodeAddress{"^[0-9A-Fa-f:.]{2,45}$", check_node_address, "192.0.2.11"};
const TextRule kIpv4Address{"^[0-9.]{7,15}$", check_ipv4_address, "192.0.2.11"};
const TextRule kIpv6Address{"^[0-9A-Fa-f:.]{2,45}$", check_ipv6_address, "2001:db8::11"};
const TextRule kHostAddress{"^[0-9A-Fa-f:.]{2,45}$", check_any_host_address, "192.0.2.1"};
const TextRule kLabel{"^[!-~]{1,15}$", check_label, "eth0:vip"};
const TextRule kVipAddress{"^[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?$", check_vip_address, "192.0.2.10"};
const TextRule kRouteTo{"^(default|[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?)$", check_route_to,
                        "198.51.100.0/24"};
const TextRule kNetworkPrefix{"^[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?$", check_network_prefix,
                              "198.51.100.0/24"};
const TextRule kGateway{"^[0-9A-Fa-f:.]{2,45}$", check_gateway, "192.0.2.1"};
const TextRule kBindAddress{"^([*]|[0-9.]{7,15}|[0-9A-Fa-f:.]{2,45})$", check_bind_address,
                            "192.0.2.11"};
const TextRule kEndpoint{"^([0-9.]{7,15}|\\[[0-9A-Fa-f:.]{2,45}\\]):[0-9]{1,5}$", check_endpoint,
                         "192.0.2.21:80"};
const TextRule kFailback{"^(immediate|never|[0-9]{1,9}(ms|s|m|h|d))$", check_by<parse_failback>,
                         "5m"};
const TextRule kPassword{"^[!-~]{1,8}$", check_password, "secret"};
const TextRule kRequestTarget{"^/[!\"$-~]{0,1023}$", check_request_target, "/index.html"};
const TextRule kHost{"^[A-Za-z0-9._~:\\[\\]-]{1,255}$", check_host, "www.example.com"};
const TextRule kFieldName{"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$", check_field_name,
                          "X-Forwarded-For"};
const TextRule kAnyFieldName{"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$", check_any_field_name,
                             "User-Agent"};
const TextRule kFieldPrefix{"^X-[0-9A-Za-z-]{1,45}-$", check_field_prefix, "X-SSL-Client-"};
const TextRule kFieldLine{"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}:[ -~]{0,1024}$", check_field_line,
                          "X-Token: secret"};
const TextRule kStatusRanges{
    "^[1-5][0-9]{2}(-[1-5][0-9]{2})?(,[1-5][0-9]{2}(-[1-5][0-9]{2})?){0,15}$", check_status_ranges,
    "200-399"};

const TextRule kCipherList{"^[A-Za-z0-9_:!+@=.-]{1,1024}$", check_cipher_list,
                           "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"};
const TextRule kServerName{"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,252})$", check_server_name,
                           "app.example"};
const TextRule kSniName{"^(\\*\\.)?[A-Za-z0-9_-][A-Za-z0-9_.-]{0,252}$", check_sni_name,
                        "*.app.example"};
const TextRule kProtocol{"^[!-~]{1,32}$", check_protocol, "http/1.1"};
const TextRule kTrackedName{"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}(/[A-Za-z0-9][A-Za-z0-9_.-]{0,63})?$",
                            check_tracked_name, "app/app1"};
const TextRule kHttpVersion{"^(h2|http/1\\.1)$", check_http_version, "h2"};
const TextRule kRetryOn{
    "^(conn-failure|empty-response|junk-response|response-timeout|401|403|404|408|425|429|500|501|"
    "502|503|504)$",
    check_retry_on, "conn-failure"};

FieldLine split_field_line(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {.name = text};
  return {.name = text.substr(0, colon), .value = base::trim(text.substr(colon + 1))};
}

void add_retry(std::string_view text, RetryOn& to) {
  const auto failure = std::ranges::find(kRetryFailures, text, &RetryFailure::name);
  if (failure != kRetryFailures.end()) {
    to.*failure->flag = true;
  } else {
    to.statuses.push_back(static_cast<std::uint16_t>(base::parse_unsigned(text).value()));
  }
}

Result<Failback> parse_failback(std::string_view text) {
  constexpr base::Duration kLongest = std::chrono::hours(24);
  if (text == "immediate") return Failback{};
  if (text == "never") return Failback{.kind = Failback::Kind::kNever};
  const auto stable = base::parse_duration(text);
  if (!stable) {
    return fail(concat(quoted(text),
                       " is no failback; write \"immediate\", \"never\", or how long the node must "
                       "have been stable, such as \"5m\""));
  }
  if (*stable > kLongest) return fail(concat(text, " is above 1d; use 0s to 1d"));
  return Failback{.kind = Failback::Kind::kAfter, .stable = *stable};
}

}  // namespace hapair::config::rules
