// A raw socket that can do one thing: send ICMP, and hear echo replies. Opening it takes
// CAP_NET_RAW; using it takes no capability, so it can be handed to a process without any.
#pragma once

#include <optional>
#include <string>

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::net {

struct EchoSocketOptions {
  base::Family family = base::Family::kIpv4;
  std::string interface{};                  ///< packets leave and come only here; empty: by route
  std::optional<base::IpAddress> source{};  ///< packets leave from it, even if it is not there yet
};

[[nodiscard]] base::Result<UniqueFd> open_echo_socket(const EchoSocketOptions& options);

}  // namespace hapair::net
