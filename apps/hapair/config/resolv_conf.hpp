// The system's nameservers, as resolv.conf(5) has them. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "common/base/ip_address.hpp"

namespace hapair::config {

/// glibc takes three; more are no use either.
inline constexpr std::size_t kMaxSystemNameservers = 3;

/// In the file's order; 127.0.0.1 where it names none. Lines that say anything else, and
/// link-local addresses, which need an interface, are passed over.
[[nodiscard]] std::vector<base::Endpoint> parse_resolv_conf(std::string_view text);

}  // namespace hapair::config
