#include "apps/hapair/guardian/target_grants.hpp"

#include <cstdint>
#include <utility>

#include "apps/hapair/guardian/wire.hpp"

namespace hapair::guardian {
namespace {

using base::ByteReader;
using base::ByteWriter;

constexpr std::size_t kMaxInterfaceName = 15;

void put(ByteWriter& out, const InterfaceTarget& target) {
  put_text(out, target.interface);
  out.u8(static_cast<std::uint8_t>(target.addresses.size()));
  for (const base::IpAddress& address : target.addresses) put_address(out, address);
}

std::optional<TargetGrant> take_interface(ByteReader& in) {
  InterfaceTarget target{.interface = take_text(in), .addresses = {}};
  const std::size_t addresses = in.u8();
  if (target.interface.empty() || target.interface.size() > kMaxInterfaceName ||
      addresses > kMaxTargetAddresses) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < addresses; ++i) {
    const auto address = take_address(in);
    if (!address) return std::nullopt;
    target.addresses.push_back(*address);
  }
  return target;
}

}  // namespace

void put_target(ByteWriter& out, const TargetGrant& target) {
  out.u8(static_cast<std::uint8_t>(target.index()));
  std::visit([&out](const auto& it) { put(out, it); }, target);
}

std::optional<TargetGrant> take_target(ByteReader& in) {
  switch (in.u8()) {
    case 0:
      return take_interface(in);
    default:
      return std::nullopt;
  }
}

}  // namespace hapair::guardian
