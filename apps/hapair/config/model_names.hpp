// What the model holds of servers that are given by name; see model.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

/// Which addresses of a name are used; the preferred ones, the others only where it has none.
enum class Prefer : std::uint8_t { kIpv4, kIpv6, kOnlyIpv4, kOnlyIpv6, kBoth };

/// Who is asked for the addresses of names, and for how long answers hold.
struct Resolver {
  std::string name;
  std::vector<base::Endpoint> nameservers;              ///< 1 to 8; the system's unless given
  base::Duration timeout = std::chrono::seconds(1);     ///< 10ms to 10s: for a nameserver's answer
  std::uint16_t tries = 3;                              ///< 1 to 10 rounds through all of them
  base::Duration min_ttl = std::chrono::seconds(1);     ///< 100ms to 1d
  base::Duration max_ttl = std::chrono::minutes(5);     ///< min_ttl to 1d
  base::Duration retry = std::chrono::seconds(1);       ///< 100ms to 30s: after a failure
  base::Duration hold_failed = std::chrono::hours(24);  ///< 0s to 30d: the last good answer's
  base::Duration hold_none = std::chrono::seconds(30);  ///< 0s to 30d: those of a name that is gone
  base::Duration hold_gone{};                           ///< 0s to 30d: one whose address is gone

  bool operator==(const Resolver&) const = default;
};

/// What stands for a server's address: the name of a host, or of a service.
struct ServerName {
  std::string name;
  bool service = false;      ///< by its SRV records
  std::uint16_t port = 0;    ///< of a host
  std::size_t resolver = 0;  ///< index into Model::resolvers
  std::uint16_t slots = 16;  ///< 1 to 256 servers
  Prefer prefer = Prefer::kIpv4;

  // Resolved for this node:
  std::optional<base::IpAddress> source4{};  ///< connections to IPv4 addresses leave from here
  std::optional<base::IpAddress> source6{};

  bool operator==(const ServerName&) const = default;
};

}  // namespace hapair::config
