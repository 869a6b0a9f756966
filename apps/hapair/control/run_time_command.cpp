#include "apps/hapair/control/run_time_command.hpp"

#include <nlohmann/json.hpp>

#include "apps/hapair/control/talk.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;
using base::concat;

/// A number as such; the node says what is wrong with anything else.
Json weight_of(const std::string& text) {
  const auto number = base::parse_unsigned(text);
  return number ? Json(*number) : Json(text);
}

std::string path_of(const RunTimeCommand& command) {
  return concat("/v1/servers/", command.server);
}

}  // namespace

int run_weight(const RunTimeCommand& command, std::ostream& out, std::ostream& err) {
  return give_order({.command = "weight",
                     .socket = command.socket,
                     .path = concat(path_of(command), "/weight"),
                     .body = Json{{"weight", weight_of(command.weight)}}.dump()},
                    command.json, concat("weight ", command.weight, " for ", command.server), out,
                    err);
}

int run_add(const RunTimeCommand& command, std::ostream& out, std::ostream& err) {
  Json body{{"address", command.address}};
  if (!command.weight.empty()) body["weight"] = weight_of(command.weight);
  return give_order({.command = "add",
                     .socket = command.socket,
                     .path = path_of(command),
                     .body = body.dump(),
                     .method = "PUT"},
                    command.json, concat("added ", command.server, " at ", command.address), out,
                    err);
}

int run_remove(const RunTimeCommand& command, std::ostream& out, std::ostream& err) {
  return give_order({.command = "remove",
                     .socket = command.socket,
                     .path = path_of(command),
                     .body = {},
                     .method = "DELETE"},
                    command.json,
                    concat("removed ", command.server, "; what it has goes on to its end"), out,
                    err);
}

int run_announce(const RunTimeCommand& command, std::ostream& out, std::ostream& err) {
  return give_order({.command = "announce",
                     .socket = command.socket,
                     .path = concat("/v1/vips/", command.vip, "/announce"),
                     .body = "{}"},
                    command.json, concat("announced ", command.vip), out, err);
}

}  // namespace hapair::control
