// Whose request it is: what the frontend's policy has found out, else what the connection tells.
#pragma once

#include "common/base/ip_address.hpp"
#include "liblb/core/request_policy.hpp"

namespace hapair::lb {

/// `policy` may be null; then `notes` say nothing. `tls`: the connection is under it.
[[nodiscard]] inline RequestOrigin origin_of(const RequestPolicy* policy, const RequestNotes& notes,
                                             const base::IpAddress& peer, bool tls) {
  if (policy != nullptr) return notes.origin;
  return {.client = peer, .secure = tls};
}

}  // namespace hapair::lb
