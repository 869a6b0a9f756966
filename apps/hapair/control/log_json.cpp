#include "apps/hapair/control/log_json.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/json_write.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

Json level_json(const LogStatus& log, base::LogLevel level) {
  return log.what == "access" ? Json(nullptr) : Json(base::to_string(level));
}

}  // namespace

Json log_json(const LogStatus& log) {
  return {{"target", log.target},
          {"what", log.what},
          {"level", level_json(log, log.level)},
          {"enabled", log.enabled},
          {"written", log.written},
          {"held_back", log.held_back},
          {"dropped", log.dropped},
          {"fault", text_or_null(log.fault)}};
}

std::string render_log(std::string_view node, const std::vector<LogStatus>& logs) {
  Json targets = Json::array();
  for (std::size_t i = 0; i < logs.size(); ++i) {
    Json target = {{"index", i}};
    target.update(log_json(logs[i]));
    target["configured_level"] = level_json(logs[i], logs[i].configured_level);
    targets.push_back(std::move(target));
  }
  return text_of({{"node", node}, {"targets", std::move(targets)}});
}

}  // namespace hapair::control
