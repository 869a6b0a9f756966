#include "apps/hapair/control/table_request.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/order_body.hpp"
#include "apps/hapair/control/tables_json.hpp"
#include "common/base/text.hpp"
#include "common/http/url_text.hpp"

namespace hapair::control {
namespace {

using base::concat;
using Json = nlohmann::ordered_json;

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

TablePath table_path(std::string_view table, std::string_view client) {
  TablePath path{.table = decoded(table)};
  if (!client.empty()) path.client = decoded(client);
  return path;
}

base::Result<lb::ClientEntry> parse_client_entry(std::string_view body) {
  const auto json = parse_object(body);
  if (!json) return std::unexpected(json.error());
  if (json->empty()) return base::fail("the body does not say what the client is to have");
  lb::ClientEntry entry;
  for (const auto& [key, value] : json->items()) {
    if (auto added = add(key, value, entry); !added) return std::unexpected(added.error());
  }
  return entry;
}

}  // namespace hapair::control
