// Which of the cluster's nodes this host is.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/draft.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

struct HostInterface {
  std::string name;
  std::vector<base::IpAddress> addresses;
};

struct Host {
  std::string name;  ///< as gethostname() tells it, with or without a domain
  std::vector<HostInterface> interfaces;
  base::WallTime now{};  ///< for what expires; none: nothing is looked at
};

/// What the kernel says of this host.
[[nodiscard]] base::Result<Host> read_host();

/// The IPv6 link-local address of each interface that has one; the first where there are several.
[[nodiscard]] std::map<std::string, base::IpAddress, std::less<>> link_locals_of(const Host& host);

/// An index into `nodes`: the one called `wanted` if that isn't empty, else the one whose address
/// is on an interface of the host, else the one called like the host. The error lists what was
/// tried.
[[nodiscard]] base::Result<std::size_t> identify_node(const std::vector<NodeDraft>& nodes,
                                                      std::string_view wanted, const Host& host);

}  // namespace hapair::config
