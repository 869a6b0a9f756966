// What the texts of the configuration must look like: names, addresses, paths, HTTP elements.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/config/shape.hpp"
#include "common/base/result.hpp"

namespace hapair::config::rules {

extern const TextRule kAnyText;
extern const TextRule kName;       ///< of a node, VIP, frontend, backend, server
extern const TextRule kAccount;    ///< a user or group of the system
extern const TextRule kInterface;  ///< a network interface
extern const TextRule kAbsolutePath;
extern const TextRule kProcessName;    ///< 1 to 64 visible characters without /
extern const TextRule kScriptWord;     ///< of a command: the path or an argument
extern const TextRule kUnixPath;       ///< a path that fits a Unix socket's address
extern const TextRule kNodeAddress;    ///< unicast, not link-local
extern const TextRule kIpv4Address;    ///< IPv4 unicast
extern const TextRule kIpv6Address;    ///< IPv6 unicast, not link-local
extern const TextRule kHostAddress;    ///< unicast, link-local ones too
extern const TextRule kVipAddress;     ///< unicast with or without a prefix length
extern const TextRule kRouteTo;        ///< a network, or "default"
extern const TextRule kNetworkPrefix;  ///< a network: no bits behind its prefix length
extern const TextRule kGateway;        ///< unicast
extern const TextRule kLabel;          ///< of an address: 1 to 15 visible characters
extern const TextRule kBindAddress;    ///< IPv4, IPv6, "*" or "::"
extern const TextRule kEndpoint;       ///< address:port
extern const TextRule
    kServerAddress;                  ///< address:port, or the name of a host (RFC 1123) and a port
extern const TextRule kServiceName;  ///< "_http._tcp.web.internal" (RFC 2782)
extern const TextRule kUrl;          ///< of a webhook: http or https
extern const TextRule kMailAddress;  ///< "ops@example.com"
extern const TextRule kMailSubject;  ///< 1 to 64 characters of ASCII
extern const TextRule kAlertAbout;   ///< "servers", "backends", "targets", "vips"
extern const TextRule kNameserver;   ///< an address, perhaps with a port
extern const TextRule kFailback;     ///< "immediate", "never" or a duration
extern const TextRule kPassword;     ///< VRRP version 2: 1 to 8 bytes
extern const TextRule kRequestTarget;  ///< "/path?query"
extern const TextRule kHost;           ///< the value of a Host field
extern const TextRule kFieldName;      ///< an HTTP field that may carry the client's address
extern const TextRule kAnyFieldName;   ///< an HTTP field
extern const TextRule kFieldPrefix;    ///< "X-...-": what names of HTTP fields begin with
extern const TextRule kFieldLine;      ///< "Name: value" of a request
extern const TextRule kStatusRanges;   ///< "200-399", "200,204,300-399"
extern const TextRule kTrackedName;    ///< "backend/server", or the name of a target
extern const TextRule kHttpVersion;    ///< "h2" or "http/1.1"
extern const TextRule kRetryOn;        ///< a failure after which a request is tried again

extern const TextRule kCipherList;  ///< names with : between, as OpenSSL lists them
extern const TextRule kServerName;  ///< of a host, in the DNS: 1 to 253 bytes
extern const TextRule kSniName;     ///< a name of a host, or "*." and one
extern const TextRule kProtocol;    ///< of ALPN: 1 to 32 visible characters

/// A server's address as the file gives it: either an endpoint, or a host's name and a port.
struct ServerAddress {
  std::optional<base::Endpoint> endpoint{};
  std::string host{};
  std::uint16_t port = 0;
};
/// The parts of a text that kFieldLine or kEditLine accepts, without blanks around the value; a
/// text without a colon is a name.
struct FieldLine {
  std::string_view name{};
  std::string_view value{};
};
[[nodiscard]] FieldLine split_field_line(std::string_view text);

/// What a text that kServerAddress accepts means.
[[nodiscard]] base::Result<ServerAddress> parse_server_address(std::string_view text);
/// The parts of a webhook's URL.
struct Url {
  bool https = false;
  ServerAddress where{};
  std::string authority{};  ///< as it stands in the Host field
  std::string target{};     ///< "/path?query"
};
/// What a text that kUrl accepts means; the port is the scheme's unless given.
[[nodiscard]] base::Result<Url> parse_url(std::string_view text);
/// What a text that kNameserver accepts means; the port is 53 unless given.
[[nodiscard]] base::Result<base::Endpoint> parse_nameserver(std::string_view text);

/// Adds what a text that kRetryOn accepts stands for.
void add_retry(std::string_view text, RetryOn& to);
/// What a text that kFailback accepts means.
[[nodiscard]] base::Result<Failback> parse_failback(std::string_view text);

}  // namespace hapair::config::rules
