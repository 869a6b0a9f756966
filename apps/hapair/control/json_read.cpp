#include "apps/hapair/control/json_read.hpp"

#include <nlohmann/json.hpp>

namespace hapair::control {

using Json = nlohmann::ordered_json;

const Json* value_at(const Json& json, JsonPath path) {
  const Json* at = &json;
  for (const char* name : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(name);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string text_at(const Json& json, JsonPath path) {
  const Json* value = value_at(json, path);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::uint64_t number_at(const Json& json, JsonPath path) {
  const Json* value = value_at(json, path);
  return value != nullptr && value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
}

std::optional<double> figure_at(const Json& json, JsonPath path) {
  const Json* value = value_at(json, path);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

bool flag_at(const Json& json, JsonPath path) {
  const Json* value = value_at(json, path);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

const Json& list_at(const Json& json, JsonPath path) {
  static const Json kEmpty = Json::array();
  const Json* value = value_at(json, path);
  return value != nullptr && value->is_array() ? *value : kEmpty;
}

std::string number_text(const Json* value) {
  return value != nullptr && value->is_number() ? value->dump() : "-";
}

JsonByName by_name(const Json& list) {
  JsonByName out;
  for (const Json& each : list) out.emplace(text_at(each, {"name"}), &each);
  return out;
}

}  // namespace hapair::control
