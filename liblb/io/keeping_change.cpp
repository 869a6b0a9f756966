// What an operator changes in what is known of clients.
#include <algorithm>
#include <utility>

#include "common/base/text.hpp"
#include "liblb/core/keeping_view.hpp"
#include "liblb/io/engine_parts.hpp"

namespace hapair::lb {
namespace {

using base::concat;
using Done = std::expected<void, TableFault>;
using Kind = TableFault::Kind;

std::unexpected<TableFault> no_table(std::string_view name) {
  return std::unexpected(TableFault{.kind = Kind::kNoTable,
                                    .message = concat("there is no table '", name, "'"),
                                    .remedy = "see 'hapair tables' for the names"});
}

std::unexpected<TableFault> bad_key(std::string_view key) {
  return std::unexpected(TableFault{
      .kind = Kind::kBadKey,
      .message = concat("'", key, "' tells no client of this table"),
      .remedy = "give an address where the table is by source, else the value or its hash"});
}

std::unexpected<TableFault> bad_entry(std::string message, std::string remedy) {
  return std::unexpected(TableFault{
      .kind = Kind::kBadEntry, .message = std::move(message), .remedy = std::move(remedy)});
}

/// Of any kind but a stick table; null: there is none of that name.
ClientTable* find_table(std::string_view name, SharedRow<ClientTable>& tables,
                        SharedRow<Frontend>& frontends, SharedRow<BackendDriver>& backends) {
  const auto has_name = [name](const ClientTable& table) { return table.settings().name == name; };
  const auto own = std::ranges::find_if(tables, has_name);
  if (own != tables.end()) return &*own;
  const auto in = [&has_name](std::optional<RateLimiter>& limiter) -> ClientTable* {
    if (!limiter) return nullptr;
    for (RateLimiter::Group& group : limiter->groups()) {
      if (has_name(group.table)) return &group.table;
    }
    return nullptr;
  };
  for (Frontend& frontend : frontends) {
    if (ClientTable* found = in(frontend.rate_limiter())) return found;
  }
  for (BackendDriver& driver : backends) {
    if (ClientTable* found = in(driver.rate_limiter())) return found;
  }
  return nullptr;
}

/// Whose stick table that is; null: nobody's.
Backend* find_stick(std::string_view name, SharedRow<BackendDriver>& backends) {
  for (BackendDriver& driver : backends) {
    Persistence* const persistence = driver.backend().persistence();
    if (persistence != nullptr && persistence->table() != nullptr &&
        name == concat("stick:", driver.backend().name())) {
      return &driver.backend();
    }
  }
  return nullptr;
}

/// `of`: a ClientTable or a Persistence.
template <class Of, class Table>
Done clear(Of& of, Table& table, std::optional<std::string_view> client, base::Instant now) {
  if (!client) {
    table.clear();
    return {};
  }
  const auto key = of.parse_key(*client);
  if (!key) return bad_key(*client);
  if (table.find(*key, now) != nullptr) {
    table.erase(*key);
    return {};
  }
  return std::unexpected(TableFault{.kind = Kind::kNoClient,
                                    .message = concat("nothing is known of '", *client, "'"),
                                    .remedy = "there is nothing to be done"});
}

Done set_server(Backend& backend, std::string_view client, const ClientEntry& entry,
                base::Instant now) {
  if (entry.server.empty() || !entry.figures.empty()) {
    return bad_entry("a stick table knows of each client whose server it has",
                     R"(send {"server": "NAME"})");
  }
  Persistence& persistence = *backend.persistence();
  const auto key = persistence.parse_key(client);
  if (!key) return bad_key(client);
  for (std::size_t place = 0; place < backend.size(); ++place) {
    const Server& server = backend.server(place);
    if (server.removed() || server.name() != entry.server) continue;
    persistence.on_served({.key = key}, server, place, now);
    return {};
  }
  return bad_entry(concat("backend ", backend.name(), " has no server '", entry.server, "'"),
                   "see 'hapair status' for the names");
}

Done set_figures(ClientTable& table, std::string_view client, const ClientEntry& entry,
                 base::Instant now) {
  if (entry.figures.empty() || !entry.server.empty()) {
    return bad_entry("this table counts what clients do",
                     R"(send its counters with their figures, such as {"requests": 5})");
  }
  const auto key = table.parse_key(client);
  if (!key) return bad_key(client);
  for (const auto& [of, figure] : entry.figures) {
    if (of == RateOf::kActive) {
      return bad_entry("what is under way is as it is", "leave out \"active\"");
    }
    if (!table.counts(of)) {
      return bad_entry("the table has no such counter",
                       concat("see 'hapair tables show ", table.settings().name, "'"));
    }
    if (figure > RateWindow::kMaxCount) {
      return bad_entry("a figure is too large", concat("use up to ", RateWindow::kMaxCount));
    }
  }
  for (const auto& [of, figure] : entry.figures) {
    (void)table.set(*key, of, static_cast<std::uint32_t>(figure), now);
  }
  return {};
}

}  // namespace

Done Engine::clear_table(std::string_view name, std::optional<std::string_view> client) {
  Parts& parts = *parts_;
  const base::Instant now = parts.context.now();
  if (auto* table = find_table(name, parts.current->tables, parts.current->frontends,
                               parts.current->backends)) {
    return clear(*table, table->entries(), client, now);
  }
  if (Backend* backend = find_stick(name, parts.current->backends)) {
    Persistence& persistence = *backend->persistence();
    return clear(persistence, *persistence.table(), client, now);
  }
  return no_table(name);
}

Done Engine::set_client(std::string_view name, std::string_view client, const ClientEntry& entry) {
  Parts& parts = *parts_;
  const base::Instant now = parts.context.now();
  if (auto* table = find_table(name, parts.current->tables, parts.current->frontends,
                               parts.current->backends)) {
    return set_figures(*table, client, entry, now);
  }
  if (Backend* backend = find_stick(name, parts.current->backends)) {
    return set_server(*backend, client, entry, now);
  }
  return no_table(name);
}

}  // namespace hapair::lb
