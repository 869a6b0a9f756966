#include "apps/hapair/top/look_json.hpp"

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "apps/hapair/control/json_read.hpp"

namespace hapair::top {
namespace {

using control::JsonPath;
using control::list_at;
using control::number_at;
using control::text_at;
using control::value_at;
using Json = nlohmann::ordered_json;

constexpr std::pair<const char*, double Counted::*> kRates[] = {
    {"sessions", &Counted::sessions},
    {"requests", &Counted::requests},
    {"bytes_in", &Counted::in},
    {"bytes_out", &Counted::out},
    {"responses_4xx", &Counted::client_errors},
    {"responses_5xx", &Counted::server_errors},
    {"failures", &Counted::failures}};

double to_thousandths(double value) {
  constexpr double kParts = 1000;
  return std::round(value * kParts) / kParts;
}

Json rates_json(const std::optional<Counted>& rates) {
  if (!rates) return nullptr;
  Json out = Json::object();
  for (const auto& [name, of] : kRates) out[name] = to_thousandths((*rates).*of);
  return out;
}

Json at(const Json& json, JsonPath path) {
  const Json* const value = value_at(json, path);
  return value == nullptr ? Json(nullptr) : *value;
}

/// The members of these names, as they stand there.
Json part_of(const Json& json, std::initializer_list<const char*> names) {
  Json out = Json::object();
  for (const char* name : names) out[name] = at(json, {name});
  return out;
}

Json vips_json(const Json& status) {
  Json out = Json::array();
  for (const Json& vip : list_at(status, {"vips"})) {
    out.push_back(part_of(vip, {"name", "role", "since_seconds", "verdict", "effective_priority",
                                "master_address", "reason"}));
  }
  return out;
}

Json peers_json(const Json& status) {
  Json out = Json::array();
  for (const Json& peer : list_at(status, {"peers"})) {
    Json row = part_of(peer, {"name", "present", "silent_for_seconds", "same_config"});
    Json& vips = row["vips"] = Json::array();
    for (const Json& vip : list_at(peer, {"vips"})) {
      vips.push_back(part_of(vip, {"name", "role", "would_take_over"}));
    }
    out.push_back(std::move(row));
  }
  return out;
}

Json shortages_json(const Json& status) {
  Json out = Json::array();
  for (const Json& each : list_at(status, {"shortages"})) {
    if (number_at(each, {"stage"}) == 0) continue;
    out.push_back(part_of(each, {"resource", "stage", "gives_up", "remedy"}));
  }
  return out;
}

Json frontends_json(const Look& look, const Rates& rates) {
  const auto latencies = control::by_name(list_at(look.latency, {"frontends"}));
  Json out = Json::array();
  for (const Json& frontend : list_at(look.status, {"frontends"})) {
    const std::string name = text_at(frontend, {"name"});
    const auto latency = latencies.find(name);
    const Json* const times =
        latency == latencies.end() ? nullptr : value_at(*latency->second, {"total_ms"});
    Json row = part_of(frontend, {"name", "status"});
    row["sessions"] = at(frontend, {"sessions", "current"});
    row["sessions_limit"] = at(frontend, {"sessions", "limit"});
    row["rates"] = rates_json(rates.of_frontend(name));
    row["total_ms"] = times == nullptr || !times->is_object()
                          ? Json(nullptr)
                          : part_of(*times, {"p50", "p90", "p99", "p999"});
    out.push_back(std::move(row));
  }
  return out;
}

Json servers_json(const Json& status, const Rates& rates) {
  const auto targets = control::by_name(list_at(status, {"targets"}));
  Json out = Json::array();
  for (const Json& backend : list_at(status, {"backends"})) {
    const std::string backend_name = text_at(backend, {"name"});
    for (const Json& server : list_at(backend, {"servers"})) {
      const std::string name = backend_name + "/" + text_at(server, {"name"});
      const auto target = targets.find(name);
      Json row{{"name", name}};
      row.update(part_of(server, {"status", "since_seconds", "weight", "weight_now"}));
      row["sessions"] = at(server, {"sessions", "current"});
      row["rates"] = rates_json(rates.of_server(name));
      row["check"] = at(server, {"check", "code"});
      row["reason"] = target == targets.end() ? Json(nullptr) : at(*target->second, {"reason"});
      out.push_back(std::move(row));
    }
  }
  return out;
}

}  // namespace

Json look_json(const Look& look, const Rates& rates) {
  std::uint64_t sessions = 0;
  for (const Json& frontend : list_at(look.status, {"frontends"})) {
    sessions += number_at(frontend, {"sessions", "current"});
  }
  std::uint64_t usable = 0;
  std::uint64_t waiting = 0;
  for (const Json& backend : list_at(look.status, {"backends"})) {
    usable += number_at(backend, {"servers_usable"});
    waiting += number_at(backend, {"queue", "current"});
  }
  Json out = part_of(look.status, {"node", "time", "uptime_seconds"});
  out["sessions"] = sessions;
  out["rates"] = rates_json(rates.total());
  out["servers_usable"] = usable;
  out["waiting"] = waiting;
  out["loop_lag_p99_ms"] = at(look.status, {"loop_lag", "p99_ms"});
  out["vips"] = vips_json(look.status);
  out["peers"] = peers_json(look.status);
  out["shortages"] = shortages_json(look.status);
  out["frontends"] = frontends_json(look, rates);
  out["servers"] = servers_json(look.status, rates);
  out["events"] = list_at(look.events, {"events"});
  return out;
}

}  // namespace hapair::top
