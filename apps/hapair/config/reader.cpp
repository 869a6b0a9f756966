#include "apps/hapair/config/reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/sections.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

constexpr std::size_t kMaxTextBytes = 8192;
constexpr std::size_t kMaxSuggestedBytes = 64;

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<SizeUnit, 5> kSizeUnits{
    {{"TiB", 1ULL << 40}, {"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}}};

std::string format_size(std::uint64_t size) {
  for (const SizeUnit& unit : kSizeUnits) {
    if (size != 0 && size % unit.bytes == 0) return concat(size / unit.bytes, unit.name);
  }
  return "0";
}

/// "16KiB"; nullopt when it is no size.
std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::size_t kMaxDigits = 6;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = base::parse_unsigned(text.substr(0, digits));
  if (!count || digits > kMaxDigits) return std::nullopt;
  for (const SizeUnit& unit : kSizeUnits) {
    if (text.substr(digits) == unit.name) return *count * unit.bytes;
  }
  return std::nullopt;
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// "roundrobin", "\"a\" or \"b\"", "\"a\", \"b\" or \"c\""
std::string either_of(std::span<const std::string_view> names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += concat("\"", names[i], "\"");
  }
  return out;
}

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
      if (auto text = text_in(list->items[i], path, rule)) into.push_back({path, *std::move(text)});
    }
  }

  void object(const Key& key, const Describe& describe) override {
    const Value* value = lookup(key, Value::Kind::kObject);
    if (value != nullptr) read_inner(*value, join_path(path_, key.name), describe);
  }

  void flag_or_object(const Key& key, bool& into, const Describe& describe) override {
    const Value* value = lookup(key);
    if (value == nullptr) return;
    if (value->kind == Value::Kind::kBoolean) {
      into = value->boolean;
    } else if (expect(*value, join_path(path_, key.name), Value::Kind::kObject,
                      "true, false or an object")) {
      into = true;
      read_inner(*value, join_path(path_, key.name), describe);
    }
  }

  void list(const Key& key, const CountRule& count, const Describe& describe) override {
    const Value* list = counted(key, Value::Kind::kArray, count);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const std::string path = join_path(join_path(path_, key.name), i);
      positions_.add(path, list->items[i].at);
      if (expect(list->items[i], path, Value::Kind::kObject)) {
        read_inner(list->items[i], path, describe);
      }
    }
  }

  void map(const Key& key, const CountRule& count, const DescribeNamed& describe) override {
    each_named(key, count, [&](const Member& member, const std::string& path) {
      if (!expect(member.value, path, Value::Kind::kObject)) return;
      read_inner(member.value, path, [&](Shape& inner) { describe(member.key, inner); });
    });
  }

  void number_map(const Key& key, const CountRule& count, const NumberRule& rule,
                  Numbers& into) override {
    each_named(key, count, [&](const Member& member, const std::string& path) {
      if (const auto number = number_in(member.value, path, rule)) {
        into.emplace_back(member.key, *number);
      }
    });
  }

  [[nodiscard]] std::string path() const override { return path_; }
  void one_of(const std::vector<Variant>& variants) override;
  void excludes(std::string_view tag, std::string_view value,
                std::initializer_list<std::string_view> keys) override;

  /// Reports the keys that nobody asked for.
  void finish();

 protected:
  std::optional<std::int64_t> on_number(const Key& key, const NumberRule& rule,
                                        std::optional<std::int64_t> /*fallback*/) override {
    const Value* value = lookup(key);
    if (value == nullptr) return std::nullopt;
    return number_in(*value, join_path(path_, key.name), rule);
  }

  std::optional<base::Duration> on_duration(const Key& key, const DurationRule& rule,
                                            std::optional<base::Duration> fallback) override;
  std::optional<std::uint64_t> on_size(const Key& key, const SizeRule& rule,
                                       std::uint64_t fallback) override;

  std::optional<bool> on_flag(const Key& key, bool /*fallback*/) override {
    const Value* value = lookup(key, Value::Kind::kBoolean);
    return value == nullptr ? std::nullopt : std::optional(value->boolean);
  }

  std::optional<std::string> on_text(const Key& key, const TextRule& rule,
                                     std::optional<std::string> /*fallback*/) override {
    const Value* value = lookup(key);
    if (value == nullptr) return std::nullopt;
    return text_in(*value, join_path(path_, key.name), rule);
  }

  std::optional<std::size_t> on_choice(const Key& key, std::span<const std::string_view> names,
                                       std::optional<std::size_t> fallback) override;

 private:
  /// The key's value; null when it is absent, which is a fault where it is required.
  const Value* lookup(const Key& key);
  const Value* lookup(const Key& key, Value::Kind kind) {
    const Value* value = lookup(key);
    return value != nullptr && expect(*value, join_path(path_, key.name), kind) ? value : nullptr;
  }

  /// A list or map with a right number of entries.
  const Value* counted(const Key& key, Value::Kind kind, const CountRule& count);

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

  bool expect(const Value& value, const std::string& path, Value::Kind kind,
              std::string_view wanted = {});
  std::optional<std::int64_t> number_in(const Value& value, const std::string& path,
                                        const NumberRule& rule);
  std::optional<std::string> text_in(const Value& value, const std::string& path,
                                     const TextRule& rule);

  const Value& object_;
  std::string path_;
  Positions& positions_;
  FaultList& faults_;
  std::vector<std::string_view> known_;
};

std::string_view name_of(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBoolean:
      return "true or false";
    case Value::Kind::kInteger:
    case Value::Kind::kNumber:
      return "a whole number";
    case Value::Kind::kString:
      return "a text in double quotes";
    case Value::Kind::kArray:
      return "a list: [ ... ]";
    case Value::Kind::kObject:
      return "an object: { ... }";
  }
  return {};
}

bool ObjectReader::expect(const Value& value, const std::string& path, Value::Kind kind,
                          std::string_view wanted) {
  if (value.kind == kind) return true;
  faults_.add(value.at, path,
              concat("is ", describe(value), "; write ", wanted.empty() ? name_of(kind) : wanted));
  return false;
}

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
    faults_.add(value->at, path, "is empty; give at least one entry");
  } else {
    faults_.add(value->at, path, concat("has ", size, " entries; the limit is ", count.max));
  }
  return nullptr;
}

std::optional<std::int64_t> ObjectReader::number_in(const Value& value, const std::string& path,
                                                    const NumberRule& rule) {
  const auto range = [&] { return concat("use ", rule.min, " to ", rule.max, rule.why); };
  if (value.kind == Value::Kind::kNumber) {
    faults_.add(
        value.at, path,
        concat(base::printable(value.text, 64), " is not a whole number in range; ", range()));
    return std::nullopt;
  }
  if (!expect(value, path, Value::Kind::kInteger)) return std::nullopt;
  if (value.integer < rule.min) {
    faults_.add(value.at, path, concat(value.text, " is below ", rule.min, "; ", range()));
    return std::nullopt;
  }
  if (value.integer > rule.max) {
    faults_.add(value.at, path, concat(value.text, " is above ", rule.max, "; ", range()));
    return std::nullopt;
  }
  return value.integer;
}

std::optional<std::string> ObjectReader::text_in(const Value& value, const std::string& path,
                                                 const TextRule& rule) {
  if (!expect(value, path, Value::Kind::kString)) return std::nullopt;
  if (value.text.size() > kMaxTextBytes) {
    faults_.add(value.at, path,
                concat("the text has ", value.text.size(), " bytes; the limit is ", kMaxTextBytes));
    return std::nullopt;
  }
  if (has_control_character(value.text)) {
    faults_.add(value.at, path, "the text holds a control character; remove it");
    return std::nullopt;
  }
  if (const auto checked = rule.check(value.text); !checked) {
    faults_.add(value.at, path, checked.error().message);
    return std::nullopt;
  }
  return value.text;
}

std::optional<base::Duration> ObjectReader::on_duration(
    const Key& key, const DurationRule& rule, std::optional<base::Duration> /*fallback*/) {
  const Value* value = lookup(key);
  if (value == nullptr) return std::nullopt;
  const std::string path = join_path(path_, key.name);
  if (!expect(*value, path, Value::Kind::kString, "a duration with its unit, like \"2s\"")) {
    return std::nullopt;
  }
  const auto duration = base::parse_duration(base::printable(value->text, 64));
  if (!duration) {
    faults_.add(value->at, path, duration.error().message);
    return std::nullopt;
  }
  if (*duration >= rule.min && *duration <= rule.max) return *duration;
  faults_.add(value->at, path,
              concat(value->text, *duration < rule.min ? " is below " : " is above ",
                     base::format_duration(*duration < rule.min ? rule.min : rule.max), "; use ",
                     base::format_duration(rule.min), " to ", base::format_duration(rule.max)));
  return std::nullopt;
}

std::optional<std::uint64_t> ObjectReader::on_size(const Key& key, const SizeRule& rule,
                                                   std::uint64_t /*fallback*/) {
  const Value* value = lookup(key);
  if (value == nullptr) return std::nullopt;
  const std::string path = join_path(path_, key.name);
  const bool zero = value->kind == Value::Kind::kInteger && value->integer == 0;
  if (zero && rule.min == 0) return 0;
  if (!expect(*value, path, Value::Kind::kString, "a size with its unit, like \"16KiB\"")) {
    return std::nullopt;
  }
  const auto size = parse_size(value->text);
  if (!size) {
    faults_.add(value->at, path,
                concat("'", base::printable(value->text, 64),
                       "' is not a size; write a whole number and a unit: \"512B\", \"16KiB\", "
                       "\"1MiB\" or \"1GiB\""));
    return std::nullopt;
  }
  if (*size >= rule.min && *size <= rule.max) return *size;
  faults_.add(value->at, path,
              concat(value->text, *size < rule.min ? " is below " : " is above ",
                     format_size(*size < rule.min ? rule.min : rule.max), "; use ",
                     format_size(rule.min), " to ", format_size(rule.max)));
  return std::nullopt;
}

std::optional<std::size_t> ObjectReader::on_choice(const Key& key,
                                                   std::span<const std::string_view> names,
                                                   std::optional<std::size_t> /*fallback*/) {
  const Value* value = lookup(key);
  if (value == nullptr) return std::nullopt;
  const std::string path = join_path(path_, key.name);
  if (!expect(*value, path, Value::Kind::kString, either_of(names))) return std::nullopt;
  const auto found = std::ranges::find(names, value->text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  faults_.add(value->at, path,
              concat("\"", base::printable(value->text, 64), "\" is not known here; use ",
                     either_of(names)));
  return std::nullopt;
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
