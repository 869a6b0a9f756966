#include "apps/hapair/import/haproxy/rules.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/import/haproxy/rules/proxy_rules.hpp"
#include "apps/hapair/import/haproxy/rules/rule_text.hpp"
#include "apps/hapair/import/haproxy/rules/scope.hpp"

namespace hapair::importing::haproxy {
namespace {

constexpr auto kRules =
    std::to_array<std::string_view>({"acl",          "use_backend",   "use-server",
                                     "http-request", "http-response", "http-after-response",
                                     "tcp-request",  "tcp-response",  "redirect",
                                     "block",        "force-persist", "ignore-persist",
                                     "declare",      "filter",        "reqadd",
                                     "reqallow",     "reqdel",        "reqdeny",
                                     "reqiallow",    "reqidel",       "reqideny",
                                     "reqipass",     "reqirep",       "reqisetbe",
                                     "reqitarpit",   "reqpass",       "reqrep",
                                     "reqsetbe",     "reqtarpit",     "rspadd",
                                     "rspdel",       "rspdeny",       "rspidel",
                                     "rspideny",     "rspirep",       "rsprep"});

/// The place of the action in a rule that may set variables or track; 0: it is none of these.
std::size_t action_of(const Line& line) {
  const std::string_view keyword = line.keyword();
  if (keyword == "http-request" || keyword == "http-response") return 1;
  if (keyword == "tcp-request") return 2;
  return 0;
}

/// The name in "set-var(txn.host)" or "set-var(txn.host,ifset)".
std::string variable_of(std::string_view action) {
  const std::size_t open = action.find('(');
  if (open == std::string_view::npos) return {};
  return std::string(action.substr(open + 1, action.find_first_of(",)", open) - open - 1));
}

void note_variable(Shared& shared, Scope& scope, const Line& line, std::size_t at) {
  const auto split = split_condition(line.words);
  if (!split) return;
  Assignment assignment{.scope = &scope, .line = &line, .condition = split->condition};
  const std::string_view action = line.word(at);
  if (!action.starts_with("unset-var") && split->words.size() > at + 1) {
    std::string text;
    for (std::size_t i = at + 1; i < split->words.size(); ++i) text += split->words[i].text;
    // A format is one sample, or plain text.
    if (action.starts_with("set-var-fmt")) {
      if (text.starts_with("%[") && text.ends_with(']') && text.find("%[", 2) == text.npos) {
        text = text.substr(2, text.size() - 3);
      } else {
        assignment.value.fetch.name = text.find('%') == text.npos ? "str" : "fmt";
        assignment.value.fetch.arguments = {text};
      }
    }
    if (assignment.value.fetch.name.empty()) {
      auto sample = parse_sample(text);
      if (sample) assignment.value = *std::move(sample);
    }
  }
  shared.variables[variable_of(action)].push_back(std::move(assignment));
}

/// What later lines refer to: variables and tracked clients.
void note_references(Shared& shared, Scope& scope) {
  for (const Line* line : scope.proxy().lines) {
    const std::size_t at = action_of(*line);
    if (at == 0) continue;
    const std::string_view action = line->word(at);
    if (action.starts_with("set-var") || action.starts_with("unset-var")) {
      note_variable(shared, scope, *line, at);
    } else if (action.starts_with("track-sc")) {
      const bool conditional = std::ranges::any_of(
          line->words, [](const Word& word) { return word == "if" || word == "unless"; });
      shared.tables.track(scope.proxy(), *line, at, conditional, line->word(1) == "connection");
    }
  }
}

bool is_translated(const Proxy& proxy) {
  return proxy.mode != Mode::kOther && !(proxy.frontend.empty() && proxy.backend.empty());
}

/// The lines of what becomes nothing.
void refuse_all(const Proxy& proxy, Marks& marks) {
  for (const Line* line : proxy.lines) {
    if (!is_rule(proxy, *line) || line->keyword() == "stick-table") continue;
    marks.not_supported(line->at,
                        "its proxy is not in the result, so there is nothing for it to rule");
  }
}

}  // namespace

bool is_rule(const Proxy& proxy, const Line& line) {
  const std::string_view keyword = line.keyword();
  if (keyword == "stick-table") {
    return std::ranges::none_of(proxy.lines,
                                [](const Line* each) { return each->keyword() == "stick"; });
  }
  if (keyword == "monitor") return line.word(1) == "fail";
  return std::ranges::find(kRules, keyword) != kRules.end();
}

void translate_rules(Model& model) {
  Shared shared(model);
  std::vector<std::unique_ptr<Scope>> scopes;
  for (const Proxy& proxy : model.proxies) {
    if (!is_translated(proxy)) continue;
    scopes.push_back(std::make_unique<Scope>(shared, proxy));
    note_references(shared, *scopes.back());
  }
  // Frontends first: what they change shows to the conditions of backends.
  Changes changed;
  for (const bool frontends : {true, false}) {
    for (const auto& scope : scopes) {
      if (scope->proxy().frontend.empty() == frontends) continue;
      ProxyRules rules(*scope, frontends ? Changes() : changed);
      rules.translate();
      if (frontends) changed.insert(rules.changes().begin(), rules.changes().end());
    }
  }
  for (const auto& scope : scopes) scope->account();
  for (const Proxy& proxy : model.proxies) {
    if (!is_translated(proxy)) refuse_all(proxy, shared.marks);
  }
  shared.tables.account();
}

}  // namespace hapair::importing::haproxy
