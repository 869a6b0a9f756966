// The version, from meson.build.
#pragma once

#include <string_view>

namespace hapair {

inline constexpr std::string_view kVersion = HAPAIR_VERSION;

}  // namespace hapair
