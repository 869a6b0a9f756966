#include "apps/hapair/control/json_write.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace hapair::control {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string head_text(Json head, const char* list) {
  head[list] = Json::array();
  std::string text = text_of(head);
  text.resize(text.rfind(']'));
  return text;
}

std::string elements_of(Json list, std::size_t depth) {
  // In lists around it, whose brackets on lines of their own are cut off again.
  std::size_t around = 2;
  for (std::size_t level = 1; level <= depth; ++level) {
    list = Json::array({std::move(list)});
    around += 2 + 2 * level;
  }
  const std::string text = text_of(list);
  return text.substr(around, text.size() - 2 * around - 1);
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
