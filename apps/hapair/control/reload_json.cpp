#include "apps/hapair/control/reload_json.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/json_write.hpp"
#include "common/base/time.hpp"

namespace hapair::control {

using Json = nlohmann::ordered_json;

Json reload_json(const ReloadStatus& reload) {
  const bool any = reload.number > 0;
  return {{"running", reload.running},
          {"number", reload.number},
          {"good", any ? Json(reload.good) : Json(nullptr)},
          {"by", any ? Json(reload.who) : Json(nullptr)},
          {"at", any ? Json(base::format_wall_time(reload.at)) : Json(nullptr)},
          {"faults", reload.faults}};
}

std::string render_reload(const ReloadStatus& reload, int pid) {
  Json out = reload_json(reload);
  out["pid"] = pid;
  const Json diff = Json::parse(reload.diff, nullptr, /*allow_exceptions=*/false);
  out["changes"] = diff.is_object() && diff.contains("changes") ? diff["changes"] : Json::array();
  return text_of(out);
}

std::string render_check(const Status& status) {
  Json out = {{"node", status.node}, {"pid", status.pid}};
  out.update(reload_json(status.check));
  const Json diff = Json::parse(status.check.diff, nullptr, /*allow_exceptions=*/false);
  for (const char* list : {"refusals", "changes"}) {
    out[list] = diff.is_object() && diff.contains(list) ? diff[list] : Json::array();
  }
  return text_of(out);
}

std::string render_config(std::string_view node, std::string_view hash, std::string_view text,
                          bool hidden) {
  return text_of({{"node", node}, {"hash", hash}, {"hidden", hidden}, {"text", text}});
}

}  // namespace hapair::control
