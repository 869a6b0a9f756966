#include "apps/hapair/import/haproxy/rules/scope.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> out;
  for (const std::string_view each : base::split(text, ' ')) {
    out.push_back(Word{.text = std::string(each)});
  }
  return out;
}

/// Nothing stands in it but one test of a request or connection.
bool is_simple(const Formula& formula) {
  return formula.kind == Formula::Kind::kKeys && formula.keys.members().size() == 1;
}

}  // namespace

Scope::Scope(Shared& shared, const Proxy& proxy) : shared_(shared), proxy_(proxy) {
  for (const Line* line : proxy_.lines) {
    if (line->keyword() == "acl" && line->words.size() >= 3) {
      Acl& acl = acls_[std::string(line->word(1))];
      acl.lines.push_back(line);
      for (const Word& word : line->words) acl.bytes += word.text.size() + 64;
    }
  }
  for (const Line* line : proxy_.lines) count_uses(*line);
}

void Scope::count_uses(const Line& line) {
  if (line.keyword() == "acl") return;
  const auto rule = split_condition(line.words);
  if (!rule || !rule->condition) return;
  for (const std::vector<Term>& alternative : rule->condition->any_of) {
    for (const Term& term : alternative) {
      const auto acl = acls_.find(term.acl);
      if (acl != acls_.end()) ++acl->second.uses;
    }
  }
}

base::Result<Formula> Scope::condition(const std::optional<Condition>& condition,
                                       Remarks& remarks) {
  if (!condition) return always();
  std::vector<Formula> alternatives;
  for (const std::vector<Term>& terms : condition->any_of) {
    std::vector<Formula> parts;
    for (const Term& each : terms) {
      auto part = term(each, remarks);
      if (!part) return part;
      parts.push_back(*std::move(part));
    }
    alternatives.push_back(all(std::move(parts)));
  }
  Formula whole = any(std::move(alternatives));
  return condition->unless ? negation(std::move(whole)) : std::move(whole);
}

base::Result<Formula> Scope::term(const Term& term, Remarks& remarks) {
  base::Result<Formula> made;
  if (!term.acl.empty()) {
    made = acl(term.acl, remarks);
  } else {
    const auto test = parse_test(term.test);
    if (!test) return std::unexpected(test.error());
    made = formula_of(*test, *this, remarks);
  }
  if (made && term.negated) return negation(*std::move(made));
  return made;
}

base::Result<Formula> Scope::acl(std::string_view name, Remarks& remarks) {
  const auto found = acls_.find(name);
  if (found == acls_.end()) {
    const std::string_view predefined = predefined_acl(name);
    if (predefined.empty()) {
      return base::fail(concat("there is no ACL \"", base::printable(name, 64),
                               "\"; declare it, or mend the name"));
    }
    const auto test = parse_test(words_of(predefined));
    if (!test) return std::unexpected(test.error());
    return formula_of(*test, *this, remarks);
  }
  Acl& acl = found->second;
  if (!shared_.spend(acl.bytes)) {
    return base::fail("the conditions of the file take too much together; write lists as maps");
  }
  if (acl.under_way) return base::fail(concat("the ACL ", name, " comes back to itself"));
  if (!acl.formula) {
    acl.under_way = true;
    acl.formula = make(name, acl);
    acl.under_way = false;
  }
  if (!*acl.formula) {
    return base::fail(concat("its ACL ", base::printable(name, 64),
                             " can't be said: ", acl.formula->error().message));
  }
  remarks.decisions.insert(remarks.decisions.end(), acl.decisions.begin(), acl.decisions.end());
  return *acl.formula;
}

base::Result<Formula> Scope::make(std::string_view name, Acl& acl) {
  std::vector<Formula> parts;
  std::optional<base::Error> problem;
  std::vector<std::string> comments;
  for (const Line* line : acl.lines) {
    Remarks remarks;
    const auto test = parse_test(std::span<const Word>(line->words).subspan(2));
    base::Result<Formula> part;
    if (!test) {
      shared_.marks.undecided(line->at, test.error().message, "mend the line");
      part = std::unexpected(test.error());
    } else {
      part = formula_of(*test, *this, remarks);
      if (!part) {
        shared_.marks.not_supported(line->at, part.error().message);
      } else {
        shared_.marks.kept(line->at, Remarks{.changed = remarks.changed});
      }
    }
    if (part) {
      parts.push_back(*std::move(part));
    } else {
      problem = part.error();
    }
    comments.insert(comments.end(), line->above.begin(), line->above.end());
    if (!line->comment.empty()) comments.push_back(line->comment);
    acl.decisions.insert(acl.decisions.end(), remarks.decisions.begin(), remarks.decisions.end());
  }
  if (problem) return std::unexpected(*problem);
  Formula formula = any(std::move(parts));
  if (formula.is_true() || formula.is_false() || formula.kind == Formula::Kind::kUser) {
    return formula;
  }
  formula.name = name;
  formula.comments = std::move(comments);
  formula.in_place = acl.uses <= 1 && is_simple(formula);
  return formula;
}

std::optional<AclTest> Scope::only_test(const Term& term) const {
  std::span<const Word> words = term.test;
  if (!term.acl.empty()) {
    const auto acl = acls_.find(term.acl);
    if (acl == acls_.end() || acl->second.lines.size() != 1) return std::nullopt;
    words = std::span<const Word>(acl->second.lines.front()->words).subspan(2);
  }
  auto test = parse_test(words);
  return test ? std::optional(*std::move(test)) : std::nullopt;
}

void Scope::said_otherwise(const Term& term) {
  const auto acl = acls_.find(term.acl);
  if (acl == acls_.end()) return;
  acl->second.said_otherwise = true;
  for (const Line* line : acl->second.lines) shared_.marks.changed(line->at, "is part of a limit");
}

base::Result<std::vector<Assignment>> Scope::assignments(std::string_view variable) const {
  const auto found = shared_.variables.find(variable);
  if (found == shared_.variables.end()) return std::vector<Assignment>();
  std::vector<Assignment> own;
  const Scope* other = nullptr;
  bool several = false;
  for (const Assignment& each : found->second) {
    if (each.scope == this) own.push_back(each);
    if (each.scope == this) continue;
    several = several || (other != nullptr && other != each.scope);
    other = each.scope;
  }
  if (!own.empty()) return own;
  if (several) {
    return base::fail(concat("several proxies set ", base::printable(variable, 64),
                             "; write what it stands for"));
  }
  return found->second;
}

base::Result<Formula> Scope::counts(const std::vector<Assignment>& all_of_them, std::size_t index,
                                    Remarks& remarks) {
  base::Result<Formula> out = always();
  for (std::size_t i = all_of_them.size(); i-- > index && out;) {
    const Assignment& each = all_of_them[i];
    auto when = each.scope->condition(each.condition, remarks);
    if (!when) {
      out = std::unexpected(when.error());
    } else {
      out = all(*std::move(out), i == index ? *std::move(when) : negation(*std::move(when)));
    }
  }
  return out;
}

void Scope::account() {
  for (const auto& [name, acl] : acls_) {
    if (acl.formula || acl.said_otherwise) continue;
    for (const Line* line : acl.lines) {
      const auto test = parse_test(std::span<const Word>(line->words).subspan(2));
      if (test) {
        shared_.marks.not_needed(line->at, "no rule that was translated uses it");
      } else {
        shared_.marks.undecided(line->at, test.error().message, "mend the line");
      }
    }
  }
  for (const Line* line : proxy_.lines) {
    if (line->keyword() == "acl" && line->words.size() < 3) {
      shared_.marks.undecided(line->at, "an ACL has a name and what it tests",
                              "write both, or take the line out");
    }
  }
}

}  // namespace hapair::importing::haproxy
