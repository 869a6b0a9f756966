// What the model of a node holds that isn't written in the file.
#include <doctest/doctest.h>

#include "apps/hapair/config/build.hpp"
#include "apps/hapair/config/parse.hpp"
#include "apps/hapair/config/resolv_conf.hpp"
#include "tests/unit/config/data_files.hpp"

using namespace hapair;
using namespace hapair::config;
using namespace std::chrono_literals;

namespace {

Model model_of(const std::filesystem::path& path, std::size_t self,
               const NodeFacts& facts = NodeFacts()) {
  const ParsedConfig parsed = parse_config(read_text(path));
  REQUIRE(parsed.faults.empty());
  return build(parsed.reading.draft, self, facts);
}

}  // namespace

TEST_CASE("the smallest file gets good defaults") {
  const Model model = model_of(kExamplesRoot / "minimal.json", 0);
  CHECK(model.cluster.name == "hapair");
  CHECK(model.cluster.nodes.at(0).priority == 254);
  CHECK(model.cluster.nodes.at(1).priority == 253);
  REQUIRE(model.log.size() == 1);
  CHECK(model.log.front().type == LogType::kStderr);
  const Vip& vip = model.vips.at(0);
  CHECK(vip.version == 3);
  CHECK(vip.advert_interval == 100ms);
  CHECK(vip.addresses.at(0).prefix.to_string() == "192.0.2.10/32");
  CHECK(vip.priority == 254);
  const Backend& backend = model.backends.at(0);
  CHECK(backend.forwarded_for.empty());
  CHECK(backend.check->timeout == backend.check->interval);
  CHECK(std::get<check::HttpCheck>(*backend.check->service).expect == check::ExpectedStatus());
  CHECK(model.frontends.at(0).max_connections == model.process.max_connections);
  CHECK(model.frontends.at(0).log_format == AccessLog::kHttp);
}

TEST_CASE("one file gives each node its own view") {
  const Model first = model_of(kExamplesRoot / "pair.json", 0);
  const Model second = model_of(kExamplesRoot / "pair.json", 1);
  CHECK(first.vips.at(0).interface == "ens33");
  CHECK(second.vips.at(0).interface == "eth33");
  CHECK(first.vips.at(0).priority == 100);
  CHECK(second.vips.at(0).priority == 90);
  CHECK(second.vips.at(0).source.to_string() == "192.168.100.124");
  REQUIRE(second.vips.at(0).peers.size() == 1);
  CHECK(second.vips.at(0).peers.front().to_string() == "192.168.100.123");
  CHECK(second.node().name == "lb2");
}

TEST_CASE("servers by name know their resolver and where their connections leave from") {
  const Model model = model_of(kDataRoot / "good" / "resolvers.json", 0,
                               {.nameservers = {base::Endpoint::parse("192.0.2.99:53").value()}});
  REQUIRE(model.resolvers.size() == 3);
  const auto nameservers = [&](std::size_t resolver) {
    std::string text;
    for (const auto& each : model.resolvers[resolver].nameservers) text += each.to_string() + " ";
    return text;
  };
  CHECK(nameservers(0) == "192.0.2.53:53 [2001:db8::53]:5353 [2001:db8::54]:53 ");
  CHECK(nameservers(1) == "192.0.2.99:53 ");
  CHECK(model.resolvers[2].name.empty());
  const auto& servers = model.backends.at(0).servers;
  const ServerName& web = servers.at(0).by_name.value();
  CHECK(web.name == "web.internal");
  CHECK(web.port == 8080);
  CHECK(model.resolvers[web.resolver].name == "default");
  CHECK(web.source4->to_string() == "192.0.2.11");
  CHECK_FALSE(web.source6);
  const ServerName& far = servers.at(1).by_name.value();
  CHECK(far.slots == 2);
  CHECK(far.prefer == Prefer::kBoth);
  CHECK(model.resolvers[far.resolver].name == "system");
  CHECK_FALSE(far.source4);
  CHECK(far.source6->to_string() == "2001:db8::11");
  CHECK(servers.at(2).by_name->service);
  CHECK(servers.at(2).by_name->name == "_http._tcp.api.internal");
  CHECK_FALSE(servers.at(3).by_name);
}

TEST_CASE("the system's nameservers are those of resolv.conf") {
  const auto text = [](std::string_view conf) {
    std::string out;
    for (const auto& each : parse_resolv_conf(conf)) out += each.to_string() + " ";
    return out;
  };
  CHECK(text("# none\n; none\nsearch internal\n") == "127.0.0.1:53 ");
  CHECK(text("nameserver 192.0.2.1\n nameserver 192.0.2.2\nnameserver\t2001:db8::1 # far\n"
             "nameservers 192.0.2.3\nnameserver fe80::1%eth0\nnameserver fe80::1\n"
             "nameserver what\nnameserver 192.0.2.4\r\nnameserver 192.0.2.5\n") ==
        "192.0.2.1:53 [2001:db8::1]:53 192.0.2.4:53 ");
}

TEST_CASE("binds become sockets with ids that are the same on every node") {
  for (std::size_t self = 0; self < 2; ++self) {
    const Model model = model_of(kDataRoot / "good" / "binds.json", self);
    std::vector<std::string> texts;
    std::uint16_t id = 0;
    for (const Frontend& frontend : model.frontends) {
      for (const Bind& bind : frontend.binds) {
        CHECK(bind.id == id++);
        texts.push_back(bind.text);
      }
    }
    const std::string own = self == 0 ? "192.0.2.11" : "192.0.2.12";
    CHECK(texts == std::vector<std::string>{"192.0.2.10:80", "192.0.2.13:80", "0.0.0.0:81",
                                            "[::]:81", "127.0.0.1:82", "[2001:db8::11]:83",
                                            own + ":84", "unix:/run/hapair/app.sock",
                                            own + ":8404"});
    CHECK(model.frontends.at(0).binds.at(1).vip == 0);
    CHECK_FALSE(model.frontends.at(0).binds.at(2).vip.has_value());
    CHECK(model.frontends.at(0).default_backend == 0);
    CHECK_FALSE(model.frontends.at(1).default_backend.has_value());
  }
}

TEST_CASE("priorities of a VIP go before the node's own") {
  const auto path = kDataRoot / "good" / "five_nodes.json";
  CHECK(model_of(path, 0).vips.at(0).priority == 1);
  CHECK(model_of(path, 2).vips.at(0).priority == 180);
  CHECK(model_of(path, 4).vips.at(0).priority == 254);
  CHECK(model_of(path, 4).vips.at(1).priority == 170);
  CHECK(model_of(path, 2).vips.at(0).peers.size() == 4);
}

TEST_CASE("version 2 has its own default interval and its passwords, given or derived") {
  const Model model = model_of(kDataRoot / "good" / "vrrp_version_2.json", 0,
                               {.passwords = {{"a", "not used"}, {"b", "derived1"}}});
  CHECK(model.vips.at(0).advert_interval == 1s);
  CHECK(model.vips.at(0).password == "1111");
  CHECK(model.vips.at(1).advert_interval == 255s);
  CHECK(model.vips.at(1).password == "derived1");
  CHECK_FALSE(model.vips.at(2).password.has_value());
}

TEST_CASE("a forwarded_for of true, false or an object names the field") {
  const Model model = model_of(kDataRoot / "good" / "backends.json", 0);
  CHECK(model.backends.at(0).forwarded_for == "X-Real-IP");
  CHECK(model.backends.at(1).forwarded_for == "X-Forwarded-For");
  CHECK(model.backends.at(2).forwarded_for.empty());
  CHECK(model.backends.at(3).forwarded_for == "X-Forwarded-For");
  CHECK(std::get<check::HttpCheck>(*model.backends.at(0).check->service).expect.to_string() ==
        "200,204,300-399,503");
}

TEST_CASE("tracks point at their backends") {
  const Model model = model_of(kDataRoot / "good" / "vrrp_version_3.json", 0);
  REQUIRE(model.vips.at(0).track.size() == 2);
  CHECK(model.backends.at(model.vips.at(0).track.at(0).backend).name == "app");
  CHECK(model.vips.at(0).track.at(0).penalty == 253);
  CHECK(model.vips.at(0).track.at(1).fault);
}

TEST_CASE("a VIP's family is that of its first advertised address, unless it says so itself") {
  const base::IpAddress link_local = base::IpAddress::parse("fe80::11").value();
  const Model model =
      model_of(kDataRoot / "good" / "networks.json", 0, {.link_locals = {{"eth0", link_local}}});
  CHECK(model.vips.at(0).family == base::Family::kIpv6);
  CHECK(model.vips.at(0).source == link_local);
  CHECK(model.vips.at(0).peers.at(0).to_string() == "2001:db8::12");
  CHECK(model.vips.at(0).advertises(model.vips.at(0).addresses.at(1)));
  CHECK_FALSE(model.vips.at(0).advertises(model.vips.at(0).addresses.at(2)));
  CHECK(model.vips.at(1).source.to_string() == "2001:db8::11");
  CHECK(model.vips.at(2).family == base::Family::kIpv4);
}

TEST_CASE("an interface without a known link-local address leaves the source open") {
  const Model model = model_of(kDataRoot / "good" / "networks.json", 0);
  CHECK(model.vips.at(0).source == base::IpAddress::any(base::Family::kIpv6));
}

TEST_CASE("a route leaves by its network, with the node's own IPv4 address unless one is given") {
  const Model model = model_of(kDataRoot / "good" / "routes.json", 1);
  const Vip& web = model.vips.at(0);
  const auto text = [](const auto& address) { return address ? address->to_string() : ""; };
  CHECK(web.routes.at(0).interface == "eth0");
  CHECK(text(web.routes[0].source) == "192.0.2.12");
  CHECK(web.routes[0].table == 254);
  CHECK(web.routes.at(1).to.to_string() == "0.0.0.0/0");
  CHECK(text(web.routes[1].source) == "192.0.2.10");
  CHECK(web.routes.at(2).interface == "eth2");
  CHECK(text(web.routes[2].source) == "10.0.0.12");
  CHECK(web.routes[2].metric == 50);
  CHECK(web.routes.at(3).table == 4294967295);
  CHECK(web.routes[3].metric == 1024);
  CHECK_FALSE(web.routes[3].source.has_value());
  CHECK(web.routes.at(4).metric == 1024);
  CHECK(text(web.rules.at(0).from) == "192.0.2.10/32");
  CHECK_FALSE(web.rules[0].to.has_value());
  CHECK(model.vips.at(1).virtual_mac);
  CHECK(model.vips[1].has_virtual_mac(base::Family::kIpv4));
  CHECK(model.vips[1].has_virtual_mac(base::Family::kIpv6));
  CHECK_FALSE(web.has_virtual_mac(base::Family::kIpv4));
}

TEST_CASE("addresses on other networks and link-local ones have no virtual MAC address") {
  Model model = model_of(kDataRoot / "good" / "routes.json", 0);
  Vip& vip = model.vips.at(1);
  std::erase_if(vip.addresses, [](const VipAddress& each) {
    return each.prefix.address == base::IpAddress::parse("2001:db8::20").value();
  });
  CHECK_FALSE(vip.has_virtual_mac(base::Family::kIpv6));
  vip.addresses.at(0).interface = "eth7";
  CHECK_FALSE(vip.has_virtual_mac(base::Family::kIpv4));
}

TEST_CASE("a network is each node's own interface and address") {
  const Model model = model_of(kDataRoot / "good" / "networks.json", 1);
  const Vip& inside = model.vips.at(2);
  CHECK(inside.interface == "eth2");
  CHECK(inside.source.to_string() == "10.0.0.12");
  CHECK(inside.peers.at(0).to_string() == "10.0.0.11");
  CHECK(inside.addresses.at(0).interface == "eth2");
  CHECK(inside.addresses.at(0).label == "eth1:vip");
  CHECK(inside.addresses.at(0).scope == Scope::kSite);
}

TEST_CASE("mode tcp logs in its own format") {
  const Model model = model_of(kExamplesRoot / "full.json", 0);
  CHECK(model.frontends.at(1).log_format == AccessLog::kTcp);
}

TEST_CASE("what becomes of a frontend's requests reaches the model") {
  const Model model = model_of(kDataRoot / "good" / "requests.json", 0,
                               {.error_pages = {{"/etc/hapair/505.txt", "no"}}});
  const RequestOptions& web = model.frontends.at(0).requests;
  CHECK(web.distrusts);
  CHECK((web.forwarded.from && web.forwarded.proto && web.forwarded.host && web.forwarded.port));
  CHECK(web.forwarded.forwarded);
  CHECK(web.trusted_proxies.size() == 2);
  CHECK(web.trusted_proxies.at(1).to_string() == "2001:db8::/32");
  CHECK(web.id.header == "X-Trace");
  CHECK((web.id.trust && web.id.respond));
  CHECK((web.redirect.wanted && web.redirect.port == 8443));
  CHECK(web.hsts.to_string() == "max-age=31536000; includeSubDomains; preload");
  CHECK(web.monitor.uri == "/healthz");
  CHECK(web.monitor.fail_without == std::vector<std::size_t>{1});
  CHECK(web.monitor.log);
  REQUIRE(web.error_pages.size() == 1);  // the other file has not been read
  CHECK(web.error_pages[0].status == 505);
  CHECK(web.error_pages[0].content_type == "text/plain; charset=utf-8");
  CHECK(web.compression.algorithms == std::vector<std::string>{"deflate", "gzip"});
  CHECK(web.compression.types == std::vector<std::string>{"text/*", "application/json"});
  CHECK((web.compression.min_size == 0 && web.compression.level == 9));
  CHECK(model.frontends.at(1).requests.redirect.port == 443);
  const RequestOptions& plain = model.frontends.at(2).requests;
  CHECK(plain.id.wanted);
  CHECK(plain.compression.wanted);
  CHECK(plain.compression.algorithms == std::vector<std::string>{"gzip"});
  CHECK(plain.compression.types.size() == 9);
  CHECK(plain.id.header == "X-Request-ID");
  // What servers are told by a backend's field is not for clients to say.
  CHECK(plain.distrusts);
  CHECK(plain.taken_off == std::vector<std::string>{"X-Real-IP"});
  const Model untold = model_of(kDataRoot / "good" / "requests_idle.json", 0);
  CHECK_FALSE(untold.frontends.at(0).requests.distrusts);
}

TEST_CASE("what a frontend knows of its clients and allows them reaches the model") {
  const Model model = model_of(kDataRoot / "good" / "clients.json", 0);
  CHECK(model.process.max_handshakes == 1000000);
  const Frontend& secure = model.frontends.at(0);
  CHECK(secure.certificate_fields.wanted);
  CHECK(secure.certificate_fields.prefix == "X-Peer-");
  CHECK(secure.certificate_fields.whole);
  CHECK(secure.per_address.max_connections == 1);
  CHECK(secure.per_address.max_handshakes == 1000000);
  CHECK(secure.per_address.ipv6_prefix == 128);
  REQUIRE(secure.per_address.except.size() == 2);
  CHECK(secure.per_address.except[1].to_string() == "2001:db8::/32");
  const Frontend& brief = model.frontends.at(1);
  CHECK(brief.certificate_fields.prefix == "X-SSL-Client-");
  CHECK_FALSE(brief.certificate_fields.whole);
  CHECK(brief.per_address.max_handshakes == 0);
  CHECK(brief.per_address.ipv6_prefix == 64);
  const Frontend& names = model.frontends.at(2);
  CHECK_FALSE(names.default_backend);
  CHECK(names.inspect_tls.timeout == 10ms);
  REQUIRE(names.inspect_tls.routes.size() == 2);
  CHECK(names.inspect_tls.routes[0].names.at(1) == "*.DB.example");
  CHECK(names.inspect_tls.routes[0].backend == 1);
  CHECK(names.uses(1));
  CHECK(names.uses(2));
  CHECK_FALSE(names.uses(0));
  const Frontend& looks = model.frontends.at(3);
  CHECK(looks.inspect_tls.wanted);
  CHECK(looks.inspect_tls.routes.empty());
  CHECK(looks.inspect_tls.timeout == 5s);
}

TEST_CASE("a target is resolved for each node: its interface, what must be there, the source") {
  const Model first = model_of(kDataRoot / "good" / "targets.json", 0);
  const Model second = model_of(kDataRoot / "good" / "targets.json", 1);
  const auto named = [](const Model& model, std::string_view name) -> const Target& {
    return *std::ranges::find(model.targets, name, &Target::name);
  };
  CHECK(named(first, "inside").interface == "eth1");
  CHECK(named(second, "inside").interface == "ens2");
  REQUIRE(named(second, "inside").addresses.size() == 1);
  CHECK(named(second, "inside").addresses.front().to_string() == "10.0.0.12");
  CHECK(named(first, "uplink").addresses.empty());

  const Target& router = named(second, "router");
  CHECK(router.source->to_string() == "192.0.2.12");
  CHECK_FALSE(router.only_there);
  CHECK(router.timeout == router.interval);
  CHECK(named(second, "far").interface == "wan");
  CHECK(named(second, "far").only_there);
  CHECK_FALSE(named(second, "far").source.has_value());
  CHECK(named(first, "router6").only_there);
  CHECK_FALSE(named(first, "router6").source.has_value());
  CHECK(first.vips.at(0).track.at(0).target == 0);
}

TEST_CASE(
    "a check is as the servers are unless the file says otherwise, and files are found once") {
  const Model model = model_of(kExamplesRoot / "full.json", 0);
  const auto named = [](const Model& of, std::string_view name) -> const Backend& {
    return *std::ranges::find(of.backends, name, &Backend::name);
  };
  const Backend& app = named(model, "app");
  REQUIRE(app.check->tls);
  CHECK(app.check->tls->name == "health.example.com");
  CHECK(app.check->tls->ca == named(model, "database").tls->ca);
  CHECK(app.check->alpn == std::vector<std::string>{"http/1.1"});
  CHECK(app.servers.at(0).checked_at.port == 8081);
  const Backend& db = named(model, "database");
  CHECK(db.check->tls == db.tls);
  CHECK(db.check->timeout == db.check->interval);
  CHECK(db.check->fast_interval == db.check->interval);
  CHECK(db.check->down_interval == db.check->interval);
  CHECK(db.servers.at(0).checked_at.address->to_string() == "192.0.2.32");
  CHECK(db.servers.at(0).checked_at.port == 5433);

  const Model good = model_of(kDataRoot / "good" / "backends.json", 0);
  const Backend& elsewhere = named(good, "checked_elsewhere");
  REQUIRE(elsewhere.check->tls);
  CHECK_FALSE(elsewhere.check->tls->ca);
  CHECK(elsewhere.check->tls->min_version == TlsVersion::k13);
  CHECK(elsewhere.check->send_proxy == SendProxy::kV2);
  CHECK(elsewhere.check->alpn == std::vector<std::string>{"h2", "http/1.1"});
  CHECK(elsewhere.servers.at(0).checked_at.address->to_string() == "2001:db8::26");
  CHECK(elsewhere.servers.at(0).checked_at.port == 65535);
  CHECK_FALSE(elsewhere.servers.at(1).checked_at.address);
  CHECK(elsewhere.servers.at(1).checked_at.port == 1);
  CHECK_FALSE(named(good, "plain_checks").check->tls);
}

TEST_CASE("checks that talk a service's protocol reach the model in libcheck's terms") {
  const Model model = model_of(kDataRoot / "good" / "services.json", 0);
  const auto of = [&](std::string_view name) -> const Check& {
    return *std::ranges::find(model.backends, name, &Backend::name)->check;
  };
  using namespace hapair::check;
  const auto script = std::get<ScriptedCheck>(*of("script").service);
  REQUIRE(script.steps.size() == 7);
  CHECK(script.steps[0].expect ==
        PayloadMatch{.how = MatchHow::kPrefix, .bytes = std::string("\0\t", 2)});
  CHECK(script.steps[1].send == "x\r\n");
  CHECK(script.steps[2].expect == PayloadMatch{.how = MatchHow::kContains, .bytes = "y"});
  CHECK(script.steps[3].expect == PayloadMatch{.how = MatchHow::kLine});
  CHECK(script.steps[4].expect ==
        PayloadMatch{.how = MatchHow::kRegex, .bytes = "^[0-9]+$", .negated = true});
  CHECK(script.steps[5].send == "\r\n\x7f");
  CHECK(script.steps[6].comment == "the end");
  CHECK(of("tls_script").tls);
  CHECK(std::get<SmtpCheck>(*of("named_mail").service).hello_name == "[192.0.2.1]");
  CHECK(std::get<MysqlCheck>(*of("handshake").service) == MysqlCheck{});
  CHECK(std::get<MysqlCheck>(*of("mysql").service) == MysqlCheck{.user = "u", .database = "d"});
  CHECK(std::get<PostgresqlCheck>(*of("standby").service) ==
        PostgresqlCheck{.user = "u", .database = "d", .role = PostgresqlRole::kStandby});
  CHECK(std::get<RedisCheck>(*of("redis").service) == RedisCheck{});
  CHECK(std::get<LdapCheck>(*of("ldap_bind").service).bind_dn == "cn=u");
  CHECK(std::get<DnsCheck>(*of("root").service) == DnsCheck{});
  const auto dns = std::get<DnsCheck>(*of("dns").service);
  CHECK(dns.expect->to_string() == "2001:db8::1");
  CHECK(dns.over_tcp);
  CHECK(of("dns").tls);
  CHECK(std::get<UdpCheck>(*of("udp").service) == UdpCheck{});
  const auto udp = std::get<UdpCheck>(*of("udp_steps").service);
  CHECK(udp.send == std::string(1, '\0'));
  CHECK(udp.expect->negated);
  CHECK(udp.silence_is_good);
  CHECK(std::get<AgentCheck>(*of("asked_agent").service).send == "hello\n");
  const Agent& agent = *std::ranges::find(model.backends, "asked_agent", &Backend::name)->agent;
  CHECK(agent.place.port == 65535);
  CHECK(agent.timeout == agent.interval);
  CHECK(agent.send == "a\r\n");
  CHECK_FALSE(of("echo").service);
  REQUIRE(model.echoes.size() == 2);
  CHECK(model.echoes[1].address.to_string() == "2001:db8::9");
  CHECK_FALSE(model.echoes[1].source);  // the node has none of that family
}

TEST_CASE("a check over HTTP reaches the model in libcheck's terms") {
  const Model model = model_of(kDataRoot / "good" / "http_checks.json", 0);
  using namespace hapair::check;
  const auto http = std::get<HttpCheck>(*model.backends.at(0).check->service);
  CHECK(http.method == "POST");
  CHECK(http.fields == std::vector<HttpField>{{"X-Token", "a b"}, {"user-agent", "probe"}});
  CHECK(http.body == "{ \"ping\": 1 }\n");
  CHECK(http.expect.to_string() == "200");
  const auto match = [](MatchHow how, std::string bytes, bool negated = false) {
    return PayloadMatch{.how = how, .bytes = std::move(bytes), .negated = negated};
  };
  CHECK(
      http.expect_fields ==
      std::vector<FieldMatch>{{.name = "X-State", .value = match(MatchHow::kLine, "ready")},
                              {.name = "X-State", .value = match(MatchHow::kContains, "err", true)},
                              {.name = "Age", .value = match(MatchHow::kRegex, "^[0-9]+$")},
                              {.name = "Date"},
                              {.name = "X-Debug", .absent = true}});
  CHECK(http.expect_body == match(MatchHow::kContains, "pong"));
  CHECK(http.max_body == 1024);
  CHECK_FALSE(http.http2);
  const auto& second = *model.backends.at(1).check;
  CHECK(std::get<HttpCheck>(*second.service).http2);
  CHECK(second.alpn == std::vector<std::string>{"h2"});
  CHECK(std::get<GrpcCheck>(*model.backends.at(2).check->service) ==
        GrpcCheck{.service = "shop.Orders", .host = "orders.example"});
}

TEST_CASE("a script checks each server, whose name and place come behind its arguments") {
  const Model model = model_of(kDataRoot / "good" / "http_checks.json", 0);
  const Backend& scripted = model.backends.at(3);
  REQUIRE(scripted.servers.at(1).check_script);
  const Script& script = model.scripts.at(*scripted.servers.at(1).check_script);
  CHECK(script.argv == std::vector<std::string>{"/usr/local/bin/check", "--fast", "scripted/t",
                                                "2001:db8::1", "82"});
  CHECK(script.user == "daemon");
  CHECK(script.timeout == 500ms);
  CHECK(model.scripts.at(*scripted.servers.at(0).check_script).argv.back() == "81");
  CHECK_FALSE(model.backends.at(0).servers.at(0).check_script);
}

TEST_CASE("roles are the same words for all that have them") {
  const Model model = model_of(kExamplesRoot / "full.json", 0);
  const auto of = [&](std::string_view name) -> const Check& {
    return *std::ranges::find(model.backends, name, &Backend::name)->check;
  };
  CHECK(std::get<hapair::check::RedisCheck>(*of("cache").service).role ==
        hapair::check::RedisRole::kMaster);
  CHECK(std::get<hapair::check::PostgresqlCheck>(*of("ledger").service).role ==
        hapair::check::PostgresqlRole::kPrimary);
}

TEST_CASE("the keys of server connections reach the model, with their defaults") {
  const Model model = model_of(kDataRoot / "good" / "server_connections.json", 0);
  const Backend& app = model.backends.at(0);
  CHECK(app.max_queue == 1000000);
  CHECK(app.timeouts.queue == 1h);
  CHECK(app.retry_on.connection_failure);
  CHECK(app.retry_on.empty_response);
  CHECK(app.retry_on.junk_response);
  CHECK(app.retry_on.response_timeout);
  CHECK(app.retry_on.statuses == std::vector<std::uint16_t>{425, 504});
  CHECK_FALSE(app.redispatch);
  CHECK(app.reuse == Reuse::kAlways);
  CHECK(app.servers.at(0).max_connections == 1000000);
  CHECK(app.servers.at(1).max_connections == 0);
  CHECK(app.servers.at(0).send_proxy == SendProxy::kV1);
  CHECK(app.servers.at(1).send_proxy == SendProxy::kOff);
  const auto address = [](const char* text) { return base::IpAddress::parse(text).value(); };
  CHECK(app.servers.at(0).source == address("192.0.2.11"));
  CHECK(app.servers.at(1).source == address("10.0.0.11"));
  CHECK(app.servers.at(2).source == address("2001:db8::11"));
  CHECK(app.servers.at(3).source == address("192.0.2.11"));
  CHECK(app.servers.at(4).source == address("198.51.100.1"));
  REQUIRE(app.keep_alive);
  CHECK(app.keep_alive->idle == 60s);
  CHECK(app.keep_alive->count == 100);
  const auto& binds = model.frontends.at(0).binds;
  REQUIRE(binds.at(0).keep_alive);
  CHECK(binds.at(0).keep_alive->interval == 10s);
  CHECK(binds.at(0).backlog == 1);
  REQUIRE(binds.at(1).keep_alive);
  CHECK(binds.at(1).keep_alive->interval == 9h);
  CHECK(binds.at(1).backlog == 65535);
  CHECK_FALSE(binds.at(2).keep_alive);
  CHECK(binds.at(2).backlog == 4096);
  CHECK_FALSE(binds.at(0).accept_proxy);
  REQUIRE(binds.at(1).accept_proxy);
  CHECK(binds.at(1).accept_proxy->from.empty());
  CHECK(binds.at(1).accept_proxy->timeout == 5s);
  REQUIRE(binds.at(2).accept_proxy);
  CHECK(binds.at(2).accept_proxy->from.size() == 2);
  CHECK(binds.at(2).accept_proxy->timeout == 1min);
  CHECK(binds.at(3).accept_proxy);
  const Model minimal = model_of(kExamplesRoot / "minimal.json", 0);
  const Backend& plain = minimal.backends.at(0);
  CHECK(plain.timeouts.queue == plain.timeouts.connect);
  CHECK(plain.retry_on.connection_failure);
  CHECK_FALSE(plain.retry_on.empty_response);
  CHECK(plain.reuse == Reuse::kSafe);
  CHECK_FALSE(plain.servers.at(0).source);
  CHECK_FALSE(plain.keep_alive);
}
