#include "apps/hapair/control/table_request.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/tables_json.hpp"
#include "common/base/text.hpp"
#include "common/http/url_text.hpp"

namespace hapair::control {
namespace {

using base::concat;
using Json = nlohmann::ordered_json;

constexpr std::string_view kTables = "/v1/tables/";

std::string decoded(std::string_view text) {
  std::string out;
  http::append_decoded(text, out);
  return out;
}

base::Result<void> add(const std::string& key, const Json& value, lb::ClientEntry& entry) {
  const std::string name = base::printable(key, 40);
  if (key == "server") {
    if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
      return base::fail("\"server\" is not the name of a server");
    }
    entry.server = value.get<std::string>();
    return {};
  }
  const auto of = counter_named(key);
  if (!of) return base::fail(concat("'", name, "' is no counter"));
  if (!value.is_number_unsigned()) return base::fail(concat("\"", name, "\" is no whole number"));
  entry.figures.emplace_back(*of, value.get<std::uint64_t>());
  return {};
}

}  // namespace

std::optional<TablePath> parse_table_path(std::string_view path) {
  if (!path.starts_with(kTables)) return std::nullopt;
  path.remove_prefix(kTables.size());
  const std::size_t slash = path.find('/');
  TablePath found{.table = decoded(path.substr(0, slash))};
  if (found.table.empty()) return std::nullopt;
  if (slash == std::string_view::npos) return found;
  const std::string_view client = path.substr(slash + 1);
  if (client.empty() || client.find('/') != std::string_view::npos) return std::nullopt;
  found.client = decoded(client);
  return found;
}

base::Result<lb::ClientEntry> parse_client_entry(std::string_view body) {
  std::size_t keys = 0;
  const auto count_keys = [&keys](int, Json::parse_event_t event, Json&) {
    if (event == Json::parse_event_t::key) ++keys;
    return true;
  };
  const Json json = Json::parse(body, count_keys, /*allow_exceptions=*/false);
  if (json.is_discarded()) return base::fail("the body is not JSON");
  if (!json.is_object() || json.empty()) {
    return base::fail("the body is not an object that says what the client is to have");
  }
  // Of a key that is given twice the last one would win.
  if (keys != json.size()) return base::fail("a key of the body is given twice, or within another");
  lb::ClientEntry entry;
  for (const auto& [key, value] : json.items()) {
    if (auto added = add(key, value, entry); !added) return std::unexpected(added.error());
  }
  return entry;
}

}  // namespace hapair::control
