// Rules that choose a backend or a server; see proxy_rules.hpp.
#include <algorithm>
#include <utility>

#include "apps/hapair/config/rules_matches.hpp"
#include "apps/hapair/import/haproxy/rules.hpp"
#include "apps/hapair/import/haproxy/rules/fetch_tests.hpp"
#include "apps/hapair/import/haproxy/rules/patterns.hpp"
#include "apps/hapair/import/haproxy/rules/proxy_rules.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

/// "app-%[req.hdr(host),lower]-web": a text that names a backend.
struct NamedBy {
  std::string before;
  Sample sample;
  std::string after;
};

std::optional<NamedBy> named_by(std::string_view format) {
  const std::size_t begin = format.find("%[");
  const std::size_t end = format.rfind(']');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin ||
      format.find("%[", begin + 2) != std::string_view::npos) {
    return std::nullopt;
  }
  auto sample = parse_sample(format.substr(begin + 2, end - begin - 2));
  if (!sample) return std::nullopt;
  return NamedBy{std::string(format.substr(0, begin)), *std::move(sample),
                 std::string(format.substr(end + 1))};
}

}  // namespace

void ProxyRules::use_backend(RuleLine& rule) {
  const std::string_view name = rule.word(1);
  if (in_backend()) {
    marks().undecided(rule.line.at, "a backend can't send requests on to another",
                      "write the rule in the frontend");
    return;
  }
  if (!ends_at(rule, 2)) return;
  if (name.find("%[") != std::string_view::npos) {
    const auto by = named_by(name);
    if (by && by->before.empty() && by->after.empty() && !by->sample.converters.empty() &&
        by->sample.converters.back().name.starts_with("map")) {
      use_mapped(rule, by->sample);
    } else {
      use_named(rule, name);
    }
    return;
  }
  const Proxy* const backend = model().backend(name);
  if (backend == nullptr) {
    marks().undecided(rule.line.at,
                      concat("there is no backend \"", base::printable(name, 64), "\""),
                      "mend the name, or write the backend");
    return;
  }
  const auto formula = when(rule);
  if (!formula) return;
  if (backend->is_page() && send_to_page(rule, *formula)) return;
  if (backend->backend.empty()) {  // Who is sent there must not come to the servers of another.
    const bool rules = std::ranges::any_of(backend->lines, [backend](const Line* line) {
      return is_rule(*backend, *line) && line->keyword() != "acl";
    });
    if (rules) {
      rule.remarks.decisions.push_back(
          {"that backend has no servers, and its rules are not in the result: all get 503",
           "write them in the frontend, with this condition"});
    } else {
      rule.remarks.changed.emplace_back("that backend has no servers: 503, as from HAProxy");
    }
    JsonTree deny;
    if (!scope_.is_tcp()) deny["status"] = 503;
    (void)emit(rule, *formula, "deny", std::move(deny));
    return;
  }
  (void)emit(rule, *formula, "use_backend", backend->backend);
}

/// The page of a backend without servers is the frontend's in the result, for those alone whom the
/// rule sends there; false where it is not in the result.
bool ProxyRules::send_to_page(RuleLine& rule, const Formula& formula) {
  const JsonTree* const page = owner().find("stats");
  const JsonTree* const uri = page != nullptr && page->is_object() ? page->find("uri") : page;
  if (uri == nullptr || uri->text() == nullptr) return false;
  rule.remarks.changed.emplace_back("that backend has no servers, but a page: the frontend's");
  if (looks_at(formula) == std::set<std::string>{"path"}) {
    marks().kept(rule.line.at, rule.remarks);
    return true;
  }
  const Formula there = one_of("path_prefix", {uri->text()->substr(0, uri->text()->find('?'))});
  JsonTree deny;
  deny["status"] = 503;
  (void)emit(rule, all(formula, negation(there)), "deny", std::move(deny));
  if (!formula.is_true()) (void)emit(rule, all(negation(formula), there), "deny", JsonTree());
  return true;
}

void ProxyRules::use_mapped(RuleLine& rule, const Sample& sample) {
  const Call& call = sample.converters.back();
  const std::string_view kind = map_kind_of(call.name);
  const std::string map_key = map_key_of(sample, sample.converters.size() - 1);
  if (kind.empty() || map_key.empty() || scope_.is_tcp()) {
    cannot(rule,
           "backends are named by maps by exact, prefix, domain and network, of what a request "
           "says (`use_backend` with `map`); write use_backend for each");
    return;
  }
  const auto map = scope_.shared().maps.name_of(std::string(call.argument(0)), kind);
  if (!map) {
    cannot(rule, map.error().message);
    return;
  }
  const auto formula = when(rule);
  if (!formula) return;
  JsonTree use;
  use["map"] = *map;
  use["key"] = map_key;
  std::string fallback(call.argument(1));
  if (fallback.empty()) {
    const Line* const usual = scope_.proxy().setting({"default_backend"});
    if (usual != nullptr) fallback = usual->word(1);
  }
  const Proxy* const backend = fallback.empty() ? nullptr : model().backend(fallback);
  if (backend != nullptr && !backend->backend.empty()) {
    use["default"] = backend->backend;
  } else if (!call.argument(1).empty()) {
    rule.remarks.decisions.push_back(
        {concat("the map's other backend \"", base::printable(call.argument(1), 64), "\" is none"),
         "mend the name"});
  }
  if (kind == "domain") {
    rule.remarks.changed.emplace_back(
        "the key is the domain or one above it, never one in its middle");
  }
  (void)emit(rule, *formula, "use_backend", std::move(use));
}

void ProxyRules::use_named(RuleLine& rule, std::string_view format) {
  const auto by = named_by(format);
  if (!by) {
    cannot(rule, "a backend's name is made of one part of the request; write use_backend for each");
    return;
  }
  const auto formula = when(rule);
  if (!formula) return;
  bool some = false;
  for (const Proxy& each : model().proxies) {
    const std::string& name = each.section->name;
    if (each.backend.empty() || each.mode != scope_.proxy().mode ||
        name.size() <= by->before.size() + by->after.size() || !name.starts_with(by->before) ||
        !name.ends_with(by->after)) {
      continue;
    }
    const std::string part =
        name.substr(by->before.size(), name.size() - by->before.size() - by->after.size());
    AclTest test{.sample = by->sample, .how = Compared::kStr};
    test.patterns.push_back(part);
    Remarks remarks;
    const auto is_it = formula_of(test, scope_, remarks);
    if (!is_it) {
      cannot(rule, is_it.error().message);
      return;
    }
    const Formula both = all(*formula, *is_it);
    if (both.is_false()) continue;
    if (!emit(rule, both, "use_backend", each.backend)) return;
    some = true;
  }
  if (!some) {
    cannot(rule, "no backend has such a name; write use_backend for each");
    return;
  }
  marks().changed(rule.line.at, "is a rule for each backend that has such a name now");
}

void ProxyRules::use_server(RuleLine& rule) {
  const Proxy& proxy = scope_.proxy();
  const std::string server = config_name(rule.word(1));
  if (proxy.backend.empty()) {
    cannot(rule, "the proxy has no servers in the result");
    return;
  }
  if (!ends_at(rule, 2)) return;
  if (rule.word(1).find('%') != std::string_view::npos) {
    cannot(rule, "a server is named as it is; write use-server for each");
    return;
  }
  const JsonTree* const servers = model().tree_of_backend(proxy).find("servers");
  const JsonTree* const found = servers == nullptr ? nullptr : servers->find(server);
  if (found == nullptr) {
    marks().undecided(rule.line.at,
                      concat("there is no server \"", base::printable(rule.word(1), 64), "\""),
                      "mend the name");
    return;
  }
  const JsonTree* const address = found->find("address");
  if (address == nullptr || address->text() == nullptr ||
      !base::Endpoint::parse(*address->text())) {
    cannot(rule,
           "a server that is found by name stands for several; give it a backend of its own, "
           "and write use_backend");
    return;
  }
  const auto formula = when(rule);
  if (!formula) return;
  (void)emit(rule, *formula, "use_server", concat(proxy.backend, "/", server));
}

void ProxyRules::monitor_fail(RuleLine& rule) {
  JsonTree* const monitor = in_backend() ? nullptr : owner().find("monitor");
  if (monitor == nullptr || !rule.condition) {
    marks().not_needed(rule.line.at, "there is no monitor-uri that it could make fail");
    return;
  }
  const auto formula = when(rule);
  if (!formula) return;
  std::vector<Formula> parts;
  if (formula->kind == Formula::Kind::kAny && formula->name.empty()) {
    parts = formula->of;
  } else {
    parts.push_back(*formula);
  }
  JsonTree backends = JsonTree::list();
  for (Formula part : parts) {
    part.name.clear();
    const Formula* const inner = part.kind == Formula::Kind::kNot ? &part.of[0] : nullptr;
    const JsonTree* const healthy = inner != nullptr && inner->kind == Formula::Kind::kKeys
                                        ? inner->keys.find("healthy")
                                        : nullptr;
    if (healthy == nullptr || healthy->contains("at_least")) {
      cannot(rule,
             "a monitor fails while a backend has no usable server (`fail_without`); write "
             "nbsrv(BACKEND) lt 1");
      return;
    }
    backends.add(*healthy->find("backend"));
  }
  if (!monitor->contains("fail_without")) (*monitor)["fail_without"] = JsonTree::list();
  for (JsonTree& each : backends.items()) (*monitor)["fail_without"].add(std::move(each));
  marks().kept(rule.line.at, rule.remarks);
}

}  // namespace hapair::importing::haproxy
