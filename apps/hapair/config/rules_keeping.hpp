// What the texts of persistence and rate limits must look like; see rules.hpp.
#pragma once

#include <string_view>

#include "apps/hapair/config/model_keeping.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config::rules {

extern const TextRule kCookieName;   ///< a token
extern const TextRule kCookieValue;  ///< what stands for a server: 1 to 64 letters, digits, - and _
extern const TextRule kCookieDomain;  ///< "example.com"
extern const TextRule kCookiePath;    ///< "/app"
extern const TextRule kStickOn;       ///< "source", "header:NAME", "cookie:NAME" or "sni"
extern const TextRule kRateBy;        ///< the same without "sni"

/// What a text that kStickOn accepts means.
[[nodiscard]] ClientKeySource parse_client_key(std::string_view text);

}  // namespace hapair::config::rules
