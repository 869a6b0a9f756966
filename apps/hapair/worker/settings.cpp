#include "apps/hapair/worker/settings.hpp"

#include <algorithm>
#include <map>

#include "apps/hapair/wiring/grants_from_model.hpp"
#include "apps/hapair/worker/keeping_settings.hpp"
#include "apps/hapair/worker/request_settings.hpp"

namespace hapair::worker {
namespace {

lb::Mode mode_of(config::Mode mode) {
  return mode == config::Mode::kTcp ? lb::Mode::kTcp : lb::Mode::kHttp;
}

lb::AccessFormat format_of(config::AccessLog format) {
  switch (format) {
    case config::AccessLog::kOff:
      return lb::AccessFormat::kOff;
    case config::AccessLog::kHttp:
      return lb::AccessFormat::kHttp;
    case config::AccessLog::kTcp:
      return lb::AccessFormat::kTcp;
    case config::AccessLog::kJson:
      return lb::AccessFormat::kJson;
  }
  return lb::AccessFormat::kOff;
}

lb::ReuseMode reuse_of(config::Reuse reuse) {
  switch (reuse) {
    case config::Reuse::kNever:
      return lb::ReuseMode::kNever;
    case config::Reuse::kSafe:
      return lb::ReuseMode::kSafe;
    case config::Reuse::kAggressive:
      return lb::ReuseMode::kAggressive;
    case config::Reuse::kAlways:
      return lb::ReuseMode::kAlways;
  }
  return lb::ReuseMode::kSafe;
}

lb::SendProxy send_proxy_of(config::SendProxy version) {
  switch (version) {
    case config::SendProxy::kOff:
      return lb::SendProxy::kNone;
    case config::SendProxy::kV1:
      return lb::SendProxy::kV1;
    case config::SendProxy::kV2:
      return lb::SendProxy::kV2;
  }
  return lb::SendProxy::kNone;
}

lb::Observe observe_of(config::Observe observe) {
  switch (observe) {
    case config::Observe::kOff:
      return lb::Observe::kOff;
    case config::Observe::kLayer4:
      return lb::Observe::kLayer4;
    case config::Observe::kLayer7:
      return lb::Observe::kLayer7;
  }
  return lb::Observe::kOff;
}

void set_traffic_health(const config::TrafficHealth& from, lb::BackendSettings& settings) {
  settings.observe = observe_of(from.observe);
  settings.error_limit = from.error_limit;
  settings.close_sessions = from.on_marked_down == config::OnMarkedDown::kCloseSessions;
  settings.slow_start = from.slow_start;
  settings.panic_threshold = from.panic_threshold;
  if (!from.outlier) return;
  settings.outlier = {.window = from.outlier->window,
                      .min_requests = from.outlier->min_requests,
                      .error_share = from.outlier->error_share,
                      .latency_factor = from.outlier->latency_factor,
                      .ejection_time = from.outlier->ejection_time,
                      .max_ejection_time = from.outlier->max_ejection_time,
                      .return_time = from.outlier->return_time,
                      .max_ejected = from.outlier->max_ejected};
}

std::optional<lb::TcpKeepAlive> keep_alive_of(const std::optional<config::TcpKeepAlive>& config) {
  if (!config) return std::nullopt;
  return lb::TcpKeepAlive{.idle = std::chrono::ceil<std::chrono::seconds>(config->idle),
                          .interval = std::chrono::ceil<std::chrono::seconds>(config->interval),
                          .count = config->count};
}

lb::Protocols protocols_of(const config::Protocols& protocols) {
  return {.http1 = protocols.http1, .http2 = protocols.http2};
}

lb::InspectTls inspect_of(const config::InspectTls& config) {
  lb::InspectTls inspect{.timeout = config.timeout};
  for (const config::SniRoute& route : config.routes) {
    for (const std::string& name : route.names) inspect.routes.add(name, route.backend);
  }
  return inspect;
}

lb::ConnectionMode mode_of(config::Connection connection) {
  switch (connection) {
    case config::Connection::kKeepAlive:
      return lb::ConnectionMode::kKeepAlive;
    case config::Connection::kServerClose:
      return lb::ConnectionMode::kServerClose;
    case config::Connection::kClose:
      return lb::ConnectionMode::kClose;
  }
  return lb::ConnectionMode::kKeepAlive;
}

vrrp::SignatureMode mode_of(config::HmacMode mode) {
  switch (mode) {
    case config::HmacMode::kReceiveOnly:
      return vrrp::SignatureMode::kReceiveOnly;
    case config::HmacMode::kPermissive:
      return vrrp::SignatureMode::kPermissive;
    case config::HmacMode::kEnforce:
      return vrrp::SignatureMode::kEnforce;
  }
  return vrrp::SignatureMode::kOff;
}

vrrp::Failback failback_of(const config::Failback& failback) {
  switch (failback.kind) {
    case config::Failback::Kind::kImmediate:
      return {};
    case config::Failback::Kind::kNever:
      return {.kind = vrrp::Failback::Kind::kNever};
    case config::Failback::Kind::kAfter:
      return {.kind = vrrp::Failback::Kind::kAfter, .stable = failback.stable};
  }
  return {};
}

/// Nodes check at different moments: what one has just found the other finds within this, and says
/// so with its next hello at the latest.
base::Duration patience_for(const config::Model& model, const config::Backend& backend) {
  const base::Duration hello = model.cluster.hello.interval;
  if (!backend.check) return hello;
  const config::Check& check = *backend.check;
  const base::Duration to_fall = check.interval + check.fast_interval * (check.fall - 1);
  const base::Duration to_rise = check.down_interval + check.fast_interval * (check.rise - 1);
  return std::max(to_fall, to_rise) + check.timeout + hello;
}

/// IPv6 multicast comes from link-local addresses, which the file doesn't tell.
void add_nodes(const config::Model& model, const config::Vip& vip, vrrp::GroupSettings& settings) {
  if (!settings.unicast && vip.family == base::Family::kIpv6) return;
  settings.knows_all_nodes = !settings.unicast;
  for (std::size_t i = 0; i < model.cluster.nodes.size(); ++i) {
    if (i == model.self) continue;
    const config::Node& node = model.cluster.nodes[i];
    if (const auto& address = node.on(vip.network).of(vip.family)) {
      settings.nodes.push_back({node.name, *address});
    } else {
      settings.knows_all_nodes = false;
    }
  }
}

}  // namespace

lb::EngineSettings engine_settings(const config::Model& model) {
  lb::EngineSettings settings;
  settings.max_connections = model.process.max_connections;
  settings.max_handshakes = model.process.max_handshakes;
  settings.max_buffers = model.process.max_buffers;
  return settings;
}

lb::ServerSettings server_settings(const config::Backend& backend, const config::Server& server) {
  return {.name = server.name,
          .endpoint = server.address,
          .weight = server.weight,
          .max_connections = server.max_connections,
          .send_proxy = send_proxy_of(server.send_proxy),
          .source = server.source,
          .keep_alive = keep_alive_of(backend.keep_alive),
          .protocols = protocols_of(server.protocols),
          .cookie = server.cookie,
          .backup = server.backup,
          .histograms = backend.server_histograms,
          .known_by_address = server.by_name.has_value()};
}

lb::BackendSettings backend_settings(const config::Model& model, std::size_t index) {
  const config::Backend& backend = model.backends[index];
  lb::BackendSettings settings;
  settings.name = backend.name;
  settings.balance = backend.balance;
  settings.all_backups = backend.all_backups;
  const auto user = std::ranges::find_if(
      model.frontends, [index](const config::Frontend& each) { return each.uses(index); });
  if (user != model.frontends.end()) settings.mode = mode_of(user->mode);
  for (const config::Server& server : backend.servers) {
    if (!server.by_name) settings.servers.push_back(server_settings(backend, server));
  }
  if (!backend.forwarded_for.empty()) settings.forwarded_for = backend.forwarded_for;
  settings.tries = backend.retries + 1U;
  settings.retry_on = {.connection_failure = backend.retry_on.connection_failure,
                       .empty_response = backend.retry_on.empty_response,
                       .junk_response = backend.retry_on.junk_response,
                       .response_timeout = backend.retry_on.response_timeout,
                       .statuses = backend.retry_on.statuses};
  settings.redispatch = backend.redispatch;
  settings.reuse = reuse_of(backend.reuse);
  settings.http2 = {.max_streams = backend.max_streams, .ping_interval = backend.ping_interval};
  set_traffic_health(backend.traffic_health, settings);
  set_keeping(model, backend, settings);
  settings.max_queue = backend.max_queue;
  settings.queue_timeout = backend.timeouts.queue;
  settings.connect_timeout = backend.timeouts.connect;
  settings.server_timeout = backend.timeouts.server;
  settings.tunnel_timeout = backend.timeouts.tunnel;
  settings.server_fin_timeout = backend.timeouts.server_fin;
  settings.idle_timeout = backend.timeouts.keep_alive;
  settings.error_pages = error_pages(backend.error_pages);
  return settings;
}

lb::BindSettings bind_settings(const config::Process& process, const config::Bind& bind,
                               net::UniqueFd socket, std::optional<lb::BindTls> tls) {
  lb::BindSettings settings{
      .name = bind.text, .socket = std::move(socket), .group = bind.vip, .tls = tls};
  // A Unix socket's peer is never lost in a network.
  if (bind.unix_path.empty()) settings.keep_alive = keep_alive_of(bind.keep_alive);
  settings.backlog = static_cast<int>(bind.backlog);
  settings.accepts_per_turn = process.max_accept;
  if (bind.accept_proxy) {
    settings.accept_proxy = {.from = bind.accept_proxy->from,
                             .timeout = bind.accept_proxy->timeout};
  }
  settings.protocols = protocols_of(bind.protocols);
  return settings;
}

lb::FrontendSettings frontend_settings(const config::Frontend& frontend) {
  lb::FrontendSettings settings;
  settings.name = frontend.name;
  settings.mode = mode_of(frontend.mode);
  settings.backend = frontend.default_backend;
  if (!frontend.stats.empty()) settings.stats_uri = frontend.stats;
  settings.pages = {.metrics = frontend.pages.metrics,
                    .health = frontend.pages.health,
                    .admin = frontend.pages.admin,
                    .users = {}};
  if (const auto& users = frontend.pages.users) {
    settings.pages.users = lb::PageUsers{.list = *users, .realm = frontend.pages.realm};
  }
  settings.max_connections = frontend.max_connections;
  settings.client_timeout = frontend.timeouts.client;
  settings.http_request_timeout = frontend.timeouts.http_request;
  settings.http_keep_alive_timeout = frontend.timeouts.http_keep_alive;
  settings.client_fin_timeout = frontend.timeouts.client_fin;
  if (frontend.limits.body != 0) settings.max_body_bytes = frontend.limits.body;
  settings.head_limits = {.max_start_line = frontend.limits.request_line,
                          .max_head = frontend.limits.head,
                          .max_fields = frontend.limits.fields};
  settings.connection_mode = mode_of(frontend.http.connection);
  settings.abort_on_close = frontend.http.abort_on_close;
  settings.upgrade = frontend.http.upgrade;
  settings.allow_connect = frontend.http.connect;
  settings.allow_trace = frontend.http.trace;
  settings.http2 = {.max_streams = frontend.http.max_streams,
                    .ping_interval = frontend.http.ping_interval};
  settings.access_format = format_of(frontend.log_format);
  settings.log_null = frontend.log_null;
  settings.capture_request = frontend.capture.request;
  settings.capture_response = frontend.capture.response;
  settings.capture_length = frontend.capture.length;
  if (const auto& fields = frontend.certificate_fields; fields.wanted) {
    settings.certificate_fields = {.prefix = fields.prefix, .whole = fields.whole};
  }
  if (frontend.mode == config::Mode::kHttp) settings.policy = request_policy(frontend.requests);
  if (frontend.inspect_tls.wanted) settings.inspect_tls = inspect_of(frontend.inspect_tls);
  settings.per_address = {.max_connections = frontend.per_address.max_connections,
                          .max_handshakes = frontend.per_address.max_handshakes,
                          .ipv6_prefix = frontend.per_address.ipv6_prefix,
                          .except = frontend.per_address.except};
  settings.rate_limits = rate_limits_of(frontend.rate_limits);
  settings.count_in = frontend.count_in;
  return settings;
}

/// Without room below the nodes' priorities there is no scale; where one is needed the config says
/// so.
vrrp::VerdictScale verdict_scale(const config::Model& model, const config::Vip& vip) {
  const auto nodes = static_cast<std::uint8_t>(vip.node_priorities.size());
  const std::uint8_t lowest = std::ranges::min(vip.node_priorities);
  if (lowest <= vrrp::kVerdictBands * nodes) return {};
  vrrp::VerdictScale scale{.lowest = lowest, .nodes = nodes};
  for (std::size_t other = 0; other < vip.node_priorities.size(); ++other) {
    const std::uint8_t theirs = vip.node_priorities[other];
    if (theirs > vip.priority || (theirs == vip.priority && other < model.self)) ++scale.rank;
  }
  return scale;
}

vrrp::GroupSettings group_settings(const config::Model& model, std::size_t vip) {
  const config::Vip& config = model.vips[vip];
  vrrp::GroupSettings settings;
  settings.name = config.name;
  settings.version = config.version == 2 ? vrrp::Version::kV2 : vrrp::Version::kV3;
  settings.vrid = config.router_id;
  settings.priority = config.priority;
  settings.advert_interval = config.advert_interval;
  for (const config::VipAddress& each : config.addresses) {
    if (config.advertises(each)) settings.addresses.push_back(each.prefix.address);
  }
  settings.own_address = config.source;
  settings.unicast = config.transport == config::Transport::kUnicast;
  settings.peers = config.peers;
  add_nodes(model, config, settings);
  if (config.password) {
    settings.auth_type = vrrp::AuthType::kPassword;
    settings.auth = vrrp::auth_key(*config.password);
  }
  if (config.auth == config::Auth::kHmac) {
    settings.signatures = mode_of(config.hmac_mode);
    settings.key = wiring::hmac_key_of(config.hmac_key);
  }
  settings.failback = failback_of(config.failback);
  settings.scale = verdict_scale(model, config);
  settings.startup_delay = model.cluster.startup_delay;
  settings.synced = model.sync_group_of(vip) != nullptr;
  settings.announce = {.repeat = config.announce.repeat,
                       .delay = config.announce.delay,
                       .refresh = config.announce.refresh};
  return settings;
}

std::vector<NeededBackend> needed_backends(const config::Model& model, std::size_t vip) {
  std::map<std::size_t, std::size_t> needed;  // by backend; 0: not to be looked at
  for (const config::Frontend& frontend : model.frontends) {
    const bool on_vip =
        std::ranges::find(frontend.binds, vip, &config::Bind::vip) != frontend.binds.end();
    if (!on_vip) continue;
    for (std::size_t i = 0; i < model.backends.size(); ++i) {
      if (frontend.uses(i)) needed.emplace(i, 1);
    }
  }
  for (const config::Track& track : model.vips[vip].track) {
    if (track.target || track.penalty || track.fault) continue;
    std::size_t& count = needed[track.backend];
    count = std::max<std::size_t>(count, track.min_up);
  }
  for (const config::Track& track : model.vips[vip].track) {
    if (!track.target && (track.penalty || track.fault)) needed[track.backend] = 0;
  }
  std::vector<NeededBackend> backends;
  for (const auto& [backend, count] : needed) {
    if (count == 0) continue;
    backends.push_back({backend, count, patience_for(model, model.backends[backend])});
  }
  return backends;
}

vrrp::HelloLinkSettings hello_settings(const config::Model& model) {
  const config::Hello& hello = model.cluster.hello;
  vrrp::HelloLinkSettings settings;
  settings.exchange = {.node = model.node().name, .peers = {}, .interval = hello.interval};
  settings.own = {model.node().address, hello.port};
  for (std::size_t i = 0; i < model.cluster.nodes.size(); ++i) {
    if (i == model.self) continue;
    settings.exchange.peers.push_back(model.cluster.nodes[i].name);
    settings.peers.push_back({model.cluster.nodes[i].address, hello.port});
  }
  settings.key = wiring::hmac_key_of(model.hello_key);
  return settings;
}

}  // namespace hapair::worker
