// The request target in its four forms (RFC 9112, section 3.2) and the authority within it or in
// the Host field (RFC 9110, section 4.2).
#pragma once

#include <optional>
#include <string_view>

#include "common/http/fault.hpp"
#include "common/http/head.hpp"

namespace hapair::http {

/// Sets form, authority and path of the head from its method and target.
[[nodiscard]] std::optional<Fault> parse_target(RequestHead& head);

/// host [ ":" port ]: a name of reg-name characters without comma and percent sign, an IPv4
/// address or an IPv6 address in brackets; the port from 0 to 65535 or empty. No user information.
[[nodiscard]] bool is_authority(std::string_view text);

/// Where a request is for: the authority of an absolute form (RFC 9112, section 3.2.2), or else
/// Host.
[[nodiscard]] std::string_view place_of(const RequestHead& head);

/// An authority without its port; an IPv6 address keeps its brackets.
[[nodiscard]] std::string_view without_port(std::string_view authority);

/// Whether Host and the authority of the target name the same place: case is ignored, and a port
/// that is the default of the target's scheme may be left out.
[[nodiscard]] bool host_agrees_with_target(const RequestHead& head);

/// Whether both name the same place: case is ignored, and the scheme's default port may be left
/// out. `scheme`: "http", "https", or empty where there is no default.
[[nodiscard]] bool is_same_place(std::string_view authority, std::string_view other,
                                 std::string_view scheme);

}  // namespace hapair::http
