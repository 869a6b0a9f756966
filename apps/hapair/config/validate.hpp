// What no single key can tell: names that must exist, addresses that must differ, settings that
// contradict each other. Values that are faulty by themselves are not judged again.
#pragma once

#include "apps/hapair/config/faults.hpp"
#include "apps/hapair/config/reader.hpp"

namespace hapair::config {

/// Limits of the whole file, so that the guardian's tables have room for it.
inline constexpr std::size_t kMaxVipAddresses = 1024;
inline constexpr std::size_t kMaxVipRoutes = 256;  ///< routes and rules
inline constexpr std::size_t kMaxBinds = 1024;
inline constexpr std::size_t kMaxCheckScripts = 256;  ///< servers that scripts check

/// `notices` gets what works but is worth a second look. Without faults, build() will succeed for
/// every node.
void validate(const Reading& reading, FaultList& faults, FaultList& notices);

}  // namespace hapair::config
