#include "apps/hapair/import/haproxy/rules/rule_list.hpp"

#include <algorithm>
#include <utility>

namespace hapair::importing::haproxy {
namespace {

constexpr std::size_t kMaxLines = 16;  ///< of one action in one rule

/// Lists of fields, whose order is kept.
bool is_list_action(std::string_view action) {
  return action == "set_header" || action == "add_header" || action == "remove_header" ||
         action == "replace_header" || action == "set_response_header" ||
         action == "add_response_header" || action == "remove_response_header";
}

std::string match_text(const JsonTree& rule) {
  const JsonTree* const match = rule.find("match");
  return match == nullptr ? std::string() : match->to_text();
}

/// The rule before does nothing but this to the same requests, and has room for more.
bool takes(const JsonTree& before, std::string_view action, const JsonTree& match) {
  const bool only = before.members().size() == (before.contains("match") ? 2U : 1U);
  const JsonTree* const list = before.find(action);
  return only && list != nullptr && list->items().size() < kMaxLines &&
         match_text(before) == (match.empty() ? std::string() : match.to_text());
}

}  // namespace

void NewRules::add(Stage stage, const Line& line, JsonTree match, std::string_view action,
                   JsonTree value) {
  std::vector<JsonTree>& rules = stages_[static_cast<std::size_t>(stage)];
  if (is_list_action(action) && line.above.empty() && !rules.empty() &&
      takes(rules.back(), action, match)) {
    for (JsonTree& item : value.items()) rules.back()[action].add(std::move(item));
    return;
  }
  JsonTree rule;
  if (!match.empty()) rule["match"] = std::move(match);
  rule[action] = std::move(value);
  for (const std::string& each : line.above) rule.comment(each);
  if (!line.comment.empty()) rule.comment(line.comment);
  rules.push_back(std::move(rule));
}

bool NewRules::empty() const { return size() == 0; }

std::size_t NewRules::size() const {
  std::size_t size = 0;
  for (const auto& each : stages_) size += each.size();
  return size;
}

void NewRules::write(JsonTree& owner) {
  if (empty()) return;
  if (!owner.contains("rules")) owner["rules"] = JsonTree::list();
  JsonTree& list = owner["rules"];
  for (auto& stage : stages_) {
    for (JsonTree& each : stage) list.add(std::move(each));
    stage.clear();
  }
}

}  // namespace hapair::importing::haproxy
