// What is known of clients.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/hapair/control/handlers.hpp"
#include "apps/hapair/control/json_write.hpp"
#include "apps/hapair/control/table_request.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kEntryRemedy =
    R"(send {"server": NAME} for a stick table, or counters with whole numbers, {"requests": 5})";

ControlAnswer table_error(const lb::TableFault& fault) {
  using Kind = lb::TableFault::Kind;
  switch (fault.kind) {
    case Kind::kNoTable:
      return error_answer(404, "unknown_table", fault.message, fault.remedy);
    case Kind::kNoClient:
      return error_answer(404, "unknown_client", fault.message, fault.remedy);
    case Kind::kBadKey:
      return error_answer(400, "bad_client", fault.message, fault.remedy);
    case Kind::kBadEntry:
      break;
  }
  return error_answer(400, "bad_body", fault.message, fault.remedy);
}

ControlAnswer answer(const TablePath& path, std::string_view change) {
  return {200,
          text_of({{"table", path.table},
                   {"client", path.client ? Json(*path.client) : Json(nullptr)},
                   {"change", change}}),
          {}};
}

}  // namespace

ControlAnswer show_tables(const Call& call) { return {200, call.status.tables(), {}}; }

ControlAnswer set_client(const Call& call) {
  const TablePath path = table_path(call.parameters[0], call.parameters[1]);
  const auto entry = parse_client_entry(call.body());
  if (!entry) return bad_body(entry.error(), kEntryRemedy);
  const auto done = call.actions.set_client(path.table, *path.client, *entry, call.who());
  return done ? answer(path, "set") : table_error(done.error());
}

ControlAnswer clear_table(const Call& call) {
  const TablePath path = table_path(call.parameters[0], call.parameters[1]);
  const auto done = call.actions.clear_table(path.table, path.client, call.who());
  return done ? answer(path, "cleared") : table_error(done.error());
}

}  // namespace hapair::control
