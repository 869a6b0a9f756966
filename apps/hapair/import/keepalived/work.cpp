#include "apps/hapair/import/keepalived/work.hpp"

#include <algorithm>

namespace hapair::importing::keepalived {
namespace {

/// Both nodes' files have many comments in common: each is there once.
void add_comment(JsonTree& tree, const std::string& text) {
  if (std::ranges::find(tree.comments(), text) == tree.comments().end()) tree.comment(text);
}

}  // namespace

const Statement* VipInput::first(std::string_view word) const {
  for (const Member& member : members) {
    if (const Statement* const found = member.block->last(word)) return found;
  }
  return nullptr;
}

std::vector<const Statement*> VipInput::each(std::string_view word) const {
  std::vector<const Statement*> out;
  for (const Member& member : members) {
    if (const Statement* const found = member.block->last(word)) out.push_back(found);
  }
  return out;
}

const Statement* VipInput::of_node(std::size_t node) const {
  const auto found = std::ranges::find(members, node, &Member::node);
  return found == members.end() ? nullptr : found->block;
}

const Statement* Work::global(std::size_t node, std::string_view name) const {
  const Statement* out = nullptr;
  for (const Statement* const globals : nodes[node].root.all("global_defs")) {
    if (const Statement* const found = globals->last(name)) out = found;
  }
  return out;
}

const Statement* Work::global(std::string_view name) const {
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    if (const Statement* const found = global(node, name)) return found;
  }
  return nullptr;
}

void Work::settle(const Statement& statement) {
  if (!settled.insert(statement.at).second) return;
  const auto follow = [&](const auto& self, const Statement& each) -> void {
    for (const Place& brace : each.braces) account().same_as(brace, statement.at);
    for (const Statement& inner : each.block) {
      if (inner.at.line != statement.at.line) account().same_as(inner.at, statement.at);
      self(self, inner);
    }
  };
  follow(follow, statement);
}

void Work::carry(JsonTree& tree, const Statement& statement) {
  if (!carried.insert(&statement).second) return;
  for (const std::string& line : statement.comments) add_comment(tree, line);
  if (!statement.remark.empty()) add_comment(tree, statement.remark);
}

void Work::carry_all(JsonTree& tree, const Statement& statement) {
  carry(tree, statement);
  for (const Statement& inner : statement.block) carry_all(tree, inner);
  for (const std::string& line : statement.tail) add_comment(tree, line);
}

}  // namespace hapair::importing::keepalived
