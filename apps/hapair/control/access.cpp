#include "apps/hapair/control/access.hpp"

#include "common/base/text.hpp"

namespace hapair::control {

bool may_change(const net::PeerCredentials& who, const std::optional<WriteGroup>& write_group) {
  return who.uid == 0 || (write_group && who.is_member_of(write_group->gid));
}

std::string describe(const net::PeerCredentials& who) {
  return base::concat("uid ", who.uid, " (pid ", who.pid, ")");
}

}  // namespace hapair::control
