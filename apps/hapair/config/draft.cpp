#include "apps/hapair/config/draft.hpp"

#include <algorithm>

namespace hapair::config {
namespace {

constexpr std::size_t kFirstPriority = 254;

}  // namespace

std::uint8_t priority_of(const Draft& draft, std::size_t node) {
  return draft.nodes[node].priority.value_or(static_cast<std::uint8_t>(kFirstPriority - node));
}

std::uint8_t priority_of(const Draft& draft, const VipDraft& vip, std::size_t node) {
  for (const auto& [name, priority] : vip.priorities) {
    if (name == draft.nodes[node].name) return static_cast<std::uint8_t>(priority);
  }
  return priority_of(draft, node);
}

Attachment home_of(const NodeDraft& node) {
  Attachment home{.interface = node.interface, .address = {}, .address6 = node.address6};
  if (node.address) (node.address->is_v4() ? home.address : home.address6) = node.address;
  return home;
}

std::optional<Attachment> attachment_of(const NodeDraft& node, std::string_view network) {
  if (network.empty()) return home_of(node);
  const auto found = std::ranges::find(node.networks, network, &NetworkDraft::name);
  if (found == node.networks.end()) return std::nullopt;
  return found->attachment;
}

std::optional<base::IpAddress> address_of(const VipAddressDraft& each) {
  if (each.address.empty()) return std::nullopt;
  return base::Prefix::parse(each.address).value().address;
}

std::optional<base::Family> family_of(const VipDraft& vip) {
  if (vip.family) return vip.family;
  for (const VipAddressDraft& each : vip.addresses) {
    const auto address = address_of(each);
    if (address && each.as.advertise) return address->family();
  }
  return std::nullopt;
}

std::optional<base::Prefix> destination_of(const VipRouteDraft& route) {
  if (route.to.empty()) return std::nullopt;
  if (route.to != "default") return base::Prefix::parse(route.to).value();
  const auto& told = route.as.via ? route.as.via : route.as.source;
  if (!told) return std::nullopt;
  return base::Prefix{base::IpAddress::any(told->family()), 0};
}

std::uint32_t metric_of(const VipRouteDraft& route, base::Family family) {
  constexpr std::uint32_t kIpv6Metric = 1024;  // the kernel's; it knows no 0 there
  const std::uint32_t given = route.metric.value_or(0);
  return given == 0 && family == base::Family::kIpv6 ? kIpv6Metric : given;
}

Auth auth_of(const VipDraft& vip, bool secret) {
  if (vip.auth) return *vip.auth;
  return vip.vip.version == 3 && secret ? Auth::kHmac : Auth::kNone;
}

std::vector<const NotifyDraft*> notifies_of(const Draft& draft) {
  std::vector<const NotifyDraft*> notifies;
  for (const VipDraft& vip : draft.vips) {
    if (vip.notify) notifies.push_back(&*vip.notify);
  }
  for (const SyncGroupDraft& group : draft.sync_groups) {
    if (group.notify) notifies.push_back(&*group.notify);
  }
  return notifies;
}

std::vector<const ScriptDraft*> scripts_of(const Draft& draft) {
  std::vector<const ScriptDraft*> scripts;
  for (const NotifyDraft* notify : notifies_of(draft)) {
    for (const ScriptDraft* script :
         {&notify->master, &notify->backup, &notify->fault, &notify->stop, &notify->any}) {
      if (!script->words.empty()) scripts.push_back(script);
    }
  }
  for (const TargetDraft& target : draft.targets) {
    if (!target.command.words.empty()) scripts.push_back(&target.command);
  }
  for (const AlertDraft& alert : draft.alerts) {
    if (!alert.command.words.empty()) scripts.push_back(&alert.command);
  }
  for (const BackendDraft& backend : draft.backends) {
    if (backend.check && !backend.check->command.words.empty()) {
      scripts.push_back(&backend.check->command);
    }
  }
  return scripts;
}

bool FrontendDraft::uses(std::string_view backend) const {
  if (default_backend == backend ||
      std::ranges::find(sni_routes, backend, &SniRouteDraft::backend) != sni_routes.end()) {
    return true;
  }
  return std::ranges::any_of(rules, [&](const RuleDraft& rule) {
    return rule.backend() == backend || (frontend.mode == Mode::kHttp && rule.use_mapped &&
                                         rule.use_mapped->fallback == backend);
  });
}

std::vector<std::string> texts_of(const std::vector<ListedText>& list) {
  std::vector<std::string> texts;
  for (const ListedText& each : list) texts.push_back(each.text);
  return texts;
}

bool is_listed(std::string_view text, const std::vector<ListedText>& list) {
  return std::ranges::find(list, text, &ListedText::text) != list.end();
}

std::size_t user_list_index(const Draft& draft, std::string_view name) {
  const auto at = std::ranges::find(draft.users, name, &UserListDraft::name);
  return static_cast<std::size_t>(at - draft.users.begin());
}

bool asks_backend(const Draft& draft, std::string_view name) {
  const auto asks = [&](const auto& owner) {
    return std::ranges::any_of(owner.rules, [&](const RuleDraft& rule) {
      return rule.forward_auth && rule.forward_auth->backend == name;
    });
  };
  return std::ranges::any_of(draft.frontends, asks) || std::ranges::any_of(draft.backends, asks);
}

std::size_t backend_index(const Draft& draft, std::string_view name) {
  const auto at = std::ranges::find_if(
      draft.backends, [&](const BackendDraft& each) { return each.backend.name == name; });
  return static_cast<std::size_t>(at - draft.backends.begin());
}

std::size_t table_index(const Draft& draft, std::string_view name) {
  const auto at = std::ranges::find(draft.tables, name, &TableDraft::name);
  return static_cast<std::size_t>(at - draft.tables.begin());
}

std::string_view resolver_of(const Draft& draft, std::string_view given) {
  if (!given.empty()) return given;
  const bool has_default = std::ranges::any_of(
      draft.resolvers, [](const ResolverDraft& each) { return each.as.name == kDefaultResolver; });
  return has_default ? kDefaultResolver : std::string_view();
}

std::set<std::string_view> resolvers_of(const Draft& draft) {
  std::set<std::string_view> names;
  for (const BackendDraft& backend : draft.backends) {
    for (const ServerDraft& server : backend.servers) {
      if (server.by_name()) names.insert(resolver_of(draft, server.resolver));
    }
  }
  for (const AlertDraft& alert : draft.alerts) {
    if (alert.command.words.empty()) names.insert(resolver_of(draft, alert.resolver));
  }
  return names;
}

bool asks_system(const Draft& draft) {
  const auto none_given = [](const ResolverDraft& each) { return each.nameservers.empty(); };
  return std::ranges::any_of(draft.resolvers, none_given) || resolvers_of(draft).contains("");
}

}  // namespace hapair::config
