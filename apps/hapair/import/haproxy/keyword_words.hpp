// What the tables of HAProxy's keywords are written with.
#pragma once

#include <string_view>

#include "apps/hapair/import/haproxy/keyword_table.hpp"

namespace hapair::importing::haproxy {

inline constexpr auto kKept = Fate::kKept;
inline constexpr auto kChanged = Fate::kChanged;
inline constexpr auto kNotNeeded = Fate::kNotNeeded;
inline constexpr auto kNotSupported = Fate::kNotSupported;

inline constexpr std::string_view kAll = "defaults, frontend, listen, backend";
inline constexpr std::string_view kFront = "defaults, frontend, listen";
inline constexpr std::string_view kBack = "defaults, listen, backend";

}  // namespace hapair::importing::haproxy
