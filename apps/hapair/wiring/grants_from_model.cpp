#include "apps/hapair/wiring/grants_from_model.hpp"

#include <grp.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "apps/hapair/config/accounts.hpp"
#include "common/base/text.hpp"

namespace hapair::wiring {
namespace {

constexpr std::size_t kMaxUserGroups = 64;
constexpr const char* kStandIn = "nobody";
constexpr std::uint32_t kRootGroup = 0;

/// All groups that a user is in, its own among them.
std::vector<std::uint32_t> groups_of(const std::string& user, gid_t gid) {
  std::vector<gid_t> groups(kMaxUserGroups);
  int count = static_cast<int>(groups.size());
  if (::getgrouplist(user.c_str(), gid, groups.data(), &count) < 0) return {gid};
  groups.resize(static_cast<std::size_t>(count));
  return {groups.begin(), groups.end()};
}

std::size_t place_of(const std::vector<std::string>& interfaces, const std::string& name) {
  return static_cast<std::size_t>(std::ranges::find(interfaces, name) - interfaces.begin());
}

void grant_routing(const config::Vip& vip, const std::vector<std::string>& interfaces,
                   guardian::GroupGrant& grant) {
  for (const config::VipRoute& each : vip.routes) {
    grant.routes.push_back({.route = {.to = each.to,
                                      .via = each.via,
                                      .source = each.source,
                                      .table = each.table,
                                      .metric = each.metric},
                            .interface = place_of(interfaces, each.interface)});
  }
  for (const config::VipRule& each : vip.rules) {
    grant.rules.push_back(
        {.from = each.from, .to = each.to, .table = each.table, .priority = each.priority});
  }
}

guardian::GroupGrant group_grant(const config::Vip& vip,
                                 const std::vector<std::string>& interfaces) {
  guardian::GroupGrant grant;
  grant.name = vip.name;
  grant.interface = place_of(interfaces, vip.interface);
  grant.version = vip.version == 2 ? vrrp::Version::kV2 : vrrp::Version::kV3;
  grant.router_id = vip.router_id;
  if (vip.password) grant.password = vrrp::auth_key(*vip.password);
  if (vip.auth == config::Auth::kHmac && vip.hmac_mode != config::HmacMode::kReceiveOnly) {
    grant.sign_with = hmac_key_of(vip.hmac_key);
  }
  grant.source = vip.source;
  grant.unicast = vip.transport == config::Transport::kUnicast;
  if (grant.unicast) grant.peers = vip.peers;
  grant.announce_interval = vip.announce.interval;
  grant.virtual_mac = vip.virtual_mac;
  grant_routing(vip, interfaces, grant);
  for (const config::VipAddress& each : vip.addresses) {
    grant.addresses.push_back({.prefix = each.prefix,
                               .interface = place_of(interfaces, each.interface),
                               .label = each.label,
                               .scope = static_cast<std::uint8_t>(each.scope),
                               .advertised = each.advertise});
  }
  return grant;
}

guardian::BindGrant bind_grant(const config::Bind& bind, const config::Model& model,
                               const std::vector<std::string>& interfaces) {
  guardian::BindGrant grant;
  if (bind.vip) {
    for (const config::VipAddress& each : model.vips[*bind.vip].addresses) {
      if (each.prefix.address != bind.endpoint.address) continue;
      grant.interface = place_of(interfaces, each.interface);
    }
  }
  grant.endpoint = bind.endpoint;
  grant.unix_path = bind.unix_path;
  grant.freebind = bind.vip.has_value();
  return grant;
}

guardian::TargetGrant target_grant(const config::Target& target) {
  switch (target.type) {
    case config::TargetType::kInterface:
      return guardian::InterfaceTarget{.interface = target.interface,
                                       .addresses = target.addresses};
    case config::TargetType::kGateway: {
      const bool by_echo = target.by == config::GatewayBy::kEcho;
      const bool anywhere = by_echo && !target.only_there;
      using By = guardian::GatewayTarget::By;
      return guardian::GatewayTarget{.address = target.address,
                                     .by = by_echo ? By::kEcho : By::kNeighbour,
                                     .interface = anywhere ? std::string() : target.interface,
                                     .source = by_echo ? target.source : std::nullopt};
    }
    case config::TargetType::kScript:
    case config::TargetType::kFile:
    case config::TargetType::kProcess:
      return guardian::ScriptTarget{};
  }
  return {};
}

}  // namespace

base::Result<Identity> look_up_identity(const std::string& user, const std::string& group) {
  const auto entry = config::find_user(user);
  if (!entry) {
    return base::fail(
        base::concat("process.user: this host has no user '", user,
                     "'; create it (systemd-sysusers does, from the package) or name another one"));
  }
  if (entry->uid == 0) {
    return base::fail(
        base::concat("process.user: '", user,
                     "' is root; the worker talks to the network and must be another user"));
  }
  const auto gid = look_up_group(group);
  if (!gid) return std::unexpected(gid.error().within("process.group"));
  return Identity{.user = user, .uid = entry->uid, .gid = *gid, .control_gid = *gid};
}

base::Result<Identity> stand_in_identity() {
  const auto nobody = config::find_user(kStandIn);
  if (!nobody)
    return base::fail(base::concat("process.user: this host has no user '", kStandIn, "'"));
  return Identity{
      .user = kStandIn, .uid = nobody->uid, .gid = nobody->gid, .control_gid = kRootGroup};
}

base::Result<std::uint32_t> look_up_group(const std::string& group) {
  const auto gid = config::find_group(group);
  if (!gid) {
    return base::fail(base::concat("this host has no group '", group,
                                   "'; create it (groupadd --system ", group,
                                   ") or name another one"));
  }
  return *gid;
}

vrrp::HmacKey hmac_key_of(std::string_view derived) {
  vrrp::HmacKey key{};
  std::copy_n(derived.begin(), std::min(derived.size(), key.size()), key.begin());
  return key;
}

base::Result<std::vector<scripts::Script>> look_up_scripts(const config::Model& model) {
  std::vector<scripts::Script> scripts;
  for (const config::Script& script : model.scripts) {
    const auto user = config::find_user(script.user);
    if (!user) {
      return base::fail(base::concat(script.argv.front(), ": this host has no user '", script.user,
                                     "' to run it as; create it or name another one"));
    }
    scripts.push_back({.argv = script.argv,
                       .uid = user->uid,
                       .gid = user->gid,
                       .groups = groups_of(script.user, user->gid),
                       .timeout = script.timeout,
                       .kind = script.kind,
                       .hears = script.hears});
  }
  return scripts;
}

std::vector<std::string> interfaces_of(const config::Model& model) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const config::Vip& vip : model.vips) {
    add(vip.interface);
    for (const config::VipAddress& each : vip.addresses) add(each.interface);
    for (const config::VipRoute& each : vip.routes) add(each.interface);
  }
  return names;
}

std::vector<std::string> log_files_of(const config::Model& model) {
  std::vector<std::string> paths;
  for (const config::LogTarget& target : model.log) {
    if (target.type != config::LogType::kFile) continue;
    if (std::ranges::find(paths, target.path) == paths.end()) paths.push_back(target.path);
  }
  return paths;
}

guardian::Grants grants_from_model(const config::Model& model, const Identity& identity,
                                   const std::string& control_path) {
  guardian::Grants grants;
  grants.node = model.node().name;
  grants.uid = identity.uid;
  grants.gid = identity.gid;
  grants.user = identity.user;
  grants.heartbeat_limit = model.process.heartbeat_limit;
  grants.drain_timeout = model.process.drain_timeout;
  grants.interfaces = interfaces_of(model);
  for (const config::Vip& vip : model.vips) {
    grants.groups.push_back(group_grant(vip, grants.interfaces));
  }
  for (const config::Frontend& frontend : model.frontends) {
    for (const config::Bind& bind : frontend.binds) {
      if (grants.binds.size() <= bind.id) grants.binds.resize(bind.id + std::size_t{1});
      grants.binds[bind.id] = bind_grant(bind, model, grants.interfaces);
    }
  }
  for (const config::Target& target : model.targets) grants.targets.push_back(target_grant(target));
  for (const config::Echo& echo : model.echoes) {
    grants.targets.emplace_back(
        guardian::GatewayTarget{.address = echo.address, .interface = {}, .source = echo.source});
  }
  for (const config::Notify& notify : model.notifies) {
    grants.notifies.push_back(
        {.subject = notify.group ? vrrp::NotifySubject::kGroup : vrrp::NotifySubject::kInstance,
         .name = notify.name,
         .by_state = notify.by_state,
         .any = notify.any});
  }
  grants.control = {.path = control_path, .gid = identity.control_gid, .mode = 0660};
  grants.logs = {.paths = log_files_of(model), .gid = identity.control_gid};
  grants.tls_files = model.tls_files;
  if (model.journal.kept) {
    grants.journal = {
        .path = base::concat(model.journal.directory, "/journal-", grants.node, ".jsonl"),
        .max_bytes = model.journal.max_size,
        .gid = identity.control_gid};
  }
  return grants;
}

}  // namespace hapair::wiring
