// The tables of the screen: servers, VIPs, frontends and events, from what a node tells.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "apps/hapair/top/rates.hpp"
#include "apps/hapair/top/sheet.hpp"

namespace hapair::top {

enum class View : std::uint8_t { kServers, kVips, kFrontends, kEvents };

inline constexpr View kViews[] = {View::kServers, View::kVips, View::kFrontends, View::kEvents};

[[nodiscard]] std::string_view name_of(View view);

[[nodiscard]] Sheet servers_sheet(const nlohmann::ordered_json& status, const Rates& rates);
/// Those of this node, and under each how the other nodes stand with it.
[[nodiscard]] Sheet vips_sheet(const nlohmann::ordered_json& status);
[[nodiscard]] Sheet frontends_sheet(const nlohmann::ordered_json& status,
                                    const nlohmann::ordered_json& latency, const Rates& rates);
/// The newest first.
[[nodiscard]] Sheet events_sheet(const std::vector<nlohmann::ordered_json>& events);

/// An event as a line: when, what, and why.
[[nodiscard]] Line event_line(const nlohmann::ordered_json& event);

}  // namespace hapair::top
