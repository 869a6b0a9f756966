// What this node is and counts.
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/documents.hpp"
#include "apps/hapair/control/handlers.hpp"
#include "apps/hapair/control/json_write.hpp"
#include "apps/hapair/control/metrics.hpp"
#include "apps/hapair/control/readiness.hpp"
#include "apps/hapair/control/stats_line.hpp"
#include "apps/hapair/control/status_document.hpp"
#include "apps/hapair/control/status_json.hpp"
#include "liblb/core/stats_csv.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

/// The status or a part of it; a long one in pieces.
ControlAnswer answer_with(StatusDocument::What what, Status status,
                          std::string (*render)(const Status&)) {
  if (!StatusDocument::is_long(status)) return {200, render(status), {}};
  return in_pieces(std::make_unique<StatusDocument>(what, std::move(status)));
}

}  // namespace

ControlAnswer show_index(const Call& /*call*/) {
  Json all = Json::array();
  for (const Endpoint& endpoint : endpoints()) {
    all.push_back({{"method", http::to_text(endpoint.method)},
                   {"path", endpoint.path},
                   {"description", endpoint.description}});
  }
  return {200, text_of({{"endpoints", std::move(all)}}), {}};
}

ControlAnswer show_status(const Call& call) {
  return answer_with(StatusDocument::What::kStatus, call.status.status(), &render_status);
}

ControlAnswer show_health(const Call& call) {
  return answer_with(StatusDocument::What::kHealth, call.status.status(), &render_health);
}

ControlAnswer show_backends(const Call& call) {
  return answer_with(StatusDocument::What::kBackends, call.status.status(), &render_backends);
}

ControlAnswer show_version(const Call& call) {
  return {200, render_version(call.status.outline()), {}};
}

ControlAnswer show_errors(const Call& call) { return {200, call.status.errors(), {}}; }

ControlAnswer show_latency(const Call& call) { return {200, call.status.latency(), {}}; }

ControlAnswer show_http2(const Call& call) { return {200, call.status.http2(), {}}; }

ControlAnswer show_metrics(const Call& call) {
  return in_pieces(call.status.metrics_document(), kMetricsType);
}

ControlAnswer show_health_sign(const Call& /*call*/) { return {200, render_health_sign(), {}}; }

ControlAnswer show_readiness(const Call& call) {
  const Readiness found = call.status.readiness();
  return {found.status(), render_readiness(found), {}};
}

ControlAnswer show_certificates(const Call& call) {
  return {200, render_certificates(call.status.outline()), {}};
}

ControlAnswer show_loop(const Call& call) {
  return {200, render_loop(call.status.without_targets()), {}};
}

ControlAnswer show_stats_csv(const Call& call) {
  return in_pieces(std::make_unique<StatsDocument>(call.status.without_targets().traffic),
                   lb::kStatsCsvContentType);
}

ControlAnswer show_info(const Call& call) {
  return {.body = render_info(call.status.without_targets()),
          .content_type = "text/plain; charset=utf-8"};
}

}  // namespace hapair::control
