// What goes from one hapair to another is told by names, which mean the same to both: the sockets
// of the grants, and the standing orders about VIP groups.
#pragma once

#include <cstddef>
#include <string>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/handover_messages.hpp"
#include "apps/hapair/handover/steps.hpp"
#include "common/base/result.hpp"

namespace hapair::guardian {

/// "tcp 192.0.2.1:80", "unix /run/app.sock", "control /run/hapair/control.sock", "vrrp4 eth0";
/// empty: the grants have no such socket.
[[nodiscard]] std::string socket_name(const SocketTag& tag, const Grants& grants);

/// What makes a group what it is; without its orders.
[[nodiscard]] handover::Duty duty_of(const GroupGrant& group, const Grants& grants);

/// Which group of the grants the orders are about; an error where it is not the same as it was.
[[nodiscard]] base::Result<std::size_t> group_for(const handover::Duty& duty, const Grants& grants);

}  // namespace hapair::guardian
