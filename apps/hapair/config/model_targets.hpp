// What VIPs can track besides servers: a part of the model (model.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

enum class TargetType : std::uint8_t {
  kInterface,  ///< a network interface passes packets
  kGateway,    ///< a router answers
  kScript,     ///< a program of the operator's says so
  kFile,       ///< a file is there, or isn't
  kProcess,    ///< a process runs
};

/// "interface", "gateway", "script", "file", "process".
[[nodiscard]] constexpr std::string_view to_string(TargetType type) {
  switch (type) {
    case TargetType::kInterface:
      return "interface";
    case TargetType::kGateway:
      return "gateway";
    case TargetType::kScript:
      return "script";
    case TargetType::kFile:
      return "file";
    case TargetType::kProcess:
      return "process";
  }
  return {};
}

enum class GatewayBy : std::uint8_t {
  kEcho,       ///< it answers an ICMP echo request
  kNeighbour,  ///< the kernel finds its hardware address
};

/// Something of this host or of its network that VIPs can track.
struct Target {
  std::string name;
  TargetType type = TargetType::kInterface;
  std::string network;        ///< the nodes' network of that name; empty: their own
  std::string interface;      ///< 1 to 15 bytes; where the file gives none, the network's
  bool addressed = false;     ///< kInterface: the node's addresses on the network must be there
  base::Duration debounce{};  ///< kInterface: 0s to 1h: a change counts once it has lasted so long

  base::IpAddress address;                            ///< kGateway: who must answer
  GatewayBy by = GatewayBy::kEcho;                    ///< kGateway
  base::Duration interval = std::chrono::seconds(1);  ///< not kInterface: 100ms to 1h
  base::Duration timeout{};  ///< 10ms to the interval; the interval unless given
  std::uint16_t rise = 2;    ///< 1 to 100 good results in a row make it up
  std::uint16_t fall = 3;    ///< 1 to 100 bad ones in a row make it down

  std::string path;            ///< kFile: absolute
  bool absent = false;         ///< kFile: it must not be there
  std::string process;         ///< kProcess: its name; or
  std::string pid_file;        ///< an absolute path
  std::uint16_t at_least = 1;  ///< kProcess, by name: 1 to 1024 of them

  /// kScript, kFile, kProcess: index into Model::scripts, which runs or looks.
  std::optional<std::size_t> script;

  // Resolved for this node:
  std::vector<base::IpAddress> addresses;  ///< kInterface: those that must be there
  std::optional<base::IpAddress> source;   ///< kGateway: where echoes leave from; nullopt: any
  bool only_there = false;                 ///< kGateway: echoes go and come by `interface` only

  bool operator==(const Target&) const = default;
};

}  // namespace hapair::config
