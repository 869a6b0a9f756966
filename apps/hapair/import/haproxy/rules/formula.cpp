#include "apps/hapair/import/haproxy/rules/formula.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

/// Lists of which one entry is enough.
constexpr auto kLists =
    std::to_array<std::string_view>({"host", "path", "path_prefix", "path_suffix", "method",
                                     "source", "sni", "alpn", "tls_version"});
/// As many as a match takes.
constexpr std::size_t kMaxTexts = 256;
constexpr std::size_t kMaxMethods = 16;

/// The list of a formula that is nothing but one list of one key; nullptr: it is more.
const JsonTree* only_list(const Formula& formula) {
  if (formula.kind != Formula::Kind::kKeys || !formula.name.empty() ||
      formula.keys.members().size() != 1) {
    return nullptr;
  }
  const JsonTree::Member& only = formula.keys.members().front();
  const bool list = std::ranges::find(kLists, only.key) != kLists.end();
  return list && only.value.is_list() ? &only.value : nullptr;
}

/// Puts what `from` lists into `into`; false: they are not of one key, or too many.
bool join_lists(Formula& into, const Formula& from) {
  const JsonTree* const first = only_list(into);
  const JsonTree* const second = only_list(from);
  if (first == nullptr || second == nullptr) return false;
  const std::string& key = into.keys.members().front().key;
  if (key != from.keys.members().front().key) return false;
  const std::size_t most = key == "method" || key == "alpn" ? kMaxMethods : kMaxTexts;
  if (first->items().size() + second->items().size() > most) return false;
  JsonTree& list = into.keys.members().front().value;
  for (const JsonTree& each : second->items()) {
    const auto same = [&each](const JsonTree& other) { return *other.text() == *each.text(); };
    if (std::ranges::none_of(list.items(), same)) list.add(each);
  }
  return true;
}

/// `neutral` says nothing among others, `final` says it all.
Formula joined(Formula::Kind kind, std::vector<Formula> of, Formula::Kind neutral,
               Formula::Kind final) {
  Formula out{.kind = kind};
  for (Formula& each : of) {
    if (each.kind == final) return Formula{.kind = final};
    if (each.kind == neutral) continue;
    if (each.kind == kind && each.name.empty()) {
      for (Formula& inner : each.of) out.of.push_back(std::move(inner));
    } else if (kind != Formula::Kind::kAny || out.of.empty() || !join_lists(out.of.back(), each)) {
      out.of.push_back(std::move(each));
    }
  }
  if (out.of.empty()) return Formula{.kind = neutral};
  if (out.of.size() == 1) {
    Formula only = std::move(out.of.front());
    return only;
  }
  return out;
}

void add_fields(const JsonTree& list, std::string_view place, std::set<std::string>& into) {
  for (const JsonTree& each : list.items()) {
    const JsonTree* const name = each.find("name");
    const std::string& text = *name->text();
    into.insert(base::concat(place, place == "header:" ? base::ascii_lowered(text) : text));
    if (place == "header:" && base::equals_ignoring_case(text, "host")) into.insert("host");
  }
}

void add_keys(const JsonTree& keys, std::set<std::string>& into) {
  for (const JsonTree::Member& member : keys.members()) {
    if (member.key == "header") {
      add_fields(member.value, "header:", into);
    } else if (member.key == "cookie") {
      into.insert("header:cookie");
    } else if (member.key == "map") {
      const std::string& key = *member.value.find("key")->text();
      into.insert(key.starts_with("query:") || key == "target" ? std::string("query") : key);
      if (key == "target") into.insert("path");
    } else if (member.key.starts_with("path")) {
      into.insert("path");
    } else {
      into.insert(member.key);
    }
  }
}

void add_looks(const Formula& formula, std::set<std::string>& into) {
  if (formula.kind == Formula::Kind::kKeys) add_keys(formula.keys, into);
  for (const Formula& each : formula.of) add_looks(each, into);
}

void add_conjuncts(const Formula& formula, std::vector<Formula>& into) {
  if (formula.kind == Formula::Kind::kAll && formula.name.empty()) {
    for (const Formula& each : formula.of) add_conjuncts(each, into);
  } else if (formula.kind == Formula::Kind::kNot && formula.of[0].kind == Formula::Kind::kAny &&
             formula.of[0].name.empty()) {
    for (const Formula& each : formula.of[0].of) add_conjuncts(negation(each), into);
  } else {
    into.push_back(formula);
  }
}

}  // namespace

Formula always() { return {}; }

Formula never() { return {.kind = Formula::Kind::kFalse}; }

Formula keys(JsonTree object) { return {.kind = Formula::Kind::kKeys, .keys = std::move(object)}; }

Formula key(std::string_view name, JsonTree value) {
  JsonTree object;
  object[name] = std::move(value);
  return keys(std::move(object));
}

Formula one_of(std::string_view name, const std::vector<std::string>& texts) {
  const std::size_t most = name == "method" || name == "alpn" ? kMaxMethods : kMaxTexts;
  std::vector<Formula> parts;
  for (std::size_t at = 0; at < texts.size(); at += most) {
    JsonTree list = JsonTree::list();
    for (std::size_t i = at; i < std::min(at + most, texts.size()); ++i) list.add(texts[i]);
    parts.push_back(key(name, std::move(list)));
  }
  return any(std::move(parts));
}

Formula negation(Formula of) {
  if (of.kind == Formula::Kind::kTrue) return never();
  if (of.kind == Formula::Kind::kFalse) return always();
  if (of.kind == Formula::Kind::kNot && of.name.empty()) {
    Formula inner = std::move(of.of[0]);
    return inner;
  }
  Formula out{.kind = Formula::Kind::kNot};
  out.of.push_back(std::move(of));
  return out;
}

Formula all(std::vector<Formula> of) {
  return joined(Formula::Kind::kAll, std::move(of), Formula::Kind::kTrue, Formula::Kind::kFalse);
}

Formula any(std::vector<Formula> of) {
  return joined(Formula::Kind::kAny, std::move(of), Formula::Kind::kFalse, Formula::Kind::kTrue);
}

Formula all(Formula a, Formula b) {
  std::vector<Formula> both;
  both.push_back(std::move(a));
  both.push_back(std::move(b));
  return all(std::move(both));
}

std::vector<Formula> conjuncts(const Formula& formula) {
  std::vector<Formula> out;
  add_conjuncts(formula, out);
  return out;
}

std::set<std::string> looks_at(const Formula& formula) {
  std::set<std::string> out;
  add_looks(formula, out);
  return out;
}

bool asks_for_user(const Formula& formula) {
  return formula.kind == Formula::Kind::kUser || std::ranges::any_of(formula.of, asks_for_user);
}

std::size_t size_of(const Formula& formula) {
  std::size_t size = 1;
  for (const Formula& each : formula.of) size += size_of(each);
  return size;
}

}  // namespace hapair::importing::haproxy
