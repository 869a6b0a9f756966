#include "apps/hapair/config/reader.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/sections.hpp"
#include "apps/hapair/config/value_reader.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

constexpr std::size_t kMaxSuggestedBytes = 64;

/// The key that a misspelt one stands for: the nearest, or one that holds it or is held by it
/// ("advert_int", "virtual_router_id").
std::optional<std::string_view> meant_by(std::string_view word,
                                         const std::vector<std::string_view>& known) {
  constexpr std::size_t kMinPart = 4;
  if (word.size() > kMaxSuggestedBytes) return std::nullopt;
  if (const auto near = base::nearest_word(word, known)) return near;
  const auto found = std::ranges::find_if(known, [&](std::string_view key) {
    return std::min(word.size(), key.size()) >= kMinPart &&
           (key.find(word) != std::string_view::npos || word.find(key) != std::string_view::npos);
  });
  return found == known.end() ? std::nullopt : std::optional(*found);
}

/// One object of the document. finish() must be called when all its keys have been named.
class ObjectReader final : public Shape {
 public:
  ObjectReader(const Value& object, std::string path, Positions& positions, FaultList& faults)
      : object_(object), path_(std::move(path)), positions_(positions), faults_(faults) {}

  void texts(const Key& key, const CountRule& count, const TextRule& rule,
             std::vector<ListedText>& into) override {
    const Value* list = counted(key, Value::Kind::kArray, count);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const std::string path = join_path(join_path(path_, key.name), i);
      positions_.add(path, list->items[i].at);
      if (auto text = accept(read_text(list->items[i], rule), list->items[i], path)) {
        into.push_back({path, *std::move(text)});
      }
    }
  }

  void object(const Key& key, const Describe& describe) override {
    const Value* value = lookup(key, Value::Kind::kObject);
    if (value != nullptr) read_inner(*value, join_path(path_, key.name), describe);
  }

  void flag_or_object(const Key& key, bool& into, const Describe& describe) override {
    const Value* value = lookup(key);
    if (value == nullptr) return;
    const std::string path = join_path(path_, key.name);
    if (value->kind == Value::Kind::kBoolean) {
      into = value->boolean;
    } else if (accept(expect(*value, Value::Kind::kObject, "true, false or an object"), *value,
                      path)) {
      into = true;
      read_inner(*value, path, describe);
    }
  }

  void text_or_object(const Key& key, const TextRule& rule, std::string& into,
                      const Describe& describe) override {
    const Value* value = lookup(key);
    if (value == nullptr) return;
    const std::string path = join_path(path_, key.name);
    if (value->kind == Value::Kind::kObject) {
      read_inner(*value, path, describe);
    } else if (!accept(expect(*value, Value::Kind::kString, "a text or an object"), *value, path)) {
      return;
    } else if (auto text = accept(read_text(*value, rule), *value, path)) {
      into = *std::move(text);
    }
  }

  void list(const Key& key, const CountRule& count, const Describe& describe) override {
    const Value* list = counted(key, Value::Kind::kArray, count);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const std::string path = join_path(join_path(path_, key.name), i);
      positions_.add(path, list->items[i].at);
      if (accept(expect(list->items[i], Value::Kind::kObject), list->items[i], path)) {
        read_inner(list->items[i], path, describe);
      }
    }
  }

  void object_or_list(const Key& key, const CountRule& count, const Describe& describe) override {
    const Member* given = object_.find(key.name);
    if (given != nullptr && given->value.kind == Value::Kind::kArray) {
      list(key, count, describe);
      return;
    }
    const Value* value = lookup(key);
    if (value == nullptr) return;
    const std::string path = join_path(path_, key.name);
    if (accept(expect(*value, Value::Kind::kObject, "an object or a list of them"), *value, path)) {
      read_inner(*value, path, describe);
    }
  }

  void texts_or_objects(const Key& key, const CountRule& count, const TextRule& rule,
                        const TakeText& take, const Describe& describe) override {
    const Value* list = counted(key, Value::Kind::kArray, count);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const Value& item = list->items[i];
      const std::string path = join_path(join_path(path_, key.name), i);
      positions_.add(path, item.at);
      if (item.kind == Value::Kind::kObject) {
        read_inner(item, path, describe);
      } else if (auto text = accept(read_text(item, rule), item, path)) {
        take({path, *std::move(text)});
      }
    }
  }

  void map(const Key& key, const CountRule& count, const DescribeNamed& describe) override {
    each_named(key, count, [&](const Member& member, const std::string& path) {
      if (!accept(expect(member.value, Value::Kind::kObject), member.value, path)) return;
      read_inner(member.value, path, [&](Shape& inner) { describe(member.key, inner); });
    });
  }

  void number_map(const Key& key, const CountRule& count, const NumberRule& rule,
                  Numbers& into) override {
    each_named(key, count, [&](const Member& member, const std::string& path) {
      if (const auto number = accept(read_number(member.value, rule), member.value, path)) {
        into.emplace_back(member.key, *number);
      }
    });
  }

  [[nodiscard]] std::string path() const override { return path_; }
  void one_of(const std::vector<Variant>& variants) override;
  void excludes(std::string_view tag, std::string_view value,
                std::initializer_list<std::string_view> keys) override;
  void only_where(std::string_view tag, std::initializer_list<std::string_view> values,
                  std::initializer_list<std::string_view> keys) override;

  /// Reports the keys that nobody asked for.
  void finish();

 protected:
  std::optional<std::int64_t> on_number(const Key& key, const NumberRule& rule,
                                        std::optional<std::int64_t> /*fallback*/) override {
    return value_of<std::int64_t>(key,
                                  [&](const Value& value) { return read_number(value, rule); });
  }
  std::optional<std::uint32_t> on_factor(const Key& key, const FactorRule& rule) override {
    return value_of<std::uint32_t>(key,
                                   [&](const Value& value) { return read_factor(value, rule); });
  }
  std::optional<base::Duration> on_duration(const Key& key, const DurationRule& rule,
                                            std::optional<base::Duration> /*fallback*/) override {
    return value_of<base::Duration>(key,
                                    [&](const Value& value) { return read_duration(value, rule); });
  }
  std::optional<std::uint64_t> on_size(const Key& key, const SizeRule& rule,
                                       std::uint64_t /*fallback*/) override {
    return value_of<std::uint64_t>(key, [&](const Value& value) { return read_size(value, rule); });
  }
  std::optional<bool> on_flag(const Key& key, bool /*fallback*/) override {
    return value_of<bool>(key, [&](const Value& value) { return read_flag(value); });
  }
  std::optional<std::string> on_text(const Key& key, const TextRule& rule,
                                     std::optional<std::string> /*fallback*/) override {
    return value_of<std::string>(key, [&](const Value& value) { return read_text(value, rule); });
  }
  std::optional<std::size_t> on_choice(const Key& key, std::span<const std::string_view> names,
                                       std::optional<std::size_t> /*fallback*/) override {
    return value_of<std::size_t>(key,
                                 [&](const Value& value) { return read_choice(value, names); });
  }

 private:
  /// The key's value; null when it is absent, which is a fault where it is required.
  const Value* lookup(const Key& key);
  const Value* lookup(const Key& key, Value::Kind kind) {
    const Value* value = lookup(key);
    if (value == nullptr) return nullptr;
    return accept(expect(*value, kind), *value, join_path(path_, key.name)) ? value : nullptr;
  }

  /// The key's value as `read` understands it.
  template <class T, class Read>
  std::optional<T> value_of(const Key& key, const Read& read) {
    const Value* value = lookup(key);
    if (value == nullptr) return std::nullopt;
    auto understood = read(*value);
    if (!accept(understood, *value, join_path(path_, key.name))) return std::nullopt;
    return *std::move(understood);
  }

  /// The result, whose error becomes a fault of the value.
  template <class T>
  base::Result<T> accept(base::Result<T> result, const Value& value, const std::string& path) {
    if (!result) faults_.add(value.at, path, result.error().message);
    return result;
  }

  /// A list or map with a right number of entries.
  const Value* counted(const Key& key, Value::Kind kind, const CountRule& count);

  /// The keys that are given have no meaning where `tag` is `value`.
  void refuse_keys(std::string_view tag, std::string_view value,
                   std::initializer_list<std::string_view> keys);

  template <class Each>
  void each_named(const Key& key, const CountRule& count, const Each& each) {
    const Value* map = counted(key, Value::Kind::kObject, count);
    if (map == nullptr) return;
    for (const Member& member : map->members) {
      const std::string path =
          join_path(join_path(path_, key.name), base::printable(member.key, 64));
      positions_.add(path, member.value.at);
      if (const auto named = rules::kName.check(member.key); !named) {
        faults_.add(member.at, path, named.error().message);
      } else {
        each(member, path);
      }
    }
  }

  void read_inner(const Value& value, std::string path, const Describe& describe) {
    ObjectReader inner(value, std::move(path), positions_, faults_);
    describe(inner);
    inner.finish();
  }

  const Value& object_;
  std::string path_;
  Positions& positions_;
  FaultList& faults_;
  std::vector<std::string_view> known_;
};

const Value* ObjectReader::lookup(const Key& key) {
  known_.push_back(key.name);
  const Member* member = object_.find(key.name);
  if (member == nullptr) {
    if (key.required) {
      faults_.add(object_.at, path_, concat("the key \"", key.name, "\" is missing; add it"));
    }
    return nullptr;
  }
  positions_.add(join_path(path_, key.name), member->value.at);
  return &member->value;
}

const Value* ObjectReader::counted(const Key& key, Value::Kind kind, const CountRule& count) {
  const Value* value = lookup(key, kind);
  if (value == nullptr) return nullptr;
  const std::size_t size =
      kind == Value::Kind::kArray ? value->items.size() : value->members.size();
  if (size >= count.min && size <= count.max) return value;
  const std::string path = join_path(path_, key.name);
  if (size < count.min) {
    faults_.add(value->at, path,
                size == 0 && count.min == 1
                    ? std::string("is empty; give at least one entry")
                    : concat("has ", size, " entries; give at least ", count.min));
  } else {
    faults_.add(value->at, path, concat("has ", size, " entries; the limit is ", count.max));
  }
  return nullptr;
}

void ObjectReader::one_of(const std::vector<Variant>& variants) {
  std::vector<std::string_view> names;
  std::vector<const Variant*> given;
  for (const Variant& variant : variants) {
    names.push_back(variant.key);
    if (object_.find(variant.key) != nullptr) given.push_back(&variant);
  }
  if (given.size() != 1) {
    faults_.add(object_.at, path_,
                concat(given.empty() ? "none" : "more than one", " of ", either_of(names),
                       " is given; give exactly one"));
    return;
  }
  for (std::string_view needed : given.front()->with) {
    if (object_.find(needed) != nullptr) continue;
    faults_.add(
        object_.at, path_,
        concat("the key \"", needed, "\" is missing; \"", given.front()->key, "\" needs it"));
  }
  for (const Variant& other : variants) {
    for (std::string_view key : other.with) {
      const Member* member = object_.find(key);
      const bool wanted = std::ranges::find(given.front()->with, key) != given.front()->with.end();
      const std::string path = join_path(path_, key);
      if (member == nullptr || wanted || faults_.names(path)) continue;
      faults_.add(member->at, path,
                  concat("has no meaning beside \"", given.front()->key, "\"; remove it"));
    }
  }
}

void ObjectReader::excludes(std::string_view tag, std::string_view value,
                            std::initializer_list<std::string_view> keys) {
  const Member* given = object_.find(tag);
  if (given == nullptr || given->value.kind != Value::Kind::kString || given->value.text != value) {
    return;
  }
  refuse_keys(tag, value, keys);
}

void ObjectReader::only_where(std::string_view tag, std::initializer_list<std::string_view> values,
                              std::initializer_list<std::string_view> keys) {
  const Member* given = object_.find(tag);
  // A tag that is no good is a fault by itself.
  if (given == nullptr || faults_.names(join_path(path_, tag))) return;
  if (std::ranges::find(values, given->value.text) != values.end()) return;
  refuse_keys(tag, given->value.text, keys);
}

void ObjectReader::refuse_keys(std::string_view tag, std::string_view value,
                               std::initializer_list<std::string_view> keys) {
  for (std::string_view key : keys) {
    const Member* member = object_.find(key);
    if (member == nullptr) continue;
    faults_.add(member->at, join_path(path_, key),
                concat("has no meaning where ", tag, " is \"", value, "\"; remove it"));
  }
}

void ObjectReader::finish() {
  for (const Member& member : object_.members) {
    if (std::ranges::find(known_, member.key) != known_.end()) continue;
    std::string message = "this key does not exist; ";
    if (const auto meant = meant_by(member.key, known_)) {
      message += concat("did you mean \"", *meant, "\"?");
    } else {
      message += concat("here are known: ");
      for (std::size_t i = 0; i < known_.size(); ++i) {
        message += concat(i == 0 ? "" : ", ", known_[i]);
      }
    }
    faults_.add(member.at, join_path(path_, base::printable(member.key, kMaxSuggestedBytes)),
                std::move(message));
  }
}

}  // namespace

Position Positions::of(std::string_view path) const {
  const auto found = positions_.find(path);
  return found == positions_.end() ? Position{} : found->second;
}

Reading read_document(const Value& document, FaultList& faults) {
  Reading reading;
  if (document.kind != Value::Kind::kObject) {
    faults.add(document.at, "",
               concat("the file holds ", describe(document), "; write an object: { ... }"));
    return reading;
  }
  ObjectReader root(document, "", reading.positions, faults);
  describe_config(root, reading.draft);
  root.finish();
  return reading;
}

}  // namespace hapair::config
