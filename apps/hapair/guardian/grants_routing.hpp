// The routes and rules of a VIP group's grant in binary form; part of grants.cpp.
#pragma once

#include "apps/hapair/guardian/grants.hpp"

namespace hapair::guardian {

void put_routing(base::ByteWriter& out, const GroupGrant& group);
/// Total; `interfaces`: how many the grants have.
[[nodiscard]] base::Result<void> take_routing(base::ByteReader& in, std::size_t interfaces,
                                              GroupGrant& group);

}  // namespace hapair::guardian
