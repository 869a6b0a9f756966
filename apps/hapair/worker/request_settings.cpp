#include "apps/hapair/worker/request_settings.hpp"

namespace hapair::worker {

std::shared_ptr<const lb::RequestPolicy> request_policy(const config::RequestOptions& requests) {
  lb::RequestPolicySettings settings;
  if (requests.distrusts) {
    settings.forwarding = {.from = requests.forwarded.from,
                           .proto = requests.forwarded.proto,
                           .host = requests.forwarded.host,
                           .port = requests.forwarded.port,
                           .forwarded = requests.forwarded.forwarded,
                           .trusted = requests.trusted_proxies,
                           .taken_off = requests.taken_off};
  }
  if (requests.id.wanted) {
    settings.request_id = {
        .header = requests.id.header, .trust = requests.id.trust, .respond = requests.id.respond};
  }
  if (requests.redirect.wanted) settings.https_port = requests.redirect.port;
  if (requests.hsts.wanted) settings.hsts = requests.hsts.to_string();
  if (!requests.monitor.uri.empty()) {
    settings.monitor = {.path = requests.monitor.uri,
                        .fail_without = requests.monitor.fail_without,
                        .log = requests.monitor.log};
  }
  const bool idle = !settings.forwarding && !settings.request_id && !settings.https_port &&
                    settings.hsts.empty() && !settings.monitor;
  if (idle) return nullptr;
  return std::make_shared<const lb::RequestPolicy>(std::move(settings));
}

}  // namespace hapair::worker
