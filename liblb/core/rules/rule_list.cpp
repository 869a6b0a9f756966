#include "liblb/core/rules/rule_list.hpp"

#include <utility>

namespace hapair::lb::rules {
namespace {

void make(PatternText& pattern, const PatternMaker& patterns) {
  if (pattern.given()) pattern.made = patterns.make(pattern.text);
}

void make_all(Match& match, const PatternMaker& patterns) {
  for (Test& test : match.all) {
    if (auto* path = std::get_if<PathTest>(&test)) make(path->pattern, patterns);
    if (auto* value = std::get_if<ValueTest>(&test)) make(value->pattern, patterns);
    if (auto* any = std::get_if<AnyOf>(&test)) {
      for (Match& each : any->of) make_all(each, patterns);
    }
    if (auto* none = std::get_if<Not>(&test)) make_all(none->of.front(), patterns);
  }
}

void make_all(Action& action, const PatternMaker& patterns) {
  if (auto* edit = std::get_if<EditField>(&action)) make(edit->pattern, patterns);
  if (auto* rewrite = std::get_if<RewritePath>(&action)) make(rewrite->pattern, patterns);
}

/// The first test of that kind that the index takes; null: there is none.
template <class Kind>
const Kind* indexable(const Match& match) {
  for (const Test& test : match.all) {
    const auto* each = std::get_if<Kind>(&test);
    if (each != nullptr && RuleIndex::takes(*each)) return each;
  }
  return nullptr;
}

}  // namespace

RuleList::RuleList(std::vector<Rule> rules, const PatternMaker& patterns)
    : rules_(std::move(rules)) {
  for (RuleNumber number = 0; number < rules_.size(); ++number) {
    Rule& rule = rules_[number];
    make_all(rule.match, patterns);
    for (Action& action : rule.actions) make_all(action, patterns);
    const auto* hosts = indexable<HostTest>(rule.match);
    const auto* paths = indexable<PathTest>(rule.match);
    index_.add(number, hosts, paths);
    std::vector<Test>& rest = rest_.emplace_back();
    for (const Test& test : rule.match.all) {
      if (std::get_if<HostTest>(&test) == hosts && hosts != nullptr) continue;
      if (std::get_if<PathTest>(&test) == paths && paths != nullptr) continue;
      rest.push_back(test);
    }
  }
}

RuleList::Walk::Walk(const RuleList& list, const Facts& facts, RuleNumber first)
    : list_(list),
      matching_(facts),
      indexed_(list.index_.look_up(facts.host, facts.path, candidates_)),
      next_(first) {}

const Rule* RuleList::Walk::next() {
  while (!stopped()) {
    const RuleNumber number = indexed_ ? candidates_.next() : next_++;
    if (number >= list_.rules_.size()) return nullptr;  // Candidates::kNone, too
    if (number < next_ && indexed_) continue;
    const Rule& rule = list_.rules_[number];
    const bool matches = matching_.all_hold(indexed_ ? list_.rest_[number] : rule.match.all);
    if (matches && !stopped()) return &rule;
  }
  return nullptr;
}

}  // namespace hapair::lb::rules
