#include "apps/hapair/worker/check_specs.hpp"

#include <string>
#include <variant>

#include "common/base/text.hpp"

namespace hapair::worker {
namespace {

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

/// What a check names its server in its requests; null where it names none.
std::string* host_of(check::CheckKind& kind) {
  if (auto* const http = std::get_if<check::HttpCheck>(&kind)) return &http->host;
  if (auto* const grpc = std::get_if<check::GrpcCheck>(&kind)) return &grpc->host;
  return nullptr;
}

/// The check begins in plain text, and changes over to TLS by itself.
bool changes_over(const check::CheckKind& kind) {
  if (const auto* const smtp = std::get_if<check::SmtpCheck>(&kind)) return smtp->starttls;
  const auto* const postgresql = std::get_if<check::PostgresqlCheck>(&kind);
  return postgresql != nullptr && postgresql->starttls;
}

}  // namespace

check::Intervals intervals_of(const config::Check& check) {
  return {.normal = check.interval, .fast = check.fast_interval, .down = check.down_interval};
}

check::CheckSpec check_spec(const config::Check& check, const config::Server& server,
                            std::optional<std::size_t> tls) {
  check::CheckSpec spec = spec_to(server.checked_at, server);
  if (check.service) spec.kind = *check.service;
  spec.intervals = intervals_of(check);
  spec.timeout = check.timeout;
  spec.proxy_version = static_cast<std::uint8_t>(check.send_proxy.value_or(server.send_proxy));
  if (tls) {
    spec.tls = {.context = *tls,
                .certificate_days = check.certificate_days,
                .on_demand = changes_over(spec.kind)};
  }
  std::string* const host = host_of(spec.kind);
  if (host != nullptr && host->empty()) *host = named_host(server);
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
