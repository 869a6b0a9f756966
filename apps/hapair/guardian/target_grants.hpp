// What the guardian may look after for the worker: the targets of the file that are states of this
// host, and behind them the servers that are checked by ICMP. Part of the grants; the index of each
// is that of the model's target, and behind those that of the model's echo.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"

namespace hapair::guardian {

inline constexpr std::size_t kMaxTargets = 256;
inline constexpr std::size_t kMaxTargetAddresses = 2;

/// A network interface, which need not be there.
struct InterfaceTarget {
  std::string interface;                   ///< 1 to 15 bytes
  std::vector<base::IpAddress> addresses;  ///< must be on it, up to kMaxTargetAddresses

  bool operator==(const InterfaceTarget&) const = default;
};

/// A router that must answer.
struct GatewayTarget {
  enum class By : std::uint8_t { kEcho, kNeighbour };
  base::IpAddress address;
  By by = By::kEcho;
  std::string interface;                    ///< up to 15 bytes; kEcho: empty: whatever leads there
  std::optional<base::IpAddress> source{};  ///< kEcho: of the address's family; nullopt: any

  bool operator==(const GatewayTarget&) const = default;
};

/// A look or a program that the script host runs: nothing of the guardian's.
struct ScriptTarget {
  bool operator==(const ScriptTarget&) const = default;
};

using TargetGrant = std::variant<InterfaceTarget, GatewayTarget, ScriptTarget>;

void put_target(base::ByteWriter& out, const TargetGrant& target);

/// nullopt: a value is outside of its range. That there are enough bytes is for the caller to see.
[[nodiscard]] std::optional<TargetGrant> take_target(base::ByteReader& in);

}  // namespace hapair::guardian
