#include "apps/hapair/worker/check_specs.hpp"

#include <string>

#include "common/base/text.hpp"

namespace hapair::worker {
namespace {

check::ExpectedStatus expected(const std::vector<config::StatusRange>& statuses) {
  std::string ranges;
  for (const config::StatusRange& range : statuses) {
    if (!ranges.empty()) ranges += ',';
    ranges += base::concat(range.first, "-", range.last);
  }
  return check::ExpectedStatus::parse(ranges).value();
}

check::HttpCheck http_check(const config::HttpCheck& http) {
  return {.method = http.method,
          .path = http.path,
          .host = http.host,
          .expect = expected(http.expect_status)};
}

check::CheckKind kind_of(const config::Check& check) {
  if (check.service) return *check.service;
  if (check.type == config::CheckType::kHttp) return http_check(check.http);
  return check::TcpCheck{};
}

}  // namespace

check::CheckSpec check_spec(const config::Check& check, const config::Server& server,
                            std::optional<std::size_t> tls) {
  check::CheckSpec spec;
  spec.kind = kind_of(check);
  spec.endpoint = {server.checked_at.address.value_or(server.address.address),
                   server.checked_at.port.value_or(server.address.port)};
  spec.intervals = {
      .normal = check.interval, .fast = check.fast_interval, .down = check.down_interval};
  spec.timeout = check.timeout;
  spec.proxy_version = static_cast<std::uint8_t>(check.send_proxy.value_or(server.send_proxy));
  if (server.source && server.source->family() == spec.endpoint.address.family()) {
    spec.source = server.source;
  }
  if (tls) spec.tls = {.context = *tls, .certificate_days = check.certificate_days};
  return spec;
}

check::CheckSpec agent_spec(const config::Agent& agent, const config::Server& server) {
  check::CheckSpec spec;
  spec.kind = check::AgentCheck{.send = agent.send};
  spec.endpoint = {agent.place.address.value_or(server.address.address),
                   agent.place.port.value_or(server.address.port)};
  spec.intervals = {.normal = agent.interval, .fast = agent.interval, .down = agent.interval};
  spec.timeout = agent.timeout;
  if (server.source && server.source->family() == spec.endpoint.address.family()) {
    spec.source = server.source;
  }
  return spec;
}

}  // namespace hapair::worker
