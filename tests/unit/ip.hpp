// An address in a test, by its text.
#pragma once

#include <string_view>

#include "common/base/ip_address.hpp"

namespace hapair {

inline base::IpAddress ip(std::string_view text) { return base::IpAddress::parse(text).value(); }

}  // namespace hapair
