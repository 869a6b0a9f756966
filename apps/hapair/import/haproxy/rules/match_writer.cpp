#include "apps/hapair/import/haproxy/rules/match_writer.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;
/// Lists of which each entry must hold, so that two of them are one.
bool is_list_of_all(std::string_view key) {
  return key == "header" || key == "query" || key == "cookie" || key == "is" || key == "not";
}

/// Of a list or an object the first thing that it says.
std::string first_text(const JsonTree& value) {
  if (const std::string* text = value.text()) return *text;
  if (value.is_list() && !value.items().empty()) return first_text(value.items().front());
  if (value.is_object() && !value.members().empty()) {
    return first_text(value.members().front().value);
  }
  return {};
}

/// Its letters, digits, dots and underscores, with a dash in place of what lies between.
std::string words_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_';
    if (fits) out += c;
    if (!fits && !out.empty() && !out.ends_with('-')) out += '-';
  }
  while (out.ends_with('-') || out.ends_with('.')) out.pop_back();
  return out;
}

}  // namespace

base::Result<JsonTree> MatchWriter::match_of(const Formula& formula) {
  if (size_of(formula) > kMaxTerms) {
    return base::fail(
        concat("the condition has more than ", kMaxTerms, " terms; split it into several rules"));
  }
  full_ = false;
  JsonTree match;
  add_terms(conjuncts(formula), match);
  if (full_) {
    return base::fail(concat("the rules need more than the ", kMaxMatches,
                             " named matches that a config has, or one of them more than ",
                             kMaxNames, " names; write lists of hosts and paths as maps"));
  }
  return match;
}

void MatchWriter::add_terms(const std::vector<Formula>& terms, JsonTree& match) {
  const auto is_not = [](const Formula& each) {
    return each.kind == Formula::Kind::kNot && each.name.empty();
  };
  const bool many = std::ranges::count_if(terms, is_not) > static_cast<long>(kMaxNames);
  Formula none{.kind = Formula::Kind::kAny};  // of them holds
  for (const Formula& term : terms) {
    if (many && is_not(term)) {
      none.of.push_back(term.of[0]);
    } else {
      add_term(term, match);
    }
  }
  if (many) list_name(match, "not", name_of(none));
}

void MatchWriter::add_term(const Formula& term, JsonTree& match) {
  switch (term.kind) {
    case Formula::Kind::kTrue:
    case Formula::Kind::kFalse:
    case Formula::Kind::kUser:
      return;
    case Formula::Kind::kKeys:
      if ((term.name.empty() || term.in_place) && merge(term.keys, match)) return;
      list_name(match, "is", name_of(term));
      return;
    case Formula::Kind::kNot:
      if (!term.name.empty()) {
        list_name(match, "is", name_of(term));
      } else {
        list_name(match, "not", name_of(term.of[0]));
      }
      return;
    case Formula::Kind::kAll:
      list_name(match, "is", name_of(term));
      return;
    case Formula::Kind::kAny:
      if (term.name.empty() && !match.contains("any")) {
        add_any(term, match);
      } else {
        list_name(match, "is", name_of(term));
      }
      return;
  }
}

bool MatchWriter::merge(const JsonTree& keys, JsonTree& match) {
  for (const JsonTree::Member& each : keys.members()) {
    const JsonTree* const there = match.find(each.key);
    if (there == nullptr) continue;
    if (!is_list_of_all(each.key) ||
        there->items().size() + each.value.items().size() > kMaxNames) {
      return false;
    }
  }
  for (const JsonTree::Member& each : keys.members()) {
    if (match.contains(each.key)) {
      for (const JsonTree& item : each.value.items()) match[each.key].add(item);
    } else {
      match[each.key] = each.value;
    }
  }
  return true;
}

void MatchWriter::add_any(const Formula& formula, JsonTree& match) {
  const std::vector<Formula>& of = formula.of;
  if (of.size() <= kMaxNames) {
    for (const Formula& each : of) {
      const std::string name = name_of(each);
      if (!match.contains("any")) match["any"] = JsonTree::list();
      match["any"].add(name);
    }
    return;
  }
  // Of groups, each of which is an alternative in itself.
  std::vector<Formula> groups;
  const std::size_t each = (of.size() + kMaxNames - 1) / kMaxNames;
  for (std::size_t at = 0; at < of.size(); at += each) {
    const auto from = of.begin() + static_cast<std::ptrdiff_t>(at);
    const auto to = of.begin() + static_cast<std::ptrdiff_t>(std::min(at + each, of.size()));
    groups.push_back(any(std::vector<Formula>(from, to)));
  }
  Formula grouped{.kind = Formula::Kind::kAny};
  grouped.of = std::move(groups);
  add_any(grouped, match);
}

std::string MatchWriter::name_of(const Formula& formula) {
  JsonTree match;
  if (formula.kind == Formula::Kind::kAny) {
    add_any(formula, match);
  } else if (formula.kind == Formula::Kind::kNot) {
    list_name(match, "not", name_of(formula.of[0]));
  } else if (formula.kind == Formula::Kind::kKeys) {
    match = formula.keys;
  } else {
    Formula inner = formula;
    inner.name.clear();
    add_terms(conjuncts(inner), match);
  }
  const std::string text = match.to_text();
  const auto known = known_.find(text);
  if (known != known_.end()) return known->second;
  const std::string name = name_for(formula, match);
  if (known_.size() >= kMaxMatches) {
    full_ = true;
    return name;
  }
  known_.emplace(text, name);
  JsonTree& into = config_["matches"][name];
  into = std::move(match);
  for (const std::string& line : formula.comments) into.comment(line);
  return name;
}

std::string MatchWriter::name_for(const Formula& formula, const JsonTree& match) const {
  std::string text = formula.name;
  if (text.empty() && !match.members().empty()) {
    const JsonTree::Member& first = match.members().front();
    text = first.key;
    const std::string said = first_text(first.value);
    if (!said.empty()) text += concat("-", words_of(std::string_view(said).substr(0, 32)));
  }
  std::string name = config_name(text);
  const JsonTree* const matches = std::as_const(config_).find("matches");
  const auto taken = [matches](const std::string& each) {
    return matches != nullptr && matches->contains(each);
  };
  if (!taken(name)) return name;
  name = config_name(concat(owner_, "-", text));
  for (unsigned i = 2; taken(name); ++i) name = config_name(concat(text, "-", i));
  return name;
}

void MatchWriter::list_name(JsonTree& match, std::string_view key, const std::string& name) {
  if (!match.contains(key)) match[key] = JsonTree::list();
  JsonTree& list = match[key];
  const auto same = [&name](const JsonTree& each) { return *each.text() == name; };
  if (std::ranges::any_of(list.items(), same)) return;
  if (list.items().size() >= kMaxNames) full_ = true;
  list.add(name);
}

}  // namespace hapair::importing::haproxy
