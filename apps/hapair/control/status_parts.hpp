// Parts of the status document that other documents have too; they are in status_json.cpp.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "apps/hapair/control/status_model.hpp"

namespace hapair::control {

[[nodiscard]] nlohmann::ordered_json loop_lag(const LoopLagStatus& lag);
[[nodiscard]] nlohmann::ordered_json guardian_json(const GuardianStatus& guardian);
[[nodiscard]] nlohmann::ordered_json vip_json(const VipStatus& vip, base::WallTime now);
[[nodiscard]] nlohmann::ordered_json server_json(const lb::StatsRow& row);
[[nodiscard]] nlohmann::ordered_json certificates_json(const Status& status);
[[nodiscard]] nlohmann::ordered_json shortages_json(const Status& status);
/// "frontends" and "backends".
void put_proxies(nlohmann::ordered_json& out, const lb::StatsSnapshot& traffic);
/// "buffers" and "handshakes".
void put_memory(nlohmann::ordered_json& out, const lb::StatsSnapshot& traffic);

}  // namespace hapair::control
