#include "apps/hapair/config/draft.hpp"

#include <algorithm>

namespace hapair::config {

Attachment home_of(const NodeDraft& node) {
  Attachment home{.interface = node.interface, .address = {}, .address6 = node.address6};
  if (node.address) (node.address->is_v4() ? home.address : home.address6) = node.address;
  return home;
}

std::optional<Attachment> attachment_of(const NodeDraft& node, std::string_view network) {
  if (network.empty()) return home_of(node);
  const auto found = std::ranges::find(node.networks, network, &NetworkDraft::name);
  if (found == node.networks.end()) return std::nullopt;
  return found->attachment;
}

std::optional<base::Family> family_of(const VipDraft& vip) {
  if (vip.family) return vip.family;
  for (const VipAddressDraft& each : vip.addresses) {
    if (each.address.empty() || !each.as.advertise) continue;
    return base::Prefix::parse(each.address).value().address.family();
  }
  return std::nullopt;
}

Auth auth_of(const VipDraft& vip, bool secret) {
  if (vip.auth) return *vip.auth;
  return vip.vip.version == 3 && secret ? Auth::kHmac : Auth::kNone;
}

}  // namespace hapair::config
