#include "apps/hapair/top/rates.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/json_read.hpp"

namespace hapair::top {
namespace {

using control::figure_at;
using control::list_at;
using control::text_at;
using Json = nlohmann::ordered_json;

constexpr double Counted::* kAll[] = {
    &Counted::sessions,      &Counted::requests,      &Counted::in,      &Counted::out,
    &Counted::client_errors, &Counted::server_errors, &Counted::failures};

Counted counted(const Json& row) {
  const auto figure = [&row](control::JsonPath path) { return figure_at(row, path).value_or(0); };
  return {.sessions = figure({"sessions", "total"}),
          .requests = figure({"requests", "total"}),
          .in = figure({"bytes", "in"}),
          .out = figure({"bytes", "out"}),
          .client_errors = figure({"responses", "4xx"}),
          .server_errors = figure({"responses", "5xx"}),
          .failures = figure({"errors", "connect"}) + figure({"errors", "response"})};
}

}  // namespace

void Rates::take(const Json& status) {
  Look look{.uptime = figure_at(status, {"uptime_seconds"}).value_or(0),
            .pid = figure_at(status, {"pid"}).value_or(0)};
  for (const Json& frontend : list_at(status, {"frontends"})) {
    look.frontends.emplace(text_at(frontend, {"name"}), counted(frontend));
  }
  for (const Json& backend : list_at(status, {"backends"})) {
    for (const Json& server : list_at(backend, {"servers"})) {
      look.servers.emplace(text_at(backend, {"name"}) + "/" + text_at(server, {"name"}),
                           counted(server));
    }
  }
  before_ = std::exchange(now_, std::move(look));
}

bool Rates::comparable() const {
  return before_ && now_ && before_->pid == now_->pid && now_->uptime > before_->uptime;
}

std::optional<Counted> Rates::rate(const std::string& name, const Table& before,
                                   const Table& now) const {
  const auto old = before.find(name);
  const auto fresh = now.find(name);
  if (old == before.end() || fresh == now.end()) return std::nullopt;
  Counted out;
  for (const auto each : kAll) {
    // A server that was taken out and came anew counts from 0.
    out.*each =
        std::max(fresh->second.*each - old->second.*each, 0.0) / (now_->uptime - before_->uptime);
  }
  return out;
}

std::optional<Counted> Rates::of_frontend(const std::string& name) const {
  if (!comparable()) return std::nullopt;
  return rate(name, before_->frontends, now_->frontends);
}

std::optional<Counted> Rates::of_server(const std::string& name) const {
  if (!comparable()) return std::nullopt;
  return rate(name, before_->servers, now_->servers);
}

std::optional<Counted> Rates::total() const {
  if (!comparable()) return std::nullopt;
  Counted sum;
  for (const auto& [name, counted] : now_->frontends) {
    const auto each = rate(name, before_->frontends, now_->frontends);
    for (const auto figure : kAll) sum.*figure += each ? (*each).*figure : 0;
  }
  return sum;
}

}  // namespace hapair::top
