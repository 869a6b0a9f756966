// What differs between the grants that hold and the next ones, of one node. Pure; both are checked
// already (decode_grants).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "common/base/ip_address.hpp"

namespace hapair::guardian {

/// For each group of `next` its place in `running`: the same virtual router on the same interface,
/// whatever its name; nullopt: it is new.
[[nodiscard]] std::vector<std::optional<std::size_t>> places_before(const Grants& running,
                                                                    const Grants& next);

/// The binds of `next` that need a socket: none of `running` is at the same place.
[[nodiscard]] std::vector<std::uint16_t> binds_to_open(const Grants& running, const Grants& next);

/// The unix sockets of `running` that `next` has no bind for.
[[nodiscard]] std::vector<std::string> unix_sockets_gone(const Grants& running, const Grants& next);

/// Where adverts are received.
struct Receiver {
  std::size_t interface = 0;  ///< index into Grants::interfaces
  base::Family family = base::Family::kIpv4;
};
/// Those that only `next` has; its indices.
[[nodiscard]] std::vector<Receiver> receivers_to_open(const Grants& running, const Grants& next);

/// Other scripts may be run, or others are told of what VIPs become.
[[nodiscard]] bool scripts_change(const Grants& running, const Grants& next);

/// What a guardian can't change while it runs, each with the remedy; empty: it can do all of it.
[[nodiscard]] std::vector<std::string> unchangeable(const Grants& running, const Grants& next);

}  // namespace hapair::guardian
