#include <doctest/doctest.h>

#include "apps/hapair/worker/settings.hpp"
#include "apps/hapair/worker/tls_wiring.hpp"
#include "liblb/core/request_policy.hpp"

using namespace hapair;
using namespace std::chrono_literals;

namespace {

config::Model model() {
  config::Model model;
  model.cluster.nodes = {{.name = "lb1",
                          .address = base::IpAddress::parse("192.0.2.1").value(),
                          .home = {.interface = "eth0"},
                          .networks = {},
                          .priority = 254}};
  config::Backend web;
  web.name = "web";
  web.forwarded_for = "X-Forwarded-For";
  web.retries = 0;
  web.timeouts.connect = 1s;
  web.timeouts.keep_alive = 3s;
  web.timeouts.server_fin = 7s;
  web.servers = {{.name = "a",
                  .address = base::Endpoint::parse("192.0.2.9:80").value(),
                  .weight = 7,
                  .max_connections = 5,
                  .send_proxy = config::SendProxy::kV2,
                  .protocols = {.http1 = false, .http2 = true},
                  .source = base::IpAddress::parse("192.0.2.4").value()}};
  web.keep_alive = {.idle = 9s, .interval = 1s, .count = 4};
  web.timeouts.queue = 7s;
  web.max_queue = 9;
  web.retry_on = {.connection_failure = false, .empty_response = true, .statuses = {503}};
  web.redispatch = false;
  web.reuse = config::Reuse::kNever;
  web.max_streams = 7;
  web.ping_interval = 3s;
  config::Backend database;
  database.name = "database";
  model.backends = {web, database};
  config::Frontend front;
  front.name = "front";
  front.default_backend = 0;
  front.stats = "/stats";
  front.max_connections = 77;
  front.limits = {.body = 1000, .request_line = 1001, .head = 1002, .fields = 99};
  front.http = {.connection = config::Connection::kServerClose,
                .abort_on_close = false,
                .upgrade = false,
                .connect = true,
                .trace = true};
  front.timeouts.client_fin = 8s;
  config::Frontend sql;
  sql.name = "sql";
  sql.mode = config::Mode::kTcp;
  sql.default_backend = 1;
  sql.log_format = config::AccessLog::kOff;
  model.frontends = {front, sql};
  config::Vip vip;
  vip.name = "VI_1";
  vip.version = 2;
  vip.router_id = 51;
  vip.priority = 90;
  vip.node_priorities = {100, 90, 90};
  vip.advert_interval = 1s;
  vip.password = "1111";
  vip.source = base::IpAddress::parse("192.0.2.1").value();
  vip.addresses.resize(3);
  vip.addresses[0].prefix = base::Prefix::parse("192.0.2.100/24").value();
  vip.addresses[1].prefix = base::Prefix::parse("2001:db8::9").value();
  vip.addresses[2].prefix = base::Prefix::parse("192.0.2.101").value();
  vip.addresses[2].advertise = false;
  vip.failback = {.kind = config::Failback::Kind::kAfter, .stable = 5min};
  model.vips = {vip};
  model.cluster.startup_delay = 3s;
  model.self = 1;
  return model;
}

}  // namespace

TEST_CASE("a backend balances in the mode of the frontend that uses it") {
  CHECK(worker::backend_settings(model(), 0).mode == lb::Mode::kHttp);
  CHECK(worker::backend_settings(model(), 1).mode == lb::Mode::kTcp);
}

TEST_CASE("a backend's values reach the balancer") {
  const auto settings = worker::backend_settings(model(), 0);
  CHECK(settings.name == "web");
  CHECK(settings.forwarded_for == "X-Forwarded-For");
  CHECK(settings.tries == 1);
  CHECK(settings.connect_timeout == 1s);
  CHECK(settings.idle_timeout == 3s);
  CHECK(settings.queue_timeout == 7s);
  CHECK(settings.max_queue == 9);
  CHECK_FALSE(settings.retry_on.connection_failure);
  CHECK(settings.retry_on.empty_response);
  CHECK(settings.retry_on.statuses == std::vector<std::uint16_t>{503});
  CHECK_FALSE(settings.redispatch);
  CHECK(settings.reuse == lb::ReuseMode::kNever);
  CHECK(settings.http2.max_streams == 7);
  CHECK(settings.http2.ping_interval == 3s);
  CHECK(settings.servers[0].protocols.http2);
  CHECK_FALSE(settings.servers[0].protocols.http1);
  CHECK(settings.server_fin_timeout == 7s);
  REQUIRE(settings.servers.size() == 1);
  CHECK(settings.servers[0].weight == 7);
  CHECK(settings.servers[0].max_connections == 5);
  CHECK(settings.servers[0].send_proxy == lb::SendProxy::kV2);
  CHECK(settings.servers[0].source == base::IpAddress::parse("192.0.2.4").value());
  REQUIRE(settings.servers[0].keep_alive);
  CHECK(settings.servers[0].keep_alive->count == 4);
  CHECK_FALSE(worker::backend_settings(model(), 1).forwarded_for);
}

TEST_CASE("a frontend's values reach the balancer") {
  const config::Model config = model();
  const auto front = worker::frontend_settings(config.frontends[0]);
  CHECK(front.stats_uri == "/stats");
  CHECK(front.max_connections == 77);
  CHECK(front.max_body_bytes == 1000);
  CHECK(front.head_limits.max_start_line == 1001);
  CHECK(front.head_limits.max_head == 1002);
  CHECK(front.head_limits.max_fields == 99);
  CHECK(front.connection_mode == lb::ConnectionMode::kServerClose);
  CHECK_FALSE(front.abort_on_close);
  CHECK_FALSE(front.upgrade);
  CHECK(front.allow_connect);
  CHECK(front.allow_trace);
  CHECK(front.client_fin_timeout == 8s);
  CHECK(front.access_format == lb::AccessFormat::kHttp);
  CHECK(front.policy == nullptr);
  config::Frontend shaping = config.frontends[0];
  shaping.requests.id.wanted = true;
  REQUIRE(worker::frontend_settings(shaping).policy != nullptr);
  CHECK(worker::frontend_settings(shaping).policy->wants_random());
  CHECK(worker::frontend_settings(shaping).policy->forwarding() == nullptr);
  shaping.requests = {.forwarded = {.port = true}, .trusted_proxies = {}, .distrusts = true};
  CHECK(worker::frontend_settings(shaping).policy->wants_local());
  CHECK(worker::frontend_settings(shaping).policy->forwarding()->writes("X-Forwarded-Port"));
  const auto sql = worker::frontend_settings(config.frontends[1]);
  CHECK(sql.mode == lb::Mode::kTcp);
  CHECK_FALSE(sql.stats_uri);
  CHECK(sql.connection_mode == lb::ConnectionMode::kKeepAlive);
  CHECK(sql.max_body_bytes == UINT64_MAX);
  CHECK(sql.access_format == lb::AccessFormat::kOff);
}

TEST_CASE("what a frontend knows of its clients and allows them reaches the balancer") {
  config::Model model = ::model();
  config::Frontend& sql = model.frontends[1];
  const auto plain = worker::frontend_settings(sql);
  CHECK_FALSE(plain.certificate_fields);
  CHECK_FALSE(plain.inspect_tls);
  CHECK(plain.per_address.max_connections == 0);
  sql.certificate_fields = {.wanted = true, .prefix = "X-Peer-", .whole = true};
  sql.inspect_tls = {
      .wanted = true, .timeout = 3s, .routes = {{.names = {"*.b.example"}, .backend = 0}}};
  sql.per_address = {.max_connections = 4,
                     .max_handshakes = 5,
                     .ipv6_prefix = 56,
                     .except = {base::Prefix::parse("10.0.0.0/8").value()}};
  const auto settings = worker::frontend_settings(sql);
  REQUIRE(settings.certificate_fields);
  CHECK(settings.certificate_fields->prefix == "X-Peer-");
  CHECK(settings.certificate_fields->whole);
  REQUIRE(settings.inspect_tls);
  CHECK(settings.inspect_tls->timeout == 3s);
  CHECK(settings.inspect_tls->routes.find("a.b.example") == 0);
  CHECK(settings.per_address.max_connections == 4);
  CHECK(settings.per_address.max_handshakes == 5);
  CHECK(settings.per_address.ipv6_prefix == 56);
  CHECK_FALSE(settings.per_address.limits(base::IpAddress::parse("10.1.1.1").value()));
  CHECK(settings.per_address.limits(base::IpAddress::parse("11.1.1.1").value()));
}

TEST_CASE("a backend of a route is one of its frontend's: its mode, and what the VIP needs") {
  config::Model model = ::model();
  config::Frontend& sql = model.frontends[1];
  model.backends.emplace_back().name = "routed";
  sql.inspect_tls = {
      .wanted = true, .timeout = 3s, .routes = {{.names = {"b.example"}, .backend = 2}}};
  sql.binds.emplace_back().vip = 0;
  CHECK(worker::backend_settings(model, 2).mode == lb::Mode::kTcp);
  std::vector<std::size_t> needed;
  for (const auto& each : worker::needed_backends(model, 0)) needed.push_back(each.backend);
  CHECK(std::ranges::find(needed, 2U) != needed.end());
}

TEST_CASE("the limits of the process reach the balancer") {
  config::Model config = model();
  config.cluster.nodes.resize(config.self + 1);
  config.process.max_connections = 5000;
  config.process.max_buffers = 99;
  config.process.max_handshakes = 98;
  CHECK(worker::engine_settings(config).max_connections == 5000);
  CHECK(worker::engine_settings(config).max_buffers == 99);
  CHECK(worker::engine_settings(config).max_handshakes == 98);
}

TEST_CASE("a bind's values reach the balancer") {
  config::Bind bind;
  bind.text = "192.0.2.1:80";
  bind.vip = 3;
  const auto plain = worker::bind_settings({}, bind, {}, {});
  CHECK_FALSE(plain.accept_proxy);
  CHECK_FALSE(plain.keep_alive);
  CHECK(plain.backlog == 4096);
  CHECK(plain.accepts_per_turn == 16);
  bind.accept_proxy = {.from = {base::Prefix::parse("192.0.2.0/24").value()}, .timeout = 7s};
  bind.keep_alive = {.idle = 1500ms, .interval = 9h, .count = 100};
  bind.backlog = 65535;
  config::Process process;
  process.max_accept = 3;
  const auto settings = worker::bind_settings(process, bind, {}, {});
  CHECK(settings.name == "192.0.2.1:80");
  CHECK(settings.group == 3);
  REQUIRE(settings.accept_proxy);
  CHECK(settings.accept_proxy->from.size() == 1);
  CHECK(settings.accept_proxy->timeout == 7s);
  REQUIRE(settings.keep_alive);
  CHECK(settings.keep_alive->idle == 2s);
  CHECK(settings.keep_alive->interval == 9h);
  CHECK(settings.keep_alive->count == 100);
  CHECK(settings.backlog == 65535);
  CHECK(settings.accepts_per_turn == 3);
  bind.unix_path = "/run/app.sock";
  CHECK_FALSE(worker::bind_settings({}, bind, {}, {}).keep_alive);
}

TEST_CASE("a VIP's values reach the election; the prefix stays with the guardian") {
  const auto group = worker::group_settings(model(), 0);
  CHECK(group.version == vrrp::Version::kV2);
  CHECK(group.vrid == 51);
  CHECK(group.priority == 90);
  CHECK(group.addresses == std::vector{base::IpAddress::parse("192.0.2.100").value()});
  CHECK(group.auth_type == vrrp::AuthType::kPassword);
  CHECK(group.auth == vrrp::auth_key("1111"));
  CHECK_FALSE(group.unicast);
}

TEST_CASE("a node's place among the others makes the verdict scale; without room there is none") {
  config::Model config = model();
  CHECK(worker::verdict_scale(config, config.vips[0]) ==
        vrrp::VerdictScale{.lowest = 90, .nodes = 3, .rank = 1});
  config.self = 2;  // the same priority, but later in the file
  CHECK(worker::verdict_scale(config, config.vips[0]).rank == 2);
  config.vips[0].node_priorities = {100, 90, 9};
  CHECK(worker::verdict_scale(config, config.vips[0]).nodes == 0);
}

TEST_CASE("hellos go between the nodes' addresses, under the key that the model has") {
  config::Model config = model();
  config.cluster.nodes.resize(2, config.cluster.nodes[0]);
  config.cluster.nodes[1].name = "lb2";
  config.cluster.nodes[1].address = base::IpAddress::parse("192.0.2.2").value();
  config.cluster.secret_file = "/secret";
  config.cluster.hello = {.wanted = true, .port = 7000, .interval = 3s};
  config.self = 1;
  config.hello_key = std::string(config::kHmacKeyBytes, 'k');
  CHECK(config.cluster.says_hello());
  const auto settings = worker::hello_settings(config);
  CHECK(settings.own.to_string() == "192.0.2.2:7000");
  REQUIRE(settings.peers.size() == 1);
  CHECK(settings.peers[0].to_string() == "192.0.2.1:7000");
  CHECK(settings.exchange.node == "lb2");
  CHECK(settings.exchange.peers == std::vector<std::string>{"lb1"});
  CHECK(settings.exchange.interval == 3s);
  CHECK(settings.key.front() == 'k');
  CHECK(settings.key.back() == 'k');
  config.cluster.hello.wanted = false;
  CHECK_FALSE(config.cluster.says_hello());
}

TEST_CASE("a VIP needs the backends of its frontends and those it tracks by the verdict") {
  config::Model config = model();
  config.vips[0].track.clear();
  config.cluster.hello.interval = 1s;
  CHECK(worker::needed_backends(config, 0).empty());
  for (config::Frontend& frontend : config.frontends) {
    frontend.binds.resize(2);
    frontend.binds[1].vip = 0;
  }
  config::Check& check = config.backends[0].check.emplace();
  check.timeout = 1s;
  check.fast_interval = check.down_interval = check.interval;
  const worker::NeededBackend web{.backend = 0, .needed = 1, .patience = 3 * check.interval + 2s};
  const worker::NeededBackend sql{.backend = 1, .needed = 1, .patience = 1s};
  CHECK(worker::needed_backends(config, 0) == std::vector{web, sql});
  check.fast_interval = 100ms;
  CHECK(worker::needed_backends(config, 0)[0].patience == check.interval + 2200ms);
  check.down_interval = 10s;
  CHECK(worker::needed_backends(config, 0)[0].patience == 12100ms);
  config.vips[0].track = {{.target = {}, .backend = 0, .min_up = 5, .penalty = {}}};
  CHECK(worker::needed_backends(config, 0)[0].needed == 5);
  config.vips[0].track.push_back({.target = {}, .backend = 0, .min_up = 1, .penalty = 20});
  CHECK(worker::needed_backends(config, 0) == std::vector{sql});
  config.vips[0].track.push_back(
      {.target = {}, .backend = 1, .min_up = 1, .penalty = {}, .fault = true});
  CHECK(worker::needed_backends(config, 0).empty());
}

TEST_CASE("the election knows the other nodes by the addresses that their adverts come from") {
  config::Model config = model();
  config.cluster.nodes.resize(2, config.cluster.nodes[0]);
  config.cluster.nodes[0].home.address = base::IpAddress::parse("192.0.2.1").value();
  auto group = worker::group_settings(config, 0);
  REQUIRE(group.nodes.size() == 1);
  CHECK(group.nodes[0].name == "lb1");
  CHECK(group.nodes[0].address == base::IpAddress::parse("192.0.2.1").value());
  CHECK(group.knows_all_nodes);
  config.vips[0].transport = config::Transport::kUnicast;
  CHECK_FALSE(worker::group_settings(config, 0).knows_all_nodes);
  config.vips[0].transport = config::Transport::kMulticast;
  config.vips[0].family = base::Family::kIpv6;  // from link-local addresses
  group = worker::group_settings(config, 0);
  CHECK(group.nodes.empty());
  CHECK_FALSE(group.knows_all_nodes);
}

TEST_CASE("failback, the start-up delay and a sync group reach the election") {
  config::Model config = model();
  auto group = worker::group_settings(config, 0);
  CHECK(group.failback.kind == vrrp::Failback::Kind::kAfter);
  CHECK(group.failback.stable == 5min);
  CHECK(group.startup_delay == 3s);
  CHECK_FALSE(group.synced);
  config.vips.push_back(config.vips[0]);
  config.vips[0].failback = {.kind = config::Failback::Kind::kNever};
  config.sync_groups = {{.name = "both", .vips = {0, 1}}};
  group = worker::group_settings(config, 0);
  CHECK(group.failback.kind == vrrp::Failback::Kind::kNever);
  CHECK(group.synced);
}

TEST_CASE("a server is offered what it may be spoken to in, on the file's terms") {
  config::ServerTls tls;
  tls.ciphers = "ECDHE-RSA-AES128-GCM-SHA256";
  tls.ciphersuites = "TLS_AES_256_GCM_SHA384";
  tls.curves = "P-256";
  tls.min_version = config::TlsVersion::k13;
  config::Server server;
  server.address = base::Endpoint::parse("192.0.2.9:443").value();
  const auto plain = worker::client_settings(tls, server);
  CHECK(plain.policy.alpn.empty());
  CHECK(plain.policy.ciphers == tls.ciphers);
  CHECK(plain.policy.ciphersuites == tls.ciphersuites);
  CHECK(plain.policy.curves == tls.curves);
  CHECK(plain.policy.min_version == tls::Version::kTls13);
  CHECK(plain.verify_name == "192.0.2.9");
  server.protocols = {.http1 = true, .http2 = true};
  CHECK(worker::client_settings(tls, server).policy.alpn ==
        std::vector<std::string>{"h2", "http/1.1"});
  server.protocols = {.http1 = false, .http2 = true};
  CHECK(worker::client_settings({}, server).policy.alpn == std::vector<std::string>{"h2"});
  CHECK(worker::client_settings({}, server).policy.ciphers == tls::Policy().ciphers);
}
