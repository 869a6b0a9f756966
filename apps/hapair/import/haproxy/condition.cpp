#include "apps/hapair/import/haproxy/condition.hpp"

#include <utility>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

bool is_or(const Word& word) { return !word.quoted && (word == "or" || word == "||"); }

/// Takes the words of a test up to its closing brace; false where there is none.
bool take_braces(std::span<const Word> words, std::size_t& at, Term& term) {
  while (at < words.size()) {
    if (!words[at].quoted && words[at] == "}") {
      ++at;
      return true;
    }
    term.test.push_back(words[at++]);
  }
  return false;
}

base::Result<Term> take_term(std::span<const Word> words, std::size_t& at) {
  Term term;
  term.column = words[at].column;
  std::string_view text = words[at].text;
  while (text.starts_with('!')) {  // "!name", "! name", "!{ ... }"
    term.negated = !term.negated;
    text.remove_prefix(1);
    if (!text.empty()) break;
    if (++at == words.size()) return base::fail("nothing stands behind \"!\"; name an ACL");
    text = words[at].text;
  }
  ++at;
  if (text != "{") {
    if (text == "}") return base::fail("there is a } without its {; take it off");
    term.acl = std::string(text);
    return term;
  }
  if (!take_braces(words, at, term)) return base::fail("a { is never closed; put a } there");
  if (term.test.empty()) return base::fail("nothing stands between { and }; put a test there");
  return term;
}

base::Result<AnyOf> read_condition(std::span<const Word> words) {
  AnyOf any_of(1);
  for (std::size_t at = 0; at < words.size();) {
    if (is_or(words[at])) {
      if (any_of.back().empty()) return base::fail("nothing stands before \"or\"; name an ACL");
      any_of.emplace_back();
      ++at;
      continue;
    }
    auto term = take_term(words, at);
    if (!term) return std::unexpected(term.error());
    any_of.back().push_back(std::move(*term));
  }
  if (any_of.back().empty()) {
    return base::fail(any_of.size() == 1 ? "no condition stands behind it; name an ACL"
                                         : "nothing stands behind \"or\"; name an ACL");
  }
  return any_of;
}

}  // namespace

base::Result<ConditionalRule> split_condition(std::span<const Word> words, std::size_t first) {
  ConditionalRule rule;
  std::size_t at = 0;
  while (at < words.size() &&
         (at < first || words[at].quoted || (words[at] != "if" && words[at] != "unless"))) {
    rule.words.push_back(words[at++]);
  }
  if (at == words.size()) return rule;
  const bool unless = words[at] == "unless";
  auto any_of = read_condition(words.subspan(at + 1));
  if (!any_of) {
    return std::unexpected(any_of.error().within(concat("\"", words[at].text, "\"")));
  }
  rule.condition = Condition{.unless = unless, .any_of = std::move(*any_of)};
  return rule;
}

}  // namespace hapair::importing::haproxy
