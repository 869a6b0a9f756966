#include "apps/hapair/config/diff_words.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

constexpr std::size_t kLongestValue = 80;

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kSections{{
    {"vips", "VIP"},
    {"sync_groups", "sync group"},
    {"targets", "target"},
    {"matches", "match"},
    {"maps", "map"},
    {"tables", "table"},
    {"users", "users"},
    {"frontends", "frontend"},
    {"backends", "backend"},
    {"resolvers", "resolver"},
    {"alerts", "alert"},
    {"certificates", "certificate"},
}};

/// Whatever stands behind such a key: passwords, and what may hold tokens or cookies.
constexpr std::array kSecretKeys = {
    std::string_view("password"),       std::string_view("webhook"),
    std::string_view("headers"),        std::string_view("send"),
    std::string_view("send_hex"),       std::string_view("body"),
    std::string_view("set_header"),     std::string_view("add_header"),
    std::string_view("replace_header"), std::string_view("set_response_header"),
    std::string_view("argv"),           std::string_view("command"),
};

std::string_view section_word(std::string_view section) {
  const auto* const found =
      std::ranges::find(kSections, section, &std::pair<std::string_view, std::string_view>::first);
  return found == kSections.end() ? std::string_view() : found->second;
}

bool is_node(DiffWords::Path path) {
  return path.size() >= 3 && path[0] == "cluster" && path[1] == "nodes";
}

bool is_server(DiffWords::Path path) {
  return path.size() >= 4 && path[0] == "backends" && path[2] == "servers";
}

/// How many keys the subject takes.
std::size_t depth_of_subject(DiffWords::Path path) {
  if (is_node(path)) return 3;
  return !section_word(path[0]).empty() && path.size() > 1 ? 2 : 1;
}

std::string text_of(const Value& value);

std::string joined(const Value& value) {
  std::vector<std::string> parts;
  for (const Value& item : value.items) parts.push_back(text_of(item));
  for (const Member& member : value.members) {
    parts.push_back(concat(member.key, " ", text_of(member.value)));
  }
  return base::join(parts, ", ");
}

std::string text_of(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBoolean:
      return value.boolean ? "true" : "false";
    case Value::Kind::kInteger:
      return concat(value.integer);
    case Value::Kind::kNumber:
    case Value::Kind::kString:
      return base::printable(value.text, kLongestValue);
    case Value::Kind::kArray:
      return value.items.empty() ? "nothing" : joined(value);
    case Value::Kind::kObject:
      return concat("{", joined(value), "}");
  }
  return {};
}

/// Something below it may be secret.
bool holds_secrets(const Value& value) {
  return std::ranges::any_of(value.items, holds_secrets) ||
         std::ranges::any_of(value.members, [](const Member& member) {
           return std::ranges::find(kSecretKeys, member.key) != kSecretKeys.end() ||
                  holds_secrets(member.value);
         });
}

std::string at(const Value& value) {
  const Member* const address =
      value.kind == Value::Kind::kObject ? value.find("address") : nullptr;
  if (address == nullptr || address->value.kind != Value::Kind::kString) return {};
  return concat(" at ", base::printable(address->value.text, kLongestValue));
}

}  // namespace

bool same(const Value& one, const Value& other) {
  if (one.kind != other.kind || one.items.size() != other.items.size() ||
      one.members.size() != other.members.size()) {
    return false;
  }
  if (one.boolean != other.boolean || one.integer != other.integer || one.text != other.text) {
    return false;
  }
  if (!std::ranges::equal(one.items, other.items, same)) return false;
  return std::ranges::all_of(one.members, [&](const Member& member) {
    const Member* const twin = other.find(member.key);
    return twin != nullptr && same(member.value, twin->value);
  });
}

std::string DiffWords::subject(Path path) const {
  if (is_node(path)) return concat("node ", path[2]);
  const std::string_view word = section_word(path[0]);
  if (word.empty()) return path[0];
  return path.size() > 1 ? concat(word, " ", path[1]) : std::string(path[0]);
}

bool DiffWords::is_section(Path path) const {
  if (path.size() == 1) return !section_word(path[0]).empty();
  if (path.size() == 2) return path[0] == "cluster" && path[1] == "nodes";
  return path.size() == 3 && path[0] == "backends" && path[2] == "servers";
}

bool DiffWords::is_set(Path path) const { return path.back() != "rules"; }

bool DiffWords::is_hidden(Path path) const {
  if (path.size() >= 2 && path[0] == "users") return true;
  return std::ranges::any_of(path, [](const std::string& key) {
    return std::ranges::find(kSecretKeys, key) != kSecretKeys.end();
  });
}

std::string DiffWords::label(Path path) const {
  std::vector<std::string> rest;
  std::string server;
  std::size_t from = depth_of_subject(path);
  if (is_server(path)) {
    server = concat("server ", path[3], path.size() > 4 ? ": " : " ");
    from = 4;
  }
  for (std::size_t i = from; i < path.size(); ++i) rest.push_back(path[i]);
  const std::string keys = base::join(rest, ".");
  return concat(server, keys, keys.empty() ? "" : " ");
}

std::string DiffWords::shown(Path path, const Value& value) const {
  if (is_hidden(path)) return std::string(kHidden);
  if (holds_secrets(value)) return "(with hidden values)";
  std::string text = text_of(value);
  if (text.size() > kLongestValue) {
    text.resize(kLongestValue);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
      text.pop_back();
    }
    text += "...";
  }
  return text;
}

std::string DiffWords::comes(Path path, const Value& value) const {
  const std::string what = label(path);
  if (path.size() == depth_of_subject(path) && (is_node(path) || !section_word(path[0]).empty())) {
    return "comes";
  }
  if (is_server(path) && path.size() == 4) return concat("server ", path[3], at(value), " comes");
  return concat(what, "is set: ", shown(path, value));
}

std::string DiffWords::goes(Path path, const Value& value) const {
  if (path.size() == depth_of_subject(path) && (is_node(path) || !section_word(path[0]).empty())) {
    return "goes";
  }
  if (is_server(path) && path.size() == 4) return concat("server ", path[3], at(value), " goes");
  return concat(label(path), "is not set any more; it was ", shown(path, value));
}

std::string DiffWords::changes(Path path, const Value& before, const Value& after) const {
  const std::string was = shown(path, before);
  const std::string is = shown(path, after);
  if (was == is) return concat(label(path), "changes");
  return concat(label(path), was, " becomes ", is);
}

std::string DiffWords::hidden_changes(Path path) const { return concat(label(path), "changes"); }

std::string DiffWords::item_comes(Path path, const Value& item) const {
  return concat(label(path), shown(path, item), " comes");
}

std::string DiffWords::item_goes(Path path, const Value& item) const {
  return concat(label(path), shown(path, item), " goes");
}

std::string DiffWords::effect(Path path, ChangeKind kind) const {
  const std::string limit = base::format_duration(drain_timeout_);
  const bool whole = path.size() == depth_of_subject(path);
  if (path[0] == "vips" && whole) {
    if (kind == ChangeKind::kComes)
      return "this node listens first, then takes part in its election";
    return "this node resigns, its addresses go and connections to them end";
  }
  if (path[0] == "vips" && path.size() == 3 && path[2] == "addresses") {
    return kind == ChangeKind::kComes ? "put on where this node is master"
                                      : "taken off, unless another VIP has it now";
  }
  if (path[0] == "frontends" && (whole || path[2] == "bind") && kind == ChangeKind::kGoes) {
    return concat("no new connections; those it has may end within ", limit);
  }
  if (path[0] == "backends" && kind == ChangeKind::kGoes &&
      (whole || (is_server(path) && path.size() == 4))) {
    return concat("what it has may end within ", limit);
  }
  if (is_server(path) && path.size() == 4 && kind == ChangeKind::kComes) {
    return "it serves once its checks say so";
  }
  if (is_server(path) && path.back() == "address") return "as a new server";
  return {};
}

}  // namespace hapair::config
