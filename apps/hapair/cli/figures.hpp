// Figures as people read them: short, with a unit, and "-" where there is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hapair::cli {

inline constexpr std::string_view kNoFigure = "-";

/// 1234, 12.3k, 4.5M: at most five characters.
[[nodiscard]] std::string short_number(std::optional<double> value);
/// The two largest units: 3d 4h, 2m 10s, 45s, 0.2s.
[[nodiscard]] std::string short_time(std::optional<double> seconds);
/// To 0.1 ms: "12.3 ms".
[[nodiscard]] std::string milliseconds(std::optional<double> value);

}  // namespace hapair::cli
