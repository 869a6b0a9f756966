// An ordered list of rules, made ready: those that match a request are told in their order, without
// a look at each. Rules that test neither host nor path (by name or prefix) are looked at one by
// one, as are those of the request's host and path.
#pragma once

#include <cstddef>
#include <vector>

#include "liblb/core/rules/facts.hpp"
#include "liblb/core/rules/matching.hpp"
#include "liblb/core/rules/rule_index.hpp"
#include "liblb/core/rules/spec.hpp"

namespace hapair::lb::rules {

class RuleList {
 public:
  RuleList(std::vector<Rule> rules, const PatternMaker& patterns);
  RuleList(const RuleList&) = delete;
  RuleList& operator=(const RuleList&) = delete;

  [[nodiscard]] const std::vector<Rule>& rules() const { return rules_; }

  /// The way through the list for one request. The facts outlive it.
  class Walk {
   public:
    /// `first`: rules before it are left out.
    Walk(const RuleList& list, const Facts& facts, RuleNumber first = 0);
    /// The next rule that matches; null: there is none, or gave_up(), or undecided().
    [[nodiscard]] const Rule* next();
    /// A pattern would have cost too much, so it is not known what matches.
    [[nodiscard]] bool gave_up() const { return matching_.gave_up(); }
    /// What the client has not said yet decides.
    [[nodiscard]] bool undecided() const { return matching_.undecided(); }

   private:
    [[nodiscard]] bool stopped() const { return gave_up() || undecided(); }

    const RuleList& list_;
    Matching matching_;
    Candidates candidates_;
    bool indexed_;
    RuleNumber next_;  ///< none before it is told
  };

 private:
  std::vector<Rule> rules_;
  std::vector<std::vector<Test>> rest_;  ///< of each rule, what the index does not test
  RuleIndex index_;
};

}  // namespace hapair::lb::rules
