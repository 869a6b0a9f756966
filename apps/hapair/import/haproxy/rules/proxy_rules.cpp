#include "apps/hapair/import/haproxy/rules/proxy_rules.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

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

bool is_for_http(std::string_view keyword) {
  return keyword.starts_with("http-") || keyword.starts_with("req") || keyword.starts_with("rsp") ||
         keyword == "redirect" || keyword == "block";
}

bool is_choice(std::string_view keyword) {
  return keyword == "use_backend" || keyword == "use-server";
}

/// What does the same once more where a request comes by it twice.
constexpr auto kRepeatable = std::to_array<std::string_view>(
    {"answer", "basic_auth", "capture", "deny", "drop", "priority", "redirect", "remove_header",
     "remove_response_header", "set_header", "set_response_header", "tarpit", "timeouts",
     "use_server"});

/// HAProxy goes through the lines of one keyword after those of another, however they are mixed.
int turn_of(const Line* line) {
  const std::string_view keyword = line->keyword();
  if (keyword == "tcp-request") return 0;
  if (keyword == "block") return 1;
  if (keyword.starts_with("req")) return 3;
  if (keyword == "redirect") return 4;
  return is_choice(keyword) ? 5 : 2;
}

/// HAProxy's list of rules in which the line stands; `accept` and `allow` end one of them.
std::string list_of(const Line& line) {
  return line.keyword() == "tcp-request" ? concat("tcp-request ", line.word(1))
                                         : std::string(line.keyword());
}

/// What it is about does not reach the rules behind it.
bool ends_the_list(const RuleLine& rule) {
  return rule.guards || rule.word(0) == "redirect" || rule.word(1) == "redirect";
}

bool lets_through(const Line& line) {
  return line.word(line.keyword() == "tcp-request" ? 2 : 1) ==
         (line.keyword() == "tcp-request" ? "accept" : "allow");
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
  has_guests_ = scope_.shared().has_guests(proxy);
  scope_.shared().matches.set_owner(proxy.frontend.empty() ? proxy.backend : proxy.frontend);
}

JsonTree& ProxyRules::owner() {
  const Proxy& proxy = scope_.proxy();
  return in_backend() ? model().tree_of_backend(proxy) : model().tree_of_frontend(proxy);
}

void ProxyRules::translate() {
  // Lines of one turn stay in the order of the file.
  std::multimap<int, const Line*> turns;
  for (const Line* line : scope_.proxy().lines) turns.emplace(turn_of(line), line);
  std::vector<const Line*> lines;
  for (const auto& [turn, line] : turns) lines.push_back(line);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lets_through(*lines[i])) last_of_list_[list_of(*lines[i])] = i;
  }
  for (turn_ = 0; turn_ < lines.size(); ++turn_) translate_line(*lines[turn_]);
  if (rules_.empty()) return;
  if (in_backend() && scope_.is_tcp()) return;
  rules_.write(owner());
  if (!guest_rules_.empty()) guest_rules_.write(model().tree_of_backend(scope_.proxy()));
}

void ProxyRules::translate_line(const Line& line) {
  const std::string_view keyword = line.keyword();
  if (!is_rule(scope_.proxy(), line) || keyword == "acl" || keyword == "stick-table") return;
  if (line.prefix != Prefix::kNone) {
    marks().not_needed(line.at, "a rule can't be taken back");
    return;
  }
  if (scope_.is_tcp() && is_for_http(keyword)) {
    marks().not_needed(line.at, "in mode tcp it has no effect");
    return;
  }
  auto split = split_condition(line.words);
  if (!split) {
    marks().undecided(line.at, split.error().message, "mend the condition");
    return;
  }
  if (split->condition) {
    const std::string_view late = scope_.declared_behind(*split->condition, line);
    if (!late.empty()) {
      marks().wrong(line.at,
                    concat("its ACL ", base::printable(late, 64), " is declared behind it"),
                    "it is meant, though HAProxy refuses that");
    }
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

void ProxyRules::faulty(RuleLine& rule, std::string_view what, std::string_view decide) {
  marks().undecided(rule.line.at, concat("the rule is not in the result: ", what),
                    std::string(decide));
}

bool ProxyRules::ends_at(RuleLine& rule, std::size_t count) {
  if (rule.words.size() <= count) return true;
  faulty(rule, concat("\"", base::printable(rule.word(count), 64), "\" is too much in it"),
         "put if or unless before a condition, or take it off");
  return false;
}

std::optional<Formula> ProxyRules::when(RuleLine& rule) {
  auto formula = scope_.condition(rule.condition, rule.remarks);
  if (!formula) {
    if (const auto& fault = rule.remarks.fault) {
      faulty(rule, fault->what, fault->decide);
    } else {
      cannot(rule, formula.error().message);
    }
    return std::nullopt;
  }
  std::vector<Formula> parts;
  parts.push_back(*std::move(formula));
  for (const Formula& each : allowed_[rule.stage]) parts.push_back(negation(each));
  if (ends_the_list(rule)) {
    for (const Formula& each : served_) parts.push_back(negation(each));
  }
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
  std::vector<std::string> comments;
  for (const Formula& each : conjuncts(formula)) {
    if (each.kind != Formula::Kind::kKeys || !each.in_place) continue;
    comments.insert(comments.end(), each.comments.begin(), each.comments.end());
  }
  const bool of_connections = rule.stage == Stage::kConnection || rule.stage == Stage::kSession;
  if (has_guests_ && !of_connections && action != "use_backend") {
    const bool repeatable = std::ranges::find(kRepeatable, action) != kRepeatable.end();
    if (repeatable && !scope_.is_tcp() && !looks_at(formula).contains("rate_over")) {
      guest_rules_.add(rule.stage, rule.line, *match, action, value, comments);
      rule.remarks.changed.emplace_back("stands in the backend too, for the other frontends' sake");
    } else {
      rule.remarks.decisions.push_back(
          {"other frontends send to this proxy too, and for them the rule is not in the result",
           "write it in these frontends, or in a backend that all of them use"});
    }
  }
  rules_.add(rule.stage, rule.line, *std::move(match), action, std::move(value), comments);
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
  if (!ends_at(rule, rule.action + 1)) return;
  if (rule.condition && !rule.condition->unless) {
    AnyOf& any_of = rule.condition->any_of;
    const std::size_t waiting =
        std::erase_if(any_of, [this](const auto& terms) { return scope_.waits_for_end(terms); });
    if (waiting > 0) {
      rule.remarks.changed.emplace_back(
          "the rules behind it judge all, as HAProxy's do until the time is over");
    }
    if (any_of.empty()) {
      marks().kept(rule.line.at, rule.remarks);
      return;
    }
  }
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
  if (turn_ > last_of_list_[list_of(rule.line)]) {
    marks().not_needed(rule.line.at, "no rule stands behind it from which it would spare anybody");
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

std::string ProxyRules::time_out(std::string_view name) {
  const Line* const line = scope_.proxy().setting({"timeout", name});
  if (line == nullptr) return {};
  if (name == "tarpit") marks().changed(line->at, "the `delay` of `tarpit` in rules");
  const auto time = parse_time(line->word(2));
  return time ? duration_text(*time) : std::string();
}

}  // namespace hapair::importing::haproxy
