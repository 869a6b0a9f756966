#include "apps/hapair/control/tables_command.hpp"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>
#include <utility>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/talk.hpp"
#include "apps/hapair/control/text_table.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;
using Json = nlohmann::ordered_json;

constexpr std::string_view kCommand = "tables";
constexpr std::string_view kPath = "/v1/tables";

/// As a part of a path: what is not plain there is percent-encoded.
std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    const bool letter = base::ascii_lower(c) >= 'a' && base::ascii_lower(c) <= 'z';
    if (digit || letter || std::string_view("-._~:").find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    out += '%';
    base::append_hex(out, static_cast<std::uint8_t>(c));
  }
  return out;
}

void list(const Json& answer, std::ostream& out) {
  TextTable table({{"TABLE"},
                   {"KIND"},
                   {"BY"},
                   {"ENTRIES", Align::kRight},
                   {"SIZE", Align::kRight},
                   {"EVICTED", Align::kRight},
                   {"MEMORY", Align::kRight}});
  for (const Json& each : list_at(answer, {"tables"})) {
    table.add_row({{text_at(each, {"name"})},
                   {text_at(each, {"kind"})},
                   {text_at(each, {"by"})},
                   {number_text(value_at(each, {"entries"}))},
                   {number_text(value_at(each, {"size"}))},
                   {number_text(value_at(each, {"evictions"}))},
                   {number_text(value_at(each, {"memory_bytes"}))}});
  }
  out << (table.empty() ? "This node has no tables.\n" : table.render(false));
}

/// Of one table: "requests/10s".
std::string title_of(const Json& counter) {
  std::string title = text_at(counter, {"of"});
  const Json* per = value_at(counter, {"per_seconds"});
  if (per != nullptr && per->is_number()) {
    title += concat("/", static_cast<std::uint64_t>(per->get<double>()), "s");
  }
  return title;
}

void show(const Json& of, std::ostream& out) {
  const bool stick = text_at(of, {"kind"}) == "stick";
  std::vector<Column> columns{{"CLIENT"}};
  const Json& counters = list_at(of, {"counters"});
  if (stick) columns.push_back({"SERVER"});
  for (const Json& counter : counters) columns.push_back({title_of(counter), Align::kRight});
  columns.push_back({"EXPIRES", Align::kRight});
  TextTable table(std::move(columns));
  for (const Json& client : list_at(of, {"clients"})) {
    std::vector<Cell> row{{text_at(client, {"client"})}};
    if (stick) row.push_back({text_at(client, {"server"})});
    const Json& figures = list_at(client, {"figures"});
    for (std::size_t i = 0; i < counters.size(); ++i) {
      row.push_back({number_text(i < figures.size() ? &figures[i] : nullptr)});
    }
    row.push_back({number_text(value_at(client, {"expires_seconds"})) + "s"});
    table.add_row(std::move(row));
  }
  out << (table.empty() ? "No client is known there.\n" : table.render(false));
}

int read(const TablesCommand& command, std::ostream& out, std::ostream& err) {
  const auto answer = talk(
      {.command = kCommand, .socket = command.socket, .path = std::string(kPath), .body = {}}, err);
  if (!answer) return answer.error();
  if (command.action.empty()) {
    if (command.json) {
      out << answer->dump(2) << '\n';
    } else {
      list(*answer, out);
    }
    return cli::kExitOk;
  }
  for (const Json& table : list_at(*answer, {"tables"})) {
    if (text_at(table, {"name"}) != command.table) continue;
    if (command.json) {
      out << table.dump(2) << '\n';
    } else {
      show(table, out);
    }
    return cli::kExitOk;
  }
  err << "hapair tables: there is no table '" << base::printable(command.table, 140)
      << "'; see 'hapair tables' for the names\n";
  return cli::kExitFailed;
}

/// The body of a PUT; null where a value is no good, which has been said then.
Json entry_of(const TablesCommand& command, std::ostream& err) {
  Json entry = Json::object();
  for (const std::string& value : command.values) {
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos) {
      entry["server"] = value;
      continue;
    }
    const auto figure = base::parse_unsigned(std::string_view(value).substr(equals + 1));
    if (!figure) {
      err << "hapair tables: '" << base::printable(value, 80)
          << "' is no COUNTER=NUMBER; write it like requests=5\n";
      return nullptr;
    }
    entry[value.substr(0, equals)] = *figure;
  }
  return entry;
}

int change(const TablesCommand& command, std::ostream& out, std::ostream& err) {
  const bool sets = command.action == "set";
  Question question{.command = kCommand,
                    .socket = command.socket,
                    .path = concat(kPath, "/", encoded(command.table)),
                    .body = {},
                    .method = sets ? "PUT" : "DELETE"};
  if (!command.client.empty()) question.path += "/" + encoded(command.client);
  if (sets) {
    const Json entry = entry_of(command, err);
    if (entry.is_null()) return cli::kExitUsage;
    question.body = entry.dump();
  }
  const std::string of = command.client.empty() ? "all clients" : command.client;
  return give_order(question, command.json,
                    concat(sets ? "set " : "cleared ", of, " in ", command.table), out, err);
}

}  // namespace

int run_tables(const TablesCommand& command, std::ostream& out, std::ostream& err) {
  const bool reads = command.action.empty() || command.action == "show";
  return reads ? read(command, out, err) : change(command, out, err);
}

}  // namespace hapair::control
