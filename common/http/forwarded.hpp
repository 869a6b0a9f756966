// Whom proxies say a request is from: the Forwarded field (RFC 7239), and the list of addresses in
// X-Forwarded-For, which no standard describes. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/ip_address.hpp"

namespace hapair::http {

/// What one proxy tells of a request (RFC 7239, section 5); what is empty is left out.
struct ForwardedElement {
  std::optional<base::IpAddress> from{};  ///< "for": the client
  std::optional<base::IpAddress> by{};    ///< where it connected to
  std::string_view host{};                ///< as it stands in the Host field
  std::string_view proto{};               ///< "http" or "https"
};

/// for=192.0.2.43;by=198.51.100.17;host="example.org:8080";proto=https
[[nodiscard]] std::string to_string(const ForwardedElement& element);

/// An entry of X-Forwarded-For: an address, IPv6 in brackets or without, maybe with a port, maybe
/// in quotes. nullopt: it is none.
[[nodiscard]] std::optional<base::IpAddress> parse_forwarded_for(std::string_view entry);

/// Takes the last element off a comma-separated list, without blanks; it may be empty. False: the
/// list was empty.
[[nodiscard]] bool take_last_element(std::string_view& list, std::string_view& element);

}  // namespace hapair::http
