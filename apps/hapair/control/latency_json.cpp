#include "apps/hapair/control/latency_json.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/json_write.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

Json distribution(const base::Histogram& times) {
  static constexpr std::array<std::pair<const char*, double>, 5> kQuantiles{
      {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999}}};
  Json out = {{"count", times.count()}, {"sum", in_ms(times.sum())}};
  for (const auto& [name, quantile] : kQuantiles) out[name] = in_ms(times.quantile(quantile));
  out["max"] = in_ms(times.max());
  return out;
}

}  // namespace

std::string render_latency(std::string_view node, base::WallTime now,
                           const std::vector<lb::LatencyView>& proxies) {
  Json frontends = Json::array();
  Json backends = Json::array();
  for (const lb::LatencyView& proxy : proxies) {
    if (proxy.frontend != nullptr) {
      frontends.push_back({{"name", proxy.proxy},
                           {"request_ms", distribution(proxy.frontend->request)},
                           {"total_ms", distribution(proxy.frontend->total)}});
    } else {
      backends.push_back({{"name", proxy.proxy},
                          {"queue_ms", distribution(proxy.backend->queue)},
                          {"connect_ms", distribution(proxy.backend->connect)},
                          {"response_ms", distribution(proxy.backend->response)},
                          {"total_ms", distribution(proxy.backend->total)}});
    }
  }
  return text_by_proxy(node, now, std::move(frontends), std::move(backends));
}

}  // namespace hapair::control
