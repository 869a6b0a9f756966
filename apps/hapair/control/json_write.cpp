#include "apps/hapair/control/json_write.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace hapair::control {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string text_by_proxy(std::string_view node, base::WallTime now, Json frontends,
                          Json backends) {
  return text_of({{"node", node},
                  {"time", base::format_wall_time(now)},
                  {"frontends", std::move(frontends)},
                  {"backends", std::move(backends)}});
}

double in_ms(base::Duration duration) {
  return std::round(static_cast<double>(duration.count()) / 1e3) / 1e3;
}

}  // namespace hapair::control
