// Rules of tcp-request, and those of responses; see proxy_rules.hpp.
#include <algorithm>
#include <array>
#include <utility>

#include "apps/hapair/import/haproxy/rules/proxy_rules.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::int64_t kMostCount = 1'000'000;

}  // namespace

void ProxyRules::tcp_request(RuleLine& rule) {
  const std::string_view when = rule.word(1);
  if (rule.word(0) == "tcp-response") {
    cannot(rule, "what servers answer on a connection is not looked at");
    return;
  }
  if (when == "inspect-delay") {
    marks().not_needed(
        rule.line.at,
        "what a client opens TLS with is waited for where a rule asks for it, 5 s at "
        "most");
    return;
  }
  if (when == "connection") {
    rule.stage = Stage::kConnection;
  } else if (when == "session") {
    rule.stage = Stage::kSession;
  } else if (when == "content") {
    rule.stage = Stage::kContent;
  } else {
    marks().undecided(rule.line.at, "tcp-request has rules of connection, session and content",
                      "name one of them");
    return;
  }
  rule.action = 2;
  const std::string_view action = rule.word(2);
  rule.guards = true;
  if (action == "accept") {
    allow(rule);
  } else if (action == "reject" || action == "silent-drop") {
    refuse_connection(rule, action == "silent-drop");
  } else if (action == "expect-proxy" || action == "expect-netscaler-cip") {
    expect_proxy(rule);
  } else {
    rule.guards = false;
    if (note_action(rule, action) || refused_action(rule, action)) return;
    if (action == "use-service" || action == "switch-mode") {
      cannot(rule, "a frontend has one mode; give HTTP a frontend of its own");
    } else {
      cannot(rule,
             concat("there is no action ", base::printable(action, 64), " that hapair knows of"));
    }
  }
}

bool ProxyRules::limit(RuleLine& rule) {
  if (!rule.condition || rule.condition->unless || rule.condition->any_of.size() != 1 ||
      rule.condition->any_of[0].size() != 1 || rule.condition->any_of[0][0].negated ||
      !allowed_[rule.stage].empty()) {
    return false;
  }
  const auto test = scope_.only_test(rule.condition->any_of[0][0]);
  if (!test || !TableBook::is_counter(test->sample) || test->ranges.size() != 1 ||
      test->ranges[0].high < kMostCount || test->ranges[0].low < 2 ||
      test->ranges[0].low > kMostCount) {
    return false;
  }
  const bool connection = rule.stage == Stage::kConnection && !in_backend();
  Remarks remarks;
  const auto counted = scope_.shared().tables.counted(test->sample, scope_.proxy(), remarks);
  if (!counted || !remarks.decisions.empty()) return false;
  const std::int64_t most = test->ranges[0].low - 1;
  if (connection && counted->key == "active") {
    owner()["per_address"]["max_connections"] = most;
    rule.remarks.changed.emplace_back("is `per_address.max_connections`");
  } else if ((connection && counted->key == "connections") ||
             (in_backend() && counted->of_backend && !scope_.is_tcp() &&
              counted->key == "requests")) {
    if (owner().contains("rate_limit")) return false;
    JsonTree& rate = owner()["rate_limit"];
    rate[counted->key] = most;
    rate["per"] = counted->window;
    rule.remarks.changed.emplace_back(
        "is `rate_limit`: what it refuses does not count, so who waits is served again");
    if (in_backend() && rule.after("deny_status", 0) != "429") {
      rule.remarks.changed.emplace_back("it answers with 429");
    }
  } else {
    return false;
  }
  scope_.said_otherwise(rule.condition->any_of[0][0]);
  marks().kept(rule.line.at, rule.remarks);
  return true;
}

void ProxyRules::refuse_connection(RuleLine& rule, bool silently) {
  rule.guards = true;
  if (limit(rule)) return;
  const auto formula = when(rule);
  if (!formula) return;
  if (scope_.is_tcp() && !silently) {
    (void)emit(rule, *formula, "deny", JsonTree());
    return;
  }
  if (!scope_.is_tcp() && (rule.stage == Stage::kConnection || rule.stage == Stage::kSession)) {
    rule.remarks.changed.emplace_back("counts for the requests of the connection, once they come");
  }
  (void)emit(rule, *formula, "drop", true);
}

void ProxyRules::expect_proxy(RuleLine& rule) {
  const auto formula = when(rule);
  if (!formula) return;
  JsonTree* const binds = in_backend() ? nullptr : owner().find("bind");
  const JsonTree* const networks =
      formula->kind == Formula::Kind::kKeys && formula->keys.members().size() == 1
          ? formula->keys.find("source")
          : nullptr;
  const bool all_of_them = formula->is_true();
  if (rule.word(2) != "expect-proxy" || binds == nullptr || !binds->is_list() ||
      (!all_of_them && (networks == nullptr || networks->items().size() > 64))) {
    cannot(rule,
           "which connections begin with a PROXY header is said by `accept_proxy` of a bind, "
           "by networks (`from`)");
    return;
  }
  for (JsonTree& bind : binds->items()) {
    if (all_of_them) {
      bind["accept_proxy"] = true;
    } else {
      bind["accept_proxy"] = JsonTree();
      bind["accept_proxy"]["from"] = *networks;
    }
  }
  rule.remarks.changed.emplace_back("is `accept_proxy` of the binds");
  marks().kept(rule.line.at, rule.remarks);
}

void ProxyRules::http_response(RuleLine& rule) {
  const std::string_view action = rule.word(1);
  if (rule.word(0) == "http-after-response") {
    rule.remarks.changed.emplace_back("answers that are made here stay as they are");
  }
  if (action == "set-header") {
    edit_field(rule, "set_response_header", rule.word(2), rule.word(3));
  } else if (action == "add-header") {
    edit_field(rule, "add_response_header", rule.word(2), rule.word(3));
  } else if (action == "del-header" && (!rule.has("-m", 3) || rule.after("-m", 3) == "str")) {
    remove_field(rule, "remove_response_header", rule.word(2));
  } else if (action == "capture") {
    capture(rule);
  } else if (action == "allow") {
    const auto formula = when(rule);
    if (formula && formula->is_true()) {
      allow(rule);
    } else if (formula) {
      cannot(rule, "rules of responses are for all that match; write conditions for the others");
    }
  } else if (action.starts_with("set-var") || action.starts_with("unset-var")) {
    set_variable(rule);
  } else if (action == "deny" || action == "return" || action == "redirect") {
    rule.guards = action == "deny";
    cannot(rule, "what a server answers goes to the client; rules change fields of it only");
  } else if (action == "replace-header" || action == "replace-value") {
    cannot(
        rule,
        "fields of responses are set or taken off whole; let the server know how clients reach it "
        "(`forwarded_headers`), so that it writes them right");
  } else if (!refused_action(rule, action)) {
    cannot(rule, concat("there is no action ", base::printable(action, 64),
                        " for responses that hapair knows of"));
  }
}

}  // namespace hapair::importing::haproxy
