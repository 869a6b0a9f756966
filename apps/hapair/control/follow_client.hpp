// The other end of a followed journal, for the command line: lines as they come, blocking.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::control {

/// A longer line is a fault of the other end.
inline constexpr std::size_t kMaxFollowedLine = 1024 * 1024;

/// GET `path` and hand on each line until `on_line` has enough (false). Fails when the stream ends
/// before that: os_errno is set where the socket was out of reach or broke.
[[nodiscard]] base::Result<void> follow(const std::string& socket, std::string_view path,
                                        const std::function<bool(std::string_view)>& on_line);

}  // namespace hapair::control
