// The document of GET /v1/tables: who keeps clients on their servers, who limits them, and what is
// known of them. docs/api.md describes its fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"
#include "liblb/core/keeping_view.hpp"

namespace hapair::control {

[[nodiscard]] std::string render_tables(std::string_view node, base::WallTime now,
                                        const std::vector<lb::KeepingView>& views);

}  // namespace hapair::control
