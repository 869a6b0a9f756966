// keepalived's values as hapair's config writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hapair::importing::keepalived {

inline constexpr std::int64_t kSecond = 1'000'000;  ///< in microseconds

/// "1", "0.25": seconds with a point, in microseconds; nullopt: not that, or above 10^9 s.
[[nodiscard]] std::optional<std::int64_t> microseconds_of(std::string_view seconds);

/// 1500000: "1500ms".
[[nodiscard]] std::string duration_text(std::int64_t microseconds);

/// A whole number within bounds; nullopt otherwise.
[[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view text, std::int64_t least,
                                                       std::int64_t most);

/// yes, on, true: true; no, off, false: false; empty: `bare`.
[[nodiscard]] std::optional<bool> truth_of(std::string_view text, bool bare);

/// A command line as the list that hapair runs: its words, or a shell where it needs one.
[[nodiscard]] std::vector<std::string> command_words(std::string_view command);
/// True: it has quotes, pipes, variables and the like, which only a shell understands, or no path.
[[nodiscard]] bool needs_shell(std::string_view command);

}  // namespace hapair::importing::keepalived
