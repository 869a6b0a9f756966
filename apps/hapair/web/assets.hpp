// The page's shell, style and script as they are built in; embed.py makes assets.cpp of page.html,
// page.css and the scripts.
#pragma once

#include <string_view>

namespace hapair::web {

/// The page is: the first, the tables for those without script, the second, the live document, the
/// third.
extern const std::string_view kPageHead;
extern const std::string_view kPageMiddle;
extern const std::string_view kPageEnd;
/// What the page may do: run its own script, show its own style, ask where it came from.
extern const std::string_view kPagePolicy;

}  // namespace hapair::web
