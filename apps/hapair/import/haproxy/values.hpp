// Times and sizes as HAProxy writes them, and as hapair does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hapair::importing::haproxy {

/// A time such as "30s", "500ms", "1d2h" is none; a number without a unit is in `unit` (one of
/// "us", "ms", "s", "m", "h", "d"). In microseconds; nullopt where it is none, or above 2^31 ms.
[[nodiscard]] std::optional<std::int64_t> parse_time(std::string_view text,
                                                     std::string_view unit = "ms");
/// "10k", "1m", "2g": bytes or entries; nullopt where it is none.
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text);
/// In the largest unit in which it is whole: "2s", "1500ms"; zero is "0s".
[[nodiscard]] std::string duration_text(std::int64_t microseconds);
/// Likewise "16KiB", "100B".
[[nodiscard]] std::string size_text(std::int64_t bytes);

}  // namespace hapair::importing::haproxy
