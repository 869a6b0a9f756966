#include "apps/hapair/control/http2_json.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/json_write.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

Json level(const lb::Gauge& gauge, std::uint64_t total) {
  return {{"now", gauge.current()}, {"max", gauge.max()}, {"total", total}};
}

Json floods_of(const lb::H2Counters& counters) {
  Json floods = Json::object();
  for (std::size_t i = 0; i < lb::kH2FloodKinds; ++i) {
    floods[std::string(to_text(static_cast<lb::H2Flood>(i)))] = counters.floods[i];
  }
  return floods;
}

}  // namespace

std::string render_http2(std::string_view node, base::WallTime now,
                         const std::vector<lb::H2View>& views) {
  Json frontends = Json::array();
  Json backends = Json::array();
  for (const lb::H2View& view : views) {
    const lb::H2Counters& counters = *view.counters;
    Json one = {{"name", view.proxy},
                {"connections", level(counters.connections, counters.connections_total)},
                {"streams", level(counters.streams, counters.streams_total)},
                {view.servers ? "server_resets" : "client_resets", counters.peer_resets},
                {"stream_errors", counters.stream_errors},
                {"refused_streams", counters.refused_streams},
                {"connection_errors", counters.connection_errors},
                {"ping_timeouts", counters.ping_timeouts},
                {"floods", floods_of(counters)}};
    if (view.servers) one["goaways"] = counters.goaways;
    (view.servers ? backends : frontends).push_back(std::move(one));
  }
  return text_by_proxy(node, now, std::move(frontends), std::move(backends));
}

}  // namespace hapair::control
