// What the texts must look like that say who may have requests answered; see rules.hpp.
#pragma once

#include "apps/hapair/config/shape.hpp"

namespace hapair::config::rules {

extern const TextRule kUserEntry;   ///< "alice:$6$...": a name and the hash of its password
extern const TextRule kRealm;       ///< what a client asks its user for: 1 to 64 bytes
extern const TextRule kAskedField;  ///< a field that an auth service may see
extern const TextRule kToldField;   ///< a field of its answer that the request may go on with

}  // namespace hapair::config::rules
