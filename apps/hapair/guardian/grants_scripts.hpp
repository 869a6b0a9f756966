// The part of the grants' form that names scripts and who is told by them.
#pragma once

#include "apps/hapair/guardian/grants.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

namespace hapair::guardian {

void put_scripts(base::ByteWriter& out, const Grants& grants);
/// Every index that it takes is within its list.
[[nodiscard]] base::Result<void> take_scripts(base::ByteReader& in, Grants& grants);

}  // namespace hapair::guardian
