// Routes and routing rules that move with a VIP, as the kernel counts them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "common/base/ip_address.hpp"

namespace hapair::vrrp {

/// What we put into the kernel's tables bears this number (`proto 112`: VRRP's own among the
/// protocols of IP), so that it is told from what others have put there.
inline constexpr std::uint8_t kRouteProtocol = 112;

inline constexpr std::uint32_t kMainTable = 254;

struct Route {
  base::Prefix to;
  std::optional<base::IpAddress> via{};  ///< nullopt: the destination is on the link
  std::uint32_t link = 0;
  std::optional<base::IpAddress> source{};  ///< of connections of our own; nullopt: the kernel's
  std::uint32_t table = kMainTable;
  std::uint32_t metric = 0;

  bool operator==(const Route&) const = default;
};

/// At least one of `from` and `to` is there; both are of one family.
struct Rule {
  std::optional<base::Prefix> from{};
  std::optional<base::Prefix> to{};
  std::uint32_t table = kMainTable;
  std::uint32_t priority = 0;

  bool operator==(const Rule&) const = default;
};

using Routing = std::variant<Route, Rule>;

/// Where the kernel can keep only one of the two: the same destination, table and metric, or the
/// same rule.
[[nodiscard]] bool same_place(const Routing& one, const Routing& other);

/// "route 192.0.2.0/24 via 10.0.0.1 table 254 metric 0", for messages.
[[nodiscard]] std::string to_string(const Routing& routing);

[[nodiscard]] base::Family family_of(const Routing& routing);

/// The outcome of a removal that leaves it gone.
[[nodiscard]] bool is_unrouted(int code);

}  // namespace hapair::vrrp
