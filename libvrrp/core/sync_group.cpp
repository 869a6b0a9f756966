#include "libvrrp/core/sync_group.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace hapair::vrrp {

void SyncGroup::settle() {
  const auto stands = [](const SyncMember* member) {
    return member->is_master() || member->claims();
  };
  const auto apart = std::ranges::find_if_not(members_, stands);
  if (apart == members_.end()) {
    for (SyncMember* member : members_) {
      if (!member->is_master()) member->grant();
    }
    return;
  }
  const std::string why =
      base::concat("sync group ", name_, ": ", (*apart)->name(), " is not master");
  for (SyncMember* member : members_) {
    if (member->is_master()) member->give_way(why);
  }
}

}  // namespace hapair::vrrp
