#include "apps/hapair/control/server_request.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/hapair/control/order_body.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;
using Json = nlohmann::ordered_json;

std::optional<unsigned> number_up_to(const Json& value, unsigned max) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > max) return std::nullopt;
  return value.get<unsigned>();
}

std::optional<unsigned> percent(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  std::string_view text = value.get_ref<const std::string&>();
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const auto number = base::parse_unsigned(text);
  if (!number || *number > kMaxWeightPercent) return std::nullopt;
  return static_cast<unsigned>(*number);
}

}  // namespace

base::Result<WeightOrder> parse_weight_order(std::string_view body) {
  const auto json = parse_object(body);
  if (!json) return std::unexpected(json.error());
  if (json->size() != 1 || !json->contains("weight")) {
    return base::fail("the body is not an object with a \"weight\" and nothing else");
  }
  if (const auto number = number_up_to(json->front(), kMaxWeight)) {
    return WeightOrder{.number = *number};
  }
  if (const auto share = percent(json->front())) {
    return WeightOrder{.number = *share, .percent = true};
  }
  return base::fail(concat("\"weight\" is neither a whole number up to ", kMaxWeight,
                           " nor a text of percent up to ", kMaxWeightPercent, "%"));
}

base::Result<NewServer> parse_new_server(std::string_view body) {
  const auto json = parse_object(body);
  if (!json) return std::unexpected(json.error());
  NewServer server;
  bool addressed = false;
  for (const auto& [key, value] : json->items()) {
    if (key == "address" && value.is_string()) {
      const auto address = base::Endpoint::parse(value.get_ref<const std::string&>());
      if (!address || address->port == 0) {
        return base::fail(concat("'", base::printable(value.get_ref<const std::string&>(), 60),
                                 "' is no IP address with a port"));
      }
      server.address = *address;
      addressed = true;
    } else if (key == "weight") {
      const auto weight = number_up_to(value, kMaxWeight);
      if (!weight) return base::fail(concat("\"weight\" is no whole number up to ", kMaxWeight));
      server.weight = static_cast<std::uint16_t>(*weight);
    } else {
      return base::fail(concat("'", base::printable(key, 40), "' is nothing that can be set here"));
    }
  }
  if (!addressed) return base::fail("the body has no \"address\"");
  return server;
}

}  // namespace hapair::control
