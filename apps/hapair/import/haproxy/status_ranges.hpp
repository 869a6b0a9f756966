// Statuses of HTTP in the words of `expect status` and `expect rstatus`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hapair::importing::haproxy {

/// "200-399,404": the statuses from 100 to 599 for which it holds; empty where there is none.
[[nodiscard]] std::string status_ranges(const std::function<bool(int)>& holds);
/// Whether a status is among "200,204,300-399"; nullopt where that is no list of statuses.
[[nodiscard]] std::optional<bool> status_in(std::string_view list, int status);

}  // namespace hapair::importing::haproxy
