#include "apps/hapair/control/log_request.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "apps/hapair/control/order_body.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;
using base::concat;

constexpr std::string_view kLogRemedy =
    R"(send {"target": INDEX or NAME, as GET /v1/log tells them, with "level" ("error", )"
    R"("warning", "info" or "debug"), "enabled" (true or false), or both)";
constexpr std::array<std::string_view, 3> kLogKeys{"target", "level", "enabled"};

base::Result<base::LogLevel> parse_level(const Json& value) {
  using enum base::LogLevel;
  if (value.is_string()) {
    const std::string& word = value.get_ref<const std::string&>();
    for (const base::LogLevel level : {kError, kWarning, kInfo, kDebug}) {
      if (word == base::to_string(level)) return level;
    }
    return base::fail(concat("'", base::printable(word, 40), "' is no level"));
  }
  return base::fail("\"level\" is no text");
}

std::string target_name(const LogOrder& order) {
  if (const auto* index = std::get_if<std::size_t>(&order.target)) return concat(*index);
  return concat("'", base::printable(std::get<std::string>(order.target), 140), "'");
}

}  // namespace

base::Result<LogOrder> parse_log_order(std::string_view body) {
  const auto json = parse_object(body);
  if (!json) return std::unexpected(json.error());
  LogOrder order;
  for (const auto& [key, value] : json->items()) {
    if (std::ranges::find(kLogKeys, key) == kLogKeys.end()) {
      return base::fail(
          concat("an order about a log target has no '", base::printable(key, 40), "'"));
    }
    if (key == "level") {
      const auto level = parse_level(value);
      if (!level) return std::unexpected(level.error());
      order.level = *level;
    } else if (key == "enabled") {
      if (!value.is_boolean()) return base::fail("\"enabled\" is neither true nor false");
      order.enabled = value.get<bool>();
    } else if (value.is_number_unsigned()) {
      order.target = value.get<std::size_t>();
    } else if (value.is_string()) {
      order.target = value.get<std::string>();
    } else {
      return base::fail("\"target\" is neither an index nor a name");
    }
  }
  if (!json->contains("target")) return base::fail("the order names no target");
  if (!order.level && !order.enabled) return base::fail("the order changes nothing");
  return order;
}

ControlAnswer order_log(std::string_view body, std::string_view who, const StatusSource& status,
                        ControlActions& actions) {
  const auto order = parse_log_order(body);
  if (!order) return bad_body(order.error(), kLogRemedy);
  switch (actions.change_log(*order, who)) {
    case LogOutcome::kUnknownTarget:
      return error_answer(404, "unknown_target",
                          concat("there is no log target ", target_name(*order)),
                          "see 'targets' in GET /v1/log for indices and names");
    case LogOutcome::kAmbiguous:
      return error_answer(400, "ambiguous_target",
                          concat("several log targets are called ", target_name(*order)),
                          "name it by its index, as GET /v1/log tells it");
    case LogOutcome::kNoLevel:
      return error_answer(400, "bad_body",
                          concat("log target ", target_name(*order),
                                 " takes no records, only access "
                                 "lines, and these have no level"),
                          R"(switch it off and on by "enabled")");
    case LogOutcome::kDone:
      break;
  }
  return {200, status.log(), {}};
}

}  // namespace hapair::control
