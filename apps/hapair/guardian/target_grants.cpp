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

void put(ByteWriter& out, const GatewayTarget& target) {
  put_address(out, target.address);
  out.u8(static_cast<std::uint8_t>(target.by));
  put_text(out, target.interface);
  out.u8(target.source ? 1 : 0);
  if (target.source) put_address(out, *target.source);
}

void put(ByteWriter& /*out*/, const ScriptTarget& /*target*/) {}

std::optional<TargetGrant> take_gateway(ByteReader& in) {
  const auto address = take_address(in);
  const std::uint8_t by = in.u8();
  std::string interface = take_text(in);
  const auto has_source = take_flag(in);
  if (!address || by > 1 || interface.size() > kMaxInterfaceName || !has_source) return {};
  GatewayTarget target{.address = *address,
                       .by = static_cast<GatewayTarget::By>(by),
                       .interface = std::move(interface)};
  if (target.by == GatewayTarget::By::kNeighbour && target.interface.empty()) return {};
  if (!*has_source) return target;
  const auto source = take_address(in);
  if (!source || source->family() != address->family()) return {};
  target.source = *source;
  return target;
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
    case 1:
      return take_gateway(in);
    case 2:
      return ScriptTarget{};
    default:
      return std::nullopt;
  }
}

}  // namespace hapair::guardian
