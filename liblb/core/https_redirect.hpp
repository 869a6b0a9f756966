// Where a request that came by http finds the same by https. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/http/head.hpp"

namespace hapair::lb {

/// For the Location field: the request's host without its port, path and query as they are. nullopt
/// where the request names no host (HTTP/1.0), or no path (CONNECT). Both were looked at by the
/// parser: neither has a character that could end the field.
[[nodiscard]] std::optional<std::string> https_location(const http::RequestHead& head,
                                                        std::uint16_t port);

/// 301 for GET and HEAD, which every client understands; 308 for others, which must keep their
/// method (RFC 9110, sections 15.4.2 and 15.4.9).
[[nodiscard]] int redirect_status(http::Method method);

}  // namespace hapair::lb
