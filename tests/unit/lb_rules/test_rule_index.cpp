// What the index tells is what a look at every rule would tell.
#include <array>

#include "common/base/random.hpp"
#include "tests/unit/lb_rules/requests.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::rules;
using namespace hapair::lb::rules::test;

namespace {

constexpr std::array kHosts = {"a.test", "b.a.test", "c.b.a.test", "test", "x.test", ".a.test"};
constexpr std::array kNames = {"a.test", "*.a.test", "*.test", "b.a.test", "c.b.a.test"};
constexpr std::array kPaths = {"/", "/a", "/a/b", "/ab", "/a/b/c", "/b"};

template <class Array>
std::string one_of(base::Random& random, const Array& from) {
  return from[random.below(from.size())];
}

Rule random_rule(base::Random& random) {
  Rule rule;
  if (random.below(3) > 0) {
    HostTest hosts;
    for (std::uint64_t i = 0; i <= random.below(3); ++i) {
      hosts.names.push_back(one_of(random, kNames));
    }
    rule.match.all.push_back(hosts);
  }
  for (std::uint64_t tests = random.below(3); tests > 0; --tests) {
    constexpr std::array kHow = {Compare::kEquals, Compare::kPrefix, Compare::kSuffix};
    PathTest paths{.how = kHow[random.below(3)]};
    for (std::uint64_t i = 0; i <= random.below(3); ++i) {
      paths.texts.push_back(one_of(random, kPaths));
    }
    rule.match.all.push_back(paths);
  }
  return rule;
}

std::vector<std::size_t> found(const RuleList& list, const Facts& facts) {
  RuleList::Walk walk(list, facts);
  std::vector<std::size_t> numbers;
  while (const Rule* rule = walk.next()) {
    numbers.push_back(static_cast<std::size_t>(rule - list.rules().data()));
  }
  return numbers;
}

std::vector<std::size_t> looked_through(const std::vector<Rule>& rules, const Facts& facts) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (Matching(facts).all_hold(rules[i].match.all)) numbers.push_back(i);
  }
  return numbers;
}

void compare_all(const std::vector<Rule>& rules) {
  const RuleList list(rules, RegexPatterns());
  for (const char* host : kHosts) {
    for (const char* path : kPaths) {
      const Visit visit(host, path);
      CAPTURE(host);
      CAPTURE(path);
      CHECK(found(list, visit.facts) == looked_through(rules, visit.facts));
    }
  }
}

}  // namespace

TEST_CASE("the index finds what a look at every rule finds") {
  base::Random random(7);
  for (int round = 0; round < 100; ++round) {
    std::vector<Rule> rules;
    for (std::uint64_t i = random.below(40); i > 0; --i) rules.push_back(random_rule(random));
    compare_all(rules);
  }
}

TEST_CASE("rules of more prefixes than there are lists for are looked at one by one") {
  std::vector<Rule> rules;
  std::string path = "/";
  for (std::size_t i = 0; i <= Candidates::kMaxLists; ++i) {
    path += 'x';
    rules.push_back(
        {.match = {{PathTest{.how = Compare::kPrefix, .texts = {path}}}}, .actions = {}});
  }
  CHECK(found(RuleList(rules, RegexPatterns()), Visit("a", path).facts).size() == rules.size());
}

TEST_CASE("hosts and paths that are too long for the index are compared all the same") {
  const std::string path = "/" + std::string(RuleIndex::kMaxKey, 'p');
  std::vector<Rule> rules;
  for (const Compare how : {Compare::kEquals, Compare::kPrefix}) {
    rules.push_back({.match = {{PathTest{.how = how, .texts = {path}}}}, .actions = {}});
    rules.push_back(
        {.match = {{PathTest{.how = how, .texts = {path.substr(0, RuleIndex::kMaxKey)}}}},
         .actions = {}});
  }
  CHECK(found(RuleList(rules, RegexPatterns()), Visit("a", path).facts) ==
        std::vector<std::size_t>{0, 2, 3});
}
