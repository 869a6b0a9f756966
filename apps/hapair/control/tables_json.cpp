#include "apps/hapair/control/tables_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/json_write.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;
using lb::RateOf;
using lb::TableView;

/// Rounded to a millisecond.
double rounded_seconds(base::Duration duration) {
  return std::round(static_cast<double>(duration.count()) / 1e6) / 1e3;
}

std::string_view kind_of(TableView::Kind kind) {
  switch (kind) {
    case TableView::Kind::kStick:
      return "stick";
    case TableView::Kind::kLimit:
      return "limit";
    case TableView::Kind::kOwn:
      return "table";
  }
  return {};
}

Json counters_json(const TableView& table) {
  Json counters = Json::array();
  for (const lb::CounterSettings& each : table.counters) {
    counters.push_back({{"of", name_of(each.of)}, {"per_seconds", rounded_seconds(each.per)}});
  }
  if (table.active_clients) counters.push_back({{"of", name_of(RateOf::kActive)}});
  return counters;
}

Json limits_json(const TableView& table) {
  Json limits = Json::array();
  for (const lb::RateLimiter::Limit& limit : table.limits) {
    limits.push_back({{name_of(limit.of), limit.limit},
                      {"per_seconds", rounded_seconds(limit.per)},
                      {"refused", limit.refused}});
  }
  return limits;
}

Json client_json(const TableView& table, const TableView::Client& client) {
  Json out = {{"client", client.key}};
  if (table.kind == TableView::Kind::kStick) {
    out["server"] = client.server;
  } else {
    Json figures = Json::array();
    for (const auto& [of, figure] : client.figures) figures.push_back(figure);
    out["figures"] = std::move(figures);
  }
  out["expires_seconds"] = rounded_seconds(client.expires);
  return out;
}

Json table_json(const TableView& table) {
  Json out = {{"name", table.name},
              {"kind", kind_of(table.kind)},
              {"by", table.by},
              {"size", table.size},
              {"entries", table.entries},
              {"evictions", table.evictions},
              {"expirations", table.expirations},
              {"memory_bytes", table.memory}};
  if (table.kind == TableView::Kind::kStick) {
    out["kept"] = table.persistence.kept;
    out["moved"] = table.persistence.moved;
  } else {
    out["counters"] = counters_json(table);
  }
  if (table.active_clients) out["active_clients"] = *table.active_clients;
  if (table.kind == TableView::Kind::kLimit) out["limits"] = limits_json(table);
  Json clients = Json::array();
  for (const TableView::Client& client : table.clients) {
    clients.push_back(client_json(table, client));
  }
  out["clients"] = std::move(clients);
  return out;
}

Json cookie_json(const lb::CookieView& cookie) {
  const lb::PersistenceCounters& counters = cookie.counters;
  return {{"backend", cookie.backend},   {"name", cookie.name},
          {"kept", counters.kept},       {"moved", counters.moved},
          {"forged", counters.forged},   {"unreadable", counters.unreadable},
          {"expired", counters.expired}, {"unknown", counters.unknown},
          {"set", counters.set}};
}

constexpr RateOf kCounted[] = {RateOf::kRequests, RateOf::kConnections, RateOf::kErrors,
                               RateOf::kFailures, RateOf::kBytesIn,     RateOf::kBytesOut,
                               RateOf::kActive};

}  // namespace

std::string_view name_of(RateOf of) {
  switch (of) {
    case RateOf::kRequests:
      return "requests";
    case RateOf::kConnections:
      return "connections";
    case RateOf::kErrors:
      return "errors";
    case RateOf::kFailures:
      return "failures";
    case RateOf::kBytesIn:
      return "bytes_in";
    case RateOf::kBytesOut:
      return "bytes_out";
    case RateOf::kActive:
      return "active";
  }
  return {};
}

std::optional<RateOf> counter_named(std::string_view name) {
  for (const RateOf of : kCounted) {
    if (name_of(of) == name) return of;
  }
  return std::nullopt;
}

std::string render_tables(std::string_view node, base::WallTime now, const lb::KeepingView& views) {
  Json tables = Json::array();
  for (const TableView& table : views.tables) tables.push_back(table_json(table));
  Json cookies = Json::array();
  for (const lb::CookieView& cookie : views.cookies) cookies.push_back(cookie_json(cookie));
  return text_of({{"node", node},
                  {"time", base::format_wall_time(now)},
                  {"tables", std::move(tables)},
                  {"cookies", std::move(cookies)}});
}

}  // namespace hapair::control
