#include "apps/hapair/config/build.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "apps/hapair/config/balance.hpp"
#include "apps/hapair/config/keeping.hpp"
#include "apps/hapair/config/maps.hpp"
#include "apps/hapair/config/request_rules.hpp"
#include "apps/hapair/config/requests.hpp"
#include "apps/hapair/config/resolv_conf.hpp"
#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/tls_sources.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

constexpr base::Duration kAdvertIntervalVersion2 = std::chrono::seconds(1);

/// validate() has made sure that the name is there.
template <class List, class NameOf>
std::size_t index_of(const List& list, std::string_view name, const NameOf& name_of) {
  const auto found =
      std::ranges::find_if(list, [&](const auto& candidate) { return name_of(candidate) == name; });
  return static_cast<std::size_t>(found - list.begin());
}

std::size_t vip_index(const Draft& draft, std::string_view name) {
  return index_of(draft.vips, name,
                  [](const VipDraft& vip) { return std::string_view(vip.vip.name); });
}

std::vector<Node> build_nodes(const Draft& draft) {
  std::vector<Node> nodes;
  for (const NodeDraft& from : draft.nodes) {
    Node node{.name = from.name,
              .address = from.address.value(),
              .home = home_of(from),
              .networks = {},
              .priority = priority_of(draft, nodes.size())};
    for (const NetworkDraft& network : from.networks) {
      node.networks.emplace(network.name, network.attachment);
    }
    nodes.push_back(std::move(node));
  }
  return nodes;
}

/// Where our adverts leave from. Multicast over IPv6 goes from the link-local address (RFC 9568,
/// section 5.1.2.1).
base::IpAddress source_of(const Vip& vip, const Node& node, const NodeFacts& facts) {
  const bool link_local =
      vip.family == base::Family::kIpv6 && vip.transport == Transport::kMulticast;
  if (!link_local) return node.on(vip.network).of(vip.family).value();
  const auto known = facts.link_locals.find(node.on(vip.network).interface);
  return known == facts.link_locals.end() ? base::IpAddress::any(vip.family) : known->second;
}

void build_routing(const VipDraft& from, const Node& node, Vip& vip) {
  for (const VipRouteDraft& each : from.routes) {
    VipRoute route = each.as;
    route.to = destination_of(each).value();
    const base::Family family = route.to.address.family();
    route.metric = metric_of(each, family);
    const Attachment& at = node.on(route.network.empty() ? vip.network : route.network);
    route.interface = at.interface;
    // Else the kernel might take the VIP. An IPv6 VIP it does not take: that is deprecated.
    if (!route.source && family == base::Family::kIpv4) route.source = at.address;
    vip.routes.push_back(std::move(route));
  }
  const auto prefix = [](const std::optional<std::string>& text) -> std::optional<base::Prefix> {
    if (!text) return std::nullopt;
    return base::Prefix::parse(*text).value();
  };
  for (const VipRuleDraft& each : from.rules) {
    VipRule rule = each.as;
    rule.from = prefix(each.from);
    rule.to = prefix(each.to);
    vip.rules.push_back(rule);
  }
}

void resolve_for_nodes(const Draft& draft, const VipDraft& from, const Cluster& cluster,
                       std::size_t self, Vip& vip) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    vip.node_priorities.push_back(priority_of(draft, from, i));
    const auto& address = cluster.nodes[i].on(vip.network).of(vip.family);
    if (i != self && address) vip.peers.push_back(*address);
  }
  vip.priority = vip.node_priorities[self];
}

Vip build_vip(const Draft& draft, const VipDraft& from, const Cluster& cluster, std::size_t self,
              const NodeFacts& facts) {
  const Node& node = cluster.nodes[self];
  Vip vip = from.vip;
  for (const VipAddressDraft& each : from.addresses) {
    VipAddress address = each.as;
    address.prefix = base::Prefix::parse(each.address).value();
    address.interface = node.on(address.network.empty() ? vip.network : address.network).interface;
    vip.addresses.push_back(std::move(address));
  }
  build_routing(from, node, vip);
  vip.family = family_of(from).value();
  if (from.advert_interval) {
    vip.advert_interval = *from.advert_interval;
  } else if (vip.version == 2) {
    vip.advert_interval = kAdvertIntervalVersion2;
  }
  vip.auth = auth_of(from, !cluster.secret_file.empty());
  if (vip.auth == Auth::kHmac) {
    const auto derived = facts.keys.find(vip.name);
    if (derived != facts.keys.end()) vip.hmac_key = derived->second;
  }
  if (vip.auth == Auth::kPassword) {
    const auto derived = facts.passwords.find(vip.name);
    vip.password = from.password;
    if (!vip.password && derived != facts.passwords.end()) vip.password = derived->second;
  }
  for (const TrackDraft& track : from.track) {
    Track& made = vip.track.emplace_back(track.track);
    if (track.target.empty()) {
      made.backend = backend_index(draft, track.backend);
    } else {
      made.target = index_of(draft.targets, track.target, [](const TargetDraft& each) {
        return std::string_view(each.target.name);
      });
    }
  }
  vip.failback = rules::parse_failback(from.failback).value();
  vip.interface = node.on(vip.network).interface;
  vip.source = source_of(vip, node, facts);
  resolve_for_nodes(draft, from, cluster, self, vip);
  return vip;
}

/// The node's attachment to an interface; null: the file doesn't say that it has any.
const Attachment* attachment_to(const Node& node, std::string_view interface) {
  if (node.home.interface == interface) return &node.home;
  for (const auto& [name, network] : node.networks) {
    if (network.interface == interface) return &network;
  }
  return nullptr;
}

/// What is run for a script, file or process.
Script script_of(const TargetDraft& from, const Target& target) {
  Script script{.argv = {}, .user = from.user, .timeout = target.timeout};
  switch (target.type) {
    case TargetType::kInterface:
    case TargetType::kGateway:
      break;
    case TargetType::kScript:
      script.argv = texts_of(from.command.words);
      break;
    case TargetType::kFile:
      script.kind = scripts::ScriptKind::kFile;
      script.argv = {target.path, target.absent ? "absent" : "present"};
      break;
    case TargetType::kProcess:
      script.kind = scripts::ScriptKind::kProcess;
      if (target.pid_file.empty()) {
        script.argv = {"name", target.process, base::concat(target.at_least)};
      } else {
        script.argv = {"pid_file", target.pid_file};
      }
      break;
  }
  return script;
}

Target build_target(const TargetDraft& from, const Node& node, std::vector<Script>& scripts) {
  Target target = from.target;
  target.timeout = from.timeout.value_or(target.interval);
  target.only_there = !target.network.empty() || !target.interface.empty();
  if (target.interface.empty()) target.interface = node.on(target.network).interface;
  const Attachment* at = attachment_to(node, target.interface);
  switch (target.type) {
    case TargetType::kInterface:
      if (at == nullptr || !target.addressed) break;
      for (const auto& address : {at->address, at->address6}) {
        if (address) target.addresses.push_back(*address);
      }
      break;
    case TargetType::kGateway:
      target.address = from.address.value();
      if (target.address.is_link_local()) {
        target.only_there = true;  // it means nothing without an interface
      } else if (at != nullptr) {
        target.source = at->of(target.address.family());
      }
      break;
    case TargetType::kScript:
    case TargetType::kFile:
    case TargetType::kProcess:
      target.script = scripts.size();
      scripts.push_back(script_of(from, target));
      break;
  }
  return target;
}

std::optional<std::size_t> build_script(const ScriptDraft& from, const NotifyDraft& notify,
                                        Model& model) {
  if (from.words.empty()) return std::nullopt;
  model.scripts.push_back(
      {.argv = texts_of(from.words), .user = notify.user, .timeout = notify.timeout});
  return model.scripts.size() - 1;
}

std::optional<std::size_t> build_notify(const std::optional<NotifyDraft>& from,
                                        const std::string& name, bool group, Model& model) {
  if (!from) return std::nullopt;
  Notify notify{.name = name, .group = group};
  const std::array scripts = {&from->master, &from->backup, &from->fault, &from->stop};
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    notify.by_state[i] = build_script(*scripts[i], *from, model);
  }
  notify.any = build_script(from->any, *from, model);
  model.notifies.push_back(std::move(notify));
  return model.notifies.size() - 1;
}

std::size_t file_index(const Model& model, const tls_files::Source& source) {
  return static_cast<std::size_t>(std::ranges::find(model.tls_files, source) -
                                  model.tls_files.begin());
}

/// What both sides of TLS agree to.
template <class Draft, class Tls>
void build_terms(const Draft& draft, Tls& tls) {
  tls.ciphers = draft.ciphers.value_or("");
  tls.ciphersuites = draft.ciphersuites.value_or("");
  tls.curves = draft.curves.value_or("");
}

BindTls build_tls(const TlsDraft& from, const Model& model, Mode mode) {
  BindTls tls = from.tls;
  tls.name = from.path;
  for (const CertificateDraft& each : from.certificates) {
    tls.certificates.push_back(file_index(model, source_of(each)));
  }
  build_terms(from, tls);
  tls.alpn = texts_of(from.alpn);
  if (tls.alpn.empty() && mode == Mode::kHttp) tls.alpn = {"h2", "http/1.1"};
  if (!from.clients) return tls;
  tls.verify = from.clients->verify;
  tls.ca = file_index(model, ca_of(*from.clients));
  const tls_files::Source crl = crl_of(*from.clients);
  if (!crl.path.empty()) tls.crl = file_index(model, crl);
  return tls;
}

/// None named: HTTP/1.1 alone.
Protocols protocols_of(const std::vector<ListedText>& names) {
  if (names.empty()) return {};
  return {.http1 = is_listed("http/1.1", names), .http2 = is_listed("h2", names)};
}

/// The sockets of one bind; they get their ids from the caller.
std::vector<Bind> build_bind(const Draft& draft, const BindDraft& from, const Model& model) {
  Bind bind;
  if (from.accept_proxy) {
    bind.accept_proxy.emplace().timeout = from.proxy_timeout;
    for (const ListedText& each : from.proxy_from) {
      bind.accept_proxy->from.push_back(base::Prefix::parse(each.text).value());
    }
  }
  if (from.keeps_alive) bind.keep_alive = from.keep_alive;
  bind.backlog = from.backlog;
  bind.protocols = protocols_of(from.protocols);
  if (!from.unix_path.empty()) {
    bind.unix_path = from.unix_path;
    bind.text = base::concat("unix:", from.unix_path);
    return {bind};
  }
  std::vector<base::IpAddress> addresses;
  if (from.vip) {
    bind.vip = vip_index(draft, *from.vip);
    for (const VipAddress& each : model.vips[*bind.vip].addresses) {
      addresses.push_back(each.prefix.address);
    }
  } else if (from.address) {
    addresses.push_back(*from.address == "*" ? base::IpAddress::any(base::Family::kIpv4)
                                             : base::IpAddress::parse(*from.address).value());
  } else {
    addresses.push_back(model.node().address);
  }
  std::vector<Bind> binds;
  for (const base::IpAddress& address : addresses) {
    bind.endpoint = {address, from.port.value()};
    bind.text = bind.endpoint.to_string();
    binds.push_back(bind);
  }
  return binds;
}

/// What the frontend knows of its clients and allows them.
void build_clients(const Draft& draft, const FrontendDraft& from, Frontend& frontend) {
  for (const SniRouteDraft& route : from.sni_routes) {
    SniRoute& built = frontend.inspect_tls.routes.emplace_back();
    built.backend = backend_index(draft, route.backend);
    built.names = texts_of(route.names);
  }
  frontend.per_address.max_connections = from.address_connections.value_or(0);
  frontend.per_address.max_handshakes = from.address_handshakes.value_or(0);
  for (const ListedText& network : from.unlimited) {
    frontend.per_address.except.push_back(base::Prefix::parse(network.text).value());
  }
}

Frontend build_frontend(const Draft& draft, const FrontendDraft& from, const NodeFacts& facts,
                        Model& model, std::uint16_t& next_bind_id) {
  Frontend frontend = from.frontend;
  for (const BindDraft& each : from.binds) {
    std::optional<std::size_t> tls;
    if (each.tls) {
      tls = model.tls.size();
      model.tls.push_back(build_tls(*each.tls, model, frontend.mode));
    }
    for (Bind& bind : build_bind(draft, each, model)) {
      bind.id = next_bind_id++;
      bind.tls = tls;
      frontend.binds.push_back(std::move(bind));
    }
  }
  if (from.default_backend) frontend.default_backend = backend_index(draft, *from.default_backend);
  build_clients(draft, from, frontend);
  if (!from.page_users.empty()) frontend.pages.users = user_list_index(draft, from.page_users);
  build_requests(draft, from, facts.error_pages, frontend);
  build_limits(draft, from, frontend);
  frontend.rules = build_rules(draft, from.rules, model.tls_files);
  const AccessLog by_mode = frontend.mode == Mode::kTcp ? AccessLog::kTcp : AccessLog::kHttp;
  frontend.log_format = from.log_format.value_or(by_mode);
  frontend.capture.request = texts_of(from.capture_request);
  frontend.capture.response = texts_of(from.capture_response);
  frontend.max_connections = from.max_connections.value_or(draft.process.max_connections);
  return frontend;
}

std::optional<base::IpAddress> of_family(const std::optional<base::IpAddress>& address,
                                         base::Family family) {
  return address && address->family() == family ? address : std::nullopt;
}

std::optional<base::IpAddress> source_of(const std::optional<SourceDraft>& from, const Node& node,
                                         base::Family family) {
  if (!from) return std::nullopt;
  if (from->address) return of_family(from->address, family);
  if (from->node && node.address.family() == family) return node.address;
  return node.on(from->network).of(family);
}

ServerTls build_server_tls(const ServerTlsDraft& from, const Model& model) {
  ServerTls tls{.name = from.name, .min_version = from.min_version};
  const tls_files::Source ca = ca_of(from);
  if (!ca.path.empty()) tls.ca = file_index(model, ca);
  if (!from.certificate.certificate.empty()) {
    tls.certificate = file_index(model, source_of(from.certificate));
  }
  build_terms(from, tls);
  return tls;
}

Check build_check(const CheckDraft& from, const Model& model) {
  Check check = from.check;
  check.timeout = from.timeout.value_or(check.interval);
  check.fast_interval = from.fast_interval.value_or(check.interval);
  check.down_interval = from.down_interval.value_or(check.interval);
  if (from.uses_tls()) check.tls = build_server_tls(from.tls, model);
  check.alpn = texts_of(from.alpn);
  if (check.alpn.empty() && check.type == CheckType::kHttp) {
    check.alpn = {from.http.http2 ? "h2" : "http/1.1"};
  }
  if (check.alpn.empty() && check.type == CheckType::kGrpc) check.alpn = {"h2"};
  return check;
}

CheckPlace place_of(const CheckPlace& own, const CheckPlace& all) {
  return {.address = own.address ? own.address : all.address,
          .port = own.port ? own.port : all.port};
}

std::vector<Resolver> build_resolvers(const Draft& draft, const NodeFacts& facts) {
  std::vector<Resolver> resolvers;
  for (const ResolverDraft& from : draft.resolvers) {
    Resolver& resolver = resolvers.emplace_back(from.as);
    for (const ListedText& server : from.nameservers) {
      resolver.nameservers.push_back(rules::parse_nameserver(server.text).value());
    }
  }
  // Of the system, for names that no resolver of the file's is for.
  resolvers.emplace_back();
  const std::vector<base::Endpoint> system =
      facts.nameservers.empty() ? parse_resolv_conf({}) : facts.nameservers;
  for (Resolver& resolver : resolvers) {
    if (resolver.nameservers.empty()) resolver.nameservers = system;
  }
  return resolvers;
}

/// Where the resolver for what names `given` (empty: none) stands in the model.
std::size_t resolver_index(const Draft& draft, std::string_view given, const Model& model) {
  return index_of(model.resolvers, resolver_of(draft, given),
                  [](const Resolver& each) { return std::string_view(each.name); });
}

std::optional<ServerName> build_name(const Draft& draft, const ServerDraft& from,
                                     const std::optional<SourceDraft>& source, const Model& model) {
  if (!from.by_name()) return std::nullopt;
  ServerName name{.name = from.host,
                  .service = !from.service.empty(),
                  .port = from.host_port,
                  .slots = from.slots,
                  .prefer = from.prefer};
  if (name.service) name.name = from.service;
  name.resolver = resolver_index(draft, from.resolver, model);
  name.source4 = source_of(source, model.node(), base::Family::kIpv4);
  name.source6 = source_of(source, model.node(), base::Family::kIpv6);
  return name;
}

/// Each server has its own, which gets its name and what is checked behind its arguments.
void build_check_scripts(const CheckDraft& from, Backend& backend, std::vector<Script>& scripts) {
  for (Server& server : backend.servers) {
    if (!server.track.empty()) continue;  // it is checked as the one that it follows
    Script script{.argv = texts_of(from.command.words), .timeout = backend.check->timeout};
    if (!from.service.user.empty()) script.user = from.service.user;
    script.argv.push_back(base::concat(backend.name, "/", server.name));
    script.argv.push_back(server.checked_at.address.value_or(server.address.address).to_string());
    script.argv.push_back(base::concat(server.checked_at.port.value_or(server.address.port)));
    server.check_script = scripts.size();
    scripts.push_back(std::move(script));
  }
}

Backend build_backend(const Draft& draft, const BackendDraft& from, const Model& model) {
  const Node& node = model.node();
  Backend backend = from.backend;
  backend.balance = build_balance(from.balance);
  if (from.under_tls) backend.tls = build_server_tls(from.tls, model);
  if (from.forwarded_for) backend.forwarded_for = from.forwarded_field;
  if (from.check) backend.check = build_check(*from.check, model);
  if (from.agent) {
    backend.agent = from.agent->agent;
    backend.agent->timeout = from.agent->timeout.value_or(backend.agent->interval);
  }
  const CheckPlace checked = from.check ? from.check->place : CheckPlace{};
  if (!from.retry_on.empty()) backend.retry_on = {.connection_failure = false, .statuses = {}};
  for (const ListedText& failure : from.retry_on) rules::add_retry(failure.text, backend.retry_on);
  if (from.finds_outliers) backend.traffic_health.outlier = from.outlier;
  for (const ServerDraft& server : from.servers) {
    const auto& source = server.source ? server.source : from.source;
    const base::Endpoint address = server.address.value_or(base::Endpoint());
    backend.servers.push_back(
        {server.name, address, server.weight, server.backup, server.max_connections.value_or(0),
         server.send_proxy.value_or(backend.send_proxy), place_of(server.checked_at, checked),
         server.track, protocols_of(server.protocols.empty() ? from.protocols : server.protocols),
         server.by_name() ? std::nullopt : source_of(source, node, address.address.family()),
         build_name(draft, server, source, model)});
    backend.servers.back().cookie = server.cookie;
  }
  backend.server_defaults = {.checked_at = checked,
                             .protocols = protocols_of(from.protocols),
                             .source4 = source_of(from.source, node, base::Family::kIpv4),
                             .source6 = source_of(from.source, node, base::Family::kIpv6)};
  backend.rules = build_rules(draft, from.rules, model.tls_files);
  if (from.keeps_alive) backend.keep_alive = from.keep_alive;
  backend.cookie = build_cookie(from.cookie, !draft.cluster.secret_file.empty());
  backend.stick = build_stick(from.stick);
  backend.rate_limits = build_rate_limits(from.rate_limits);
  backend.timeouts.queue = from.queue_timeout.value_or(backend.timeouts.connect);
  backend.server_histograms = draft.metrics.server_histograms;
  return backend;
}

/// An echo that left from a VIP would say nothing of this node's own way.
void add_echoes(Backend& backend, Model& model) {
  for (Server& server : backend.servers) {
    const base::IpAddress address = server.checked_at.address.value_or(server.address.address);
    auto source = of_family(server.source, address.family());
    if (!source) source = of_family(model.node().address, address.family());
    server.echo = model.echoes.size();
    model.echoes.push_back({.address = address, .source = source});
  }
}

/// Where a webhook or relay is, and how it is spoken to.
void build_receiver(const Draft& draft, const AlertDraft& from, const Model& model, Alert& alert) {
  rules::ServerAddress where;
  if (from.url.empty()) {
    where = rules::parse_server_address(from.relay).value();
  } else {
    rules::Url url = rules::parse_url(from.url).value();
    alert.authority = std::move(url.authority);
    alert.target = std::move(url.target);
    where = std::move(url.where);
  }
  alert.tls = from.under_tls();
  const tls_files::Source ca = ca_of(from);
  if (!ca.path.empty()) alert.ca = file_index(model, ca);
  if (where.endpoint) alert.address = where.endpoint->address;
  alert.host = where.host;
  alert.port = where.endpoint ? where.endpoint->port : where.port;
  alert.resolver = resolver_index(draft, from.resolver, model);
}

Alert build_alert(const Draft& draft, const AlertDraft& from, const FilePasswords& passwords,
                  Model& model) {
  Alert alert = from.as;
  if (from.command.words.empty()) {
    build_receiver(draft, from, model, alert);
  } else {
    alert.script = model.scripts.size();
    model.scripts.push_back({.argv = texts_of(from.command.words),
                             .user = from.user,
                             .timeout = alert.timeout,
                             .hears = true});
  }
  const auto password = passwords.find(from.password_file);
  if (password != passwords.end()) alert.password = password->second;
  alert.to = texts_of(from.to);
  const auto about = [&](std::string_view what) {
    return from.about.empty() || is_listed(what, from.about);
  };
  alert.servers = about("servers");
  alert.backends = about("backends");
  alert.targets = about("targets");
  alert.vips = about("vips");
  constexpr base::Duration kMailGroup = std::chrono::minutes(1);
  alert.group = from.group.value_or(alert.to.empty() ? base::Duration(0) : kMailGroup);
  return alert;
}

}  // namespace

Model build(const Draft& draft, std::size_t self, const NodeFacts& facts) {
  Model model;
  model.cluster = draft.cluster;
  model.cluster.nodes = build_nodes(draft);
  model.self = self;
  if (model.cluster.says_hello()) model.hello_key = facts.hello_key;
  model.ticket_key = facts.ticket_key;
  model.cookie_key = facts.cookie_key;
  for (NamedSource& each : tls_sources_of(draft)) model.tls_files.push_back(std::move(each.source));
  model.tls_items = facts.tls_items;
  model.maps = build_maps(draft, model.tls_files);
  model.process = draft.process;
  for (const LogTargetDraft& each : draft.log) model.log.push_back(each.target);
  model.journal = draft.journal;
  model.metrics = draft.metrics;
  if (model.log.empty()) model.log.emplace_back();
  for (const VipDraft& vip : draft.vips) {
    model.vips.push_back(build_vip(draft, vip, model.cluster, self, facts));
    model.vips.back().notify = build_notify(vip.notify, vip.vip.name, false, model);
  }
  for (const SyncGroupDraft& from : draft.sync_groups) {
    SyncGroup group{.name = from.name, .vips = {}};
    for (const ListedText& member : from.members) {
      group.vips.push_back(vip_index(draft, member.text));
    }
    group.notify = build_notify(from.notify, from.name, true, model);
    model.sync_groups.push_back(std::move(group));
  }
  for (const TargetDraft& target : draft.targets) {
    model.targets.push_back(build_target(target, model.node(), model.scripts));
  }
  model.tables = build_tables(draft.tables);
  model.resolvers = build_resolvers(draft, facts);
  for (const BackendDraft& backend : draft.backends) {
    model.backends.push_back(build_backend(draft, backend, model));
    model.backends.back().error_pages = build_error_pages(backend.error_pages, facts.error_pages);
    if (!backend.check) continue;
    if (backend.check->check.type == CheckType::kIcmp) add_echoes(model.backends.back(), model);
    model.backends.back().check->service = build_service(*backend.check, facts.check_passwords);
    if (backend.check->check.type == CheckType::kScript) {
      build_check_scripts(*backend.check, model.backends.back(), model.scripts);
    }
  }
  std::uint16_t next_bind_id = 0;
  for (const FrontendDraft& frontend : draft.frontends) {
    model.frontends.push_back(build_frontend(draft, frontend, facts, model, next_bind_id));
  }
  model.users = build_user_lists(draft, facts.user_files);
  for (const AlertDraft& alert : draft.alerts) {
    model.alerts.push_back(build_alert(draft, alert, facts.check_passwords, model));
  }
  return model;
}

}  // namespace hapair::config
