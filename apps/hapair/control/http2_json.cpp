#include "apps/hapair/control/http2_json.hpp"

#include <nlohmann/json.hpp>
#include <utility>

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
                         const std::vector<lb::H2View>& frontends) {
  Json list = Json::array();
  for (const lb::H2View& frontend : frontends) {
    const lb::H2Counters& counters = *frontend.counters;
    list.push_back({{"name", frontend.frontend},
                    {"connections", level(counters.connections, counters.connections_total)},
                    {"streams", level(counters.streams, counters.streams_total)},
                    {"client_resets", counters.client_resets},
                    {"stream_errors", counters.stream_errors},
                    {"refused_streams", counters.refused_streams},
                    {"connection_errors", counters.connection_errors},
                    {"ping_timeouts", counters.ping_timeouts},
                    {"floods", floods_of(counters)}});
  }
  const Json out = {
      {"node", node}, {"time", base::format_wall_time(now)}, {"frontends", std::move(list)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace hapair::control
