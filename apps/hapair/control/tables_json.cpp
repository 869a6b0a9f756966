#include "apps/hapair/control/tables_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/json_write.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

/// Rounded to a millisecond.
double in_seconds(base::Duration duration) {
  return std::round(static_cast<double>(duration.count()) / 1e6) / 1e3;
}

void put_table(Json& out, const lb::TableView& table) {
  out["by"] = table.by;
  out["size"] = table.size;
  out["entries"] = table.entries;
  out["evictions"] = table.evictions;
  out["expirations"] = table.expirations;
  out["memory_bytes"] = table.memory;
}

/// As in the configuration.
std::string name_of(lb::RateOf of) {
  switch (of) {
    case lb::RateOf::kRequests:
      return "requests";
    case lb::RateOf::kConnections:
      return "connections";
    case lb::RateOf::kErrors:
      return "errors";
    case lb::RateOf::kBytesIn:
      return "bytes_in";
    case lb::RateOf::kBytesOut:
      return "bytes_out";
  }
  return {};
}

Json limit_json(const lb::RateLimitView& limit) {
  Json out = {{name_of(limit.of), limit.limit},
              {"per_seconds", in_seconds(limit.per)},
              {"refused", limit.refused}};
  put_table(out, limit.table);
  Json clients = Json::array();
  for (const lb::TableView::Client& client : limit.table.clients) {
    clients.push_back({{"client", client.key},
                       {"count", client.count},
                       {"expires_seconds", in_seconds(client.expires)}});
  }
  out["clients"] = std::move(clients);
  return out;
}

Json cookie_json(const lb::CookieView& cookie) {
  const lb::PersistenceCounters& counters = cookie.counters;
  return {{"name", cookie.name},
          {"kept", counters.kept},
          {"moved", counters.moved},
          {"forged", counters.forged},
          {"unreadable", counters.unreadable},
          {"expired", counters.expired},
          {"unknown", counters.unknown},
          {"set", counters.set}};
}

Json stick_json(const lb::StickView& stick) {
  Json out = {{"kept", stick.counters.kept}, {"moved", stick.counters.moved}};
  put_table(out, stick.table);
  Json clients = Json::array();
  for (const lb::TableView::Client& client : stick.table.clients) {
    clients.push_back({{"client", client.key},
                       {"server", client.server},
                       {"expires_seconds", in_seconds(client.expires)}});
  }
  out["clients"] = std::move(clients);
  return out;
}

}  // namespace

std::string render_tables(std::string_view node, base::WallTime now,
                          const std::vector<lb::KeepingView>& views) {
  Json frontends = Json::array();
  Json backends = Json::array();
  for (const lb::KeepingView& view : views) {
    Json one = {{"name", view.proxy}};
    if (view.rate_limit) one["rate_limit"] = limit_json(*view.rate_limit);
    if (view.cookie) one["cookie"] = cookie_json(*view.cookie);
    if (view.stick) one["stick"] = stick_json(*view.stick);
    (view.backend ? backends : frontends).push_back(std::move(one));
  }
  return text_by_proxy(node, now, std::move(frontends), std::move(backends));
}

}  // namespace hapair::control
