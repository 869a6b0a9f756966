#include "apps/hapair/control/order_body.hpp"

#include <cstddef>
#include <nlohmann/json.hpp>

#include "common/base/text.hpp"

namespace hapair::control {

using Json = nlohmann::ordered_json;
using base::concat;

base::Result<void> parse_nothing(std::string_view body, std::string_view order) {
  if (body.empty() || body == "{}") return {};
  return base::fail(concat("an order to ", order, " has nothing to say"));
}

base::Result<Json> parse_object(std::string_view body) {
  std::size_t keys = 0;
  const auto count_keys = [&keys](int, Json::parse_event_t event, Json&) {
    if (event == Json::parse_event_t::key) ++keys;
    return true;
  };
  Json json = Json::parse(body, count_keys, /*allow_exceptions=*/false);
  if (json.is_discarded()) return base::fail("the body is not JSON");
  if (!json.is_object()) return base::fail("the body is not an object");
  // Of a key that is given twice the last one would win.
  if (keys != json.size()) return base::fail("a key of the body is given twice, or within another");
  return json;
}

base::Result<std::string> parse_word(std::string_view body, std::string_view key) {
  const auto json = parse_object(body);
  if (!json) return std::unexpected(json.error());
  if (json->size() != 1 || !json->contains(key) || !json->front().is_string()) {
    return base::fail(concat("the body is not an object with a \"", key, "\" and nothing else"));
  }
  return json->front().get<std::string>();
}

base::Result<bool> parse_choice(std::string_view body, std::string_view key, std::string_view yes,
                                std::string_view no) {
  const auto word = parse_word(body, key);
  if (!word) return std::unexpected(word.error());
  if (*word == yes) return true;
  if (*word == no) return false;
  return base::fail(concat("'", base::printable(*word, 40), "' is neither ", yes, " nor ", no));
}

}  // namespace hapair::control
