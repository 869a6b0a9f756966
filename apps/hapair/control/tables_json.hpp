// The document of GET /v1/tables: who keeps clients on their servers, who counts and limits them,
// and what is known of them. docs/api.md describes its fields.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.hpp"
#include "liblb/core/keeping_view.hpp"

namespace hapair::control {

/// As in the configuration: "bytes_in".
[[nodiscard]] std::string_view name_of(lb::RateOf of);
/// nullopt: nothing of that name is counted.
[[nodiscard]] std::optional<lb::RateOf> counter_named(std::string_view name);

[[nodiscard]] std::string render_tables(std::string_view node, base::WallTime now,
                                        const lb::KeepingView& views);

}  // namespace hapair::control
