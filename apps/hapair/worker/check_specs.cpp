#include "apps/hapair/worker/check_specs.hpp"

#include <string>
#include <variant>

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

/// Of what is asked at a server: where that goes to, and where it leaves from.
check::CheckSpec spec_to(const config::CheckPlace& place, const config::Server& server) {
  check::CheckSpec spec;
  spec.endpoint = {place.address.value_or(server.address.address),
                   place.port.value_or(server.address.port)};
  if (server.source && server.source->family() == spec.endpoint.address.family()) {
    spec.source = server.source;
  }
  return spec;
}

/// The Host field for a server that is given by its host's name; else empty.
std::string named_host(const config::Server& server) {
  constexpr std::uint16_t kHttpPort = 80;
  if (!server.by_name || server.by_name->service) return {};
  if (server.by_name->port == kHttpPort) return server.by_name->name;
  return base::concat(server.by_name->name, ":", server.by_name->port);
}

}  // namespace

check::Intervals intervals_of(const config::Check& check) {
  return {.normal = check.interval, .fast = check.fast_interval, .down = check.down_interval};
}

check::CheckSpec check_spec(const config::Check& check, const config::Server& server,
                            std::optional<std::size_t> tls) {
  check::CheckSpec spec = spec_to(server.checked_at, server);
  spec.kind = kind_of(check);
  spec.intervals = intervals_of(check);
  spec.timeout = check.timeout;
  spec.proxy_version = static_cast<std::uint8_t>(check.send_proxy.value_or(server.send_proxy));
  if (tls) spec.tls = {.context = *tls, .certificate_days = check.certificate_days};
  if (auto* const http = std::get_if<check::HttpCheck>(&spec.kind); http && http->host.empty()) {
    http->host = named_host(server);
  }
  return spec;
}

check::CheckSpec agent_spec(const config::Agent& agent, const config::Server& server) {
  check::CheckSpec spec = spec_to(agent.place, server);
  spec.kind = check::AgentCheck{.send = agent.send};
  spec.intervals = {.normal = agent.interval, .fast = agent.interval, .down = agent.interval};
  spec.timeout = agent.timeout;
  return spec;
}

}  // namespace hapair::worker
