#include "apps/hapair/import/haproxy/rules/proxy_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "apps/hapair/import/haproxy/rules.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

/// Fields by which proxies tell of their clients: hapair takes them off what others send.
constexpr auto kForwarded = std::to_array<std::string_view>(
    {"header:x-forwarded-for", "header:x-forwarded-proto", "header:x-forwarded-host",
     "header:x-forwarded-port", "header:forwarded"});

bool is_choice(std::string_view keyword) {
  return keyword == "use_backend" || keyword == "use-server";
}

}  // namespace

std::string_view RuleLine::after(std::string_view name, std::size_t from) const {
  for (std::size_t i = from; i + 1 < words.size(); ++i) {
    if (words[i].text == name) return words[i + 1].text;
  }
  return {};
}

bool RuleLine::has(std::string_view name, std::size_t from) const {
  for (std::size_t i = from; i < words.size(); ++i) {
    if (words[i].text == name) return true;
  }
  return false;
}

ProxyRules::ProxyRules(Scope& scope, const Changes& before) : scope_(scope), before_(before) {
  const Proxy& proxy = scope_.proxy();
  scope_.shared().matches.set_owner(proxy.frontend.empty() ? proxy.backend : proxy.frontend);
}

JsonTree& ProxyRules::owner() {
  const Proxy& proxy = scope_.proxy();
  return in_backend() ? model().tree_of_backend(proxy) : model().tree_of_frontend(proxy);
}

void ProxyRules::translate() {
  for (const Line* line : scope_.proxy().lines) translate_line(*line);
  if (rules_.empty()) return;
  if (in_backend() && scope_.is_tcp()) return;
  rules_.write(owner());
}

void ProxyRules::translate_line(const Line& line) {
  const std::string_view keyword = line.keyword();
  if (!is_rule(scope_.proxy(), line) || keyword == "acl" || keyword == "stick-table") return;
  if (line.prefix != Prefix::kNone) {
    marks().not_needed(line.at, "a rule can't be taken back");
    return;
  }
  auto split = split_condition(line.words);
  if (!split) {
    marks().undecided(line.at, split.error().message, "mend the condition");
    return;
  }
  RuleLine rule{
      .line = line, .words = std::move(split->words), .condition = std::move(split->condition)};
  if (keyword == "http-request") {
    http_request(rule);
  } else if (keyword == "http-response" || keyword == "http-after-response") {
    rule.stage = Stage::kResponse;
    http_response(rule);
  } else if (keyword == "tcp-request" || keyword == "tcp-response") {
    tcp_request(rule);
  } else if (keyword == "redirect") {
    rule.stage = Stage::kRedirect;
    redirect(rule, 1);
  } else if (is_choice(keyword)) {
    rule.stage = Stage::kChoice;
    keyword == "use_backend" ? use_backend(rule) : use_server(rule);
  } else if (keyword == "monitor") {
    monitor_fail(rule);
  } else {
    legacy(rule);
  }
}

void ProxyRules::cannot(RuleLine& rule, std::string_view why) {
  if (rule.guards) {
    marks().undecided(rule.line.at,
                      concat("this rule refuses or lets through, and is not in the result: ", why),
                      "say it by what hapair has, or do without it");
  } else {
    marks().not_supported(rule.line.at, std::string(why));
  }
}

std::optional<Formula> ProxyRules::when(RuleLine& rule) {
  auto formula = scope_.condition(rule.condition, rule.remarks);
  if (!formula) {
    cannot(rule, formula.error().message);
    return std::nullopt;
  }
  std::vector<Formula> parts;
  parts.push_back(*std::move(formula));
  for (const Formula& each : allowed_[rule.stage]) parts.push_back(negation(each));
  return all(std::move(parts));
}

bool ProxyRules::emit(RuleLine& rule, const Formula& formula, std::string_view action,
                      JsonTree value) {
  if (formula.is_false()) {
    marks().not_needed(rule.line.at, "never holds");
    return false;
  }
  if (asks_for_user(formula)) {
    cannot(
        rule,
        "whether a client has a password is not asked by a `match`; `basic_auth` asks for it and "
        "refuses the others");
    return false;
  }
  if (in_backend() && scope_.is_tcp()) {
    cannot(rule, "backends of mode tcp have no rules; write it in their frontend");
    return false;
  }
  look_for_changes(rule, looks_at(formula));
  auto match = scope_.shared().matches.match_of(formula);
  if (!match) {
    cannot(rule, match.error().message);
    return false;
  }
  if (rules_.size() >= 4096) {
    cannot(rule, "there are more rules than the 4096 that a proxy has; write lists as maps");
    return false;
  }
  rules_.add(rule.stage, rule.line, *std::move(match), action, std::move(value));
  marks().kept(rule.line.at, rule.remarks);
  return true;
}

void ProxyRules::emit_texts(
    RuleLine& rule, std::string_view format,
    const std::function<bool(const std::string& text, const Formula& when)>& each) {
  const auto formula = when(rule);
  if (!formula) return;
  const auto cases = texts_of(format, scope_, rule.remarks);
  if (!cases) {
    cannot(rule, cases.error().message);
    return;
  }
  bool some = false;
  for (const TextCase& text : *cases) {
    const auto named = named_in(text.text);
    look_for_changes(rule, std::set<std::string>(named.begin(), named.end()));
    const Formula both = all(*formula, text.when);
    if (both.is_false()) continue;
    some = true;
    if (!each(text.text, both)) return;
  }
  if (!some) marks().not_needed(rule.line.at, "never holds");
}

void ProxyRules::look_for_changes(RuleLine& rule, const std::set<std::string>& looks) {
  for (const std::string& each : looks) {
    for (const Changes* changes : {&changes_, &before_}) {
      const auto found = changes->find(each);
      if (found == changes->end() || found->second == rule.line.at) continue;
      rule.remarks.decisions.push_back(
          {concat("it looks at what ", model().context.sources.name(found->second),
                  " has changed (", each, "), and hapair's rules see the request as it came"),
           "write the condition for what clients send"});
      break;
    }
    if (std::ranges::find(kForwarded, each) != kForwarded.end() && !changes_.contains(each)) {
      rule.remarks.decisions.push_back({concat("it believes what anybody may say in ",
                                               each.substr(std::string_view("header:").size())),
                                        "name the proxies that may say so in the frontend's "
                                        "`trusted_proxies`; src is the client "
                                        "that they name then"});
    }
  }
}

void ProxyRules::changes(RuleLine& rule, std::string_view what) {
  changes_.emplace(std::string(what), rule.line.at);
}

void ProxyRules::allow(RuleLine& rule) {
  rule.guards = true;
  const auto formula = when(rule);
  if (!formula) return;
  if (formula->is_false()) {
    marks().not_needed(rule.line.at, "never holds");
    return;
  }
  if (asks_for_user(*formula)) {
    cannot(rule, "whom a password lets through is not known to later rules; put `basic_auth` last");
    return;
  }
  look_for_changes(rule, looks_at(*formula));
  std::vector<Formula>& allowed = allowed_[rule.stage];
  if (allowed.size() >= 64) {
    cannot(rule, "more than 64 rules let clients through; join them");
    return;
  }
  allowed.push_back(*formula);
  rule.remarks.changed.emplace_back("the rules behind it say for whom they are not");
  marks().kept(rule.line.at, rule.remarks);
}

std::string ProxyRules::time_out(std::string_view name) const {
  const Line* const line = scope_.proxy().setting({"timeout", name});
  if (line == nullptr) return {};
  const auto time = parse_time(line->word(2));
  return time ? duration_text(*time) : std::string();
}

}  // namespace hapair::importing::haproxy
