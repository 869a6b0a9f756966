// A key for tables of what comes from outside, unlike any other.
#pragma once

#include "common/base/siphash.hpp"
#include "common/net/random_number.hpp"

namespace hapair::lb {

[[nodiscard]] inline base::SipKey random_sip_key() {
  return {.low = net::random_number(), .high = net::random_number()};
}

}  // namespace hapair::lb
