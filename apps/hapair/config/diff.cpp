#include "apps/hapair/config/diff.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "apps/hapair/config/diff_words.hpp"
#include "apps/hapair/config/document.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;
using nlohmann::ordered_json;

/// Walks two documents side by side; `path` is where it is.
class Walk {
 public:
  explicit Walk(DiffWords words) : words_(words) {}

  void objects(const Value& before, const Value& after) {
    for (const Member& member : before.members) {
      if (after.find(member.key) == nullptr) in(member.key, [&] { goes(member.value); });
    }
    for (const Member& member : after.members) {
      const Member* const was = before.find(member.key);
      in(member.key, [&] {
        if (was == nullptr) {
          comes(member.value);
        } else {
          values(was->value, member.value);
        }
      });
    }
  }

  std::vector<Change> take() { return std::move(changes_); }

 private:
  template <class Body>
  void in(const std::string& key, const Body& body) {
    path_.push_back(key);
    body();
    path_.pop_back();
  }

  void values(const Value& before, const Value& after) {
    if (same(before, after)) return;
    const bool objects_both =
        before.kind == Value::Kind::kObject && after.kind == Value::Kind::kObject;
    const bool arrays_both =
        before.kind == Value::Kind::kArray && after.kind == Value::Kind::kArray;
    if (words_.is_hidden(path_)) return add(ChangeKind::kChanges, words_.hidden_changes(path_));
    if (objects_both) return objects(before, after);
    if (arrays_both && words_.is_set(path_)) return lists(before, after);
    add(ChangeKind::kChanges, words_.changes(path_, before, after));
  }

  /// Places count only where nothing has come or gone.
  void lists(const Value& before, const Value& after) {
    const std::size_t at_start = changes_.size();
    for (const Value& item : before.items) {
      if (!has(after, item)) add(ChangeKind::kGoes, words_.item_goes(path_, item));
    }
    for (const Value& item : after.items) {
      if (!has(before, item)) add(ChangeKind::kComes, words_.item_comes(path_, item));
    }
    if (changes_.size() == at_start) {
      add(ChangeKind::kChanges,
          concat(words_.label(path_), "in another order, or with other repetitions"));
    }
  }

  static bool has(const Value& list, const Value& item) {
    return std::ranges::any_of(list.items, [&](const Value& each) { return same(each, item); });
  }

  /// Of a whole section each entry is told for itself.
  void comes(const Value& value) {
    if (words_.is_section(path_) && value.kind == Value::Kind::kObject) {
      for (const Member& member : value.members) in(member.key, [&] { comes(member.value); });
      return;
    }
    add(ChangeKind::kComes, words_.comes(path_, value));
  }

  void goes(const Value& value) {
    if (words_.is_section(path_) && value.kind == Value::Kind::kObject) {
      for (const Member& member : value.members) in(member.key, [&] { goes(member.value); });
      return;
    }
    add(ChangeKind::kGoes, words_.goes(path_, value));
  }

  void add(ChangeKind kind, std::string text) {
    if (path_.front() == "$schema") return;
    changes_.push_back({.kind = kind,
                        .subject = words_.subject(path_),
                        .path = base::join(path_, "."),
                        .text = std::move(text),
                        .effect = words_.effect(path_, kind)});
  }

  DiffWords words_;
  std::vector<std::string> path_;
  std::vector<Change> changes_;
};

Value parsed(std::string_view text) {
  FaultList faults;
  auto document = parse_document(text, faults);
  return document ? std::move(*document) : Value{};
}

ordered_json plain(const Value& value, std::vector<std::string>& path, const DiffWords& words) {
  if (words.is_hidden(path)) return std::string(DiffWords::kHidden);
  switch (value.kind) {
    case Value::Kind::kNull:
      return nullptr;
    case Value::Kind::kBoolean:
      return value.boolean;
    case Value::Kind::kInteger:
      return value.integer;
    case Value::Kind::kNumber:
      return ordered_json::parse(value.text, nullptr, /*allow_exceptions=*/false);
    case Value::Kind::kString:
      return value.text;
    case Value::Kind::kArray: {
      ordered_json out = ordered_json::array();
      for (const Value& item : value.items) out.push_back(plain(item, path, words));
      return out;
    }
    case Value::Kind::kObject:
      break;
  }
  ordered_json out = ordered_json::object();
  for (const Member& member : value.members) {
    path.push_back(member.key);
    out[member.key] = plain(member.value, path, words);
    path.pop_back();
  }
  return out;
}

}  // namespace

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kComes:
      return "comes";
    case ChangeKind::kGoes:
      return "goes";
    case ChangeKind::kChanges:
      return "changes";
  }
  return {};
}

std::vector<Change> changes_between(std::string_view before, std::string_view after,
                                    base::Duration drain_timeout) {
  Walk walk{DiffWords(drain_timeout)};
  walk.objects(parsed(before), parsed(after));
  return walk.take();
}

Diff diff(const DiffSide& before, const DiffSide& after) {
  return {.changes = changes_between(before.text, after.text, after.model.process.drain_timeout),
          .refusals = refusals(before.model, after.model)};
}

std::string to_string(const Refusal& refusal) {
  return concat(refusal.path, ": ", refusal.reason, "; ", refusal.remedy);
}

std::string to_text(const Diff& diff) {
  std::string out;
  for (const Change& change : diff.changes) {
    out += concat(change.subject, ": ", change.text);
    if (!change.effect.empty()) out += concat(" (", change.effect, ")");
    out += '\n';
  }
  for (const Refusal& refusal : diff.refusals) {
    out += concat("refused: ", to_string(refusal), "\n");
  }
  return out;
}

std::string to_json(const Diff& diff) {
  ordered_json changes = ordered_json::array();
  for (const Change& change : diff.changes) {
    changes.push_back({{"kind", to_string(change.kind)},
                       {"subject", change.subject},
                       {"path", change.path},
                       {"text", change.text},
                       {"effect", change.effect}});
  }
  ordered_json refused = ordered_json::array();
  for (const Refusal& refusal : diff.refusals) {
    refused.push_back(
        {{"path", refusal.path}, {"reason", refusal.reason}, {"remedy", refusal.remedy}});
  }
  const ordered_json out = {{"changes", std::move(changes)}, {"refusals", std::move(refused)}};
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string without_secrets(std::string_view text) {
  std::vector<std::string> path;
  return plain(parsed(text), path, DiffWords(base::Duration{}))
      .dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace hapair::config
