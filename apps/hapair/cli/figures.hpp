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

/// Of what happens in a second; small ones tell something, too: 0.3.
[[nodiscard]] std::string short_rate(std::optional<double> value);

/// "-" in place of an empty text.
[[nodiscard]] std::string or_none(std::string text);
/// "2023-11-14T22:13:19.000Z" -> "22:13:19"; what is too short for that stays as it is.
[[nodiscard]] std::string clock_of(const std::string& time);

}  // namespace hapair::cli
