// The shape of the configuration file, said once. describe_config() (sections.hpp) tells a Shape
// every key there is: its name, type, range and default. The reader is a Shape that fills the draft
// from a document; the writer of the JSON Schema is another. So the two cannot disagree about keys.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

struct Key {
  std::string_view name;
  std::string_view doc;  ///< one sentence for the schema
  bool required = false;
};
inline constexpr bool kMandatory = true;

struct NumberRule {
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::string_view why;  ///< appended to the remedy; may be empty
};

/// Factors in hundredths: 125 is written 1.25.
struct FactorRule {
  std::uint32_t min = 0;
  std::uint32_t max = 0;
};

struct DurationRule {
  base::Duration min{0};
  base::Duration max{0};
};

/// Sizes in bytes: "16KiB". 0 is written as the number 0, where the range allows it.
struct SizeRule {
  std::uint64_t min = 0;
  std::uint64_t max = 0;
};

/// What a text must look like. The pattern is for the schema and no stricter than check().
struct TextRule {
  std::string_view pattern;
  base::Result<void> (*check)(std::string_view) = nullptr;  ///< fails with "problem; remedy"
  std::string_view example;
  bool raw = false;  ///< control characters are allowed
  std::size_t max_bytes = 8192;
};

/// How many entries a list or map may have.
struct CountRule {
  std::size_t min = 0;
  std::size_t max = 0;
};

/// An entry of a list, and where it stands: "vips.VI_1.addresses[0]".
struct ListedText {
  std::string path;
  std::string text;
};

/// One of several ways to write an object: known by `key`, which needs the keys in `with`.
struct Variant {
  std::string_view key;
  std::vector<std::string_view> with;
};

/// One JSON object. Each call names one key; a reading shape stores what the file gives and leaves
/// the target alone otherwise, so what stands in it is the default.
class Shape {
 public:
  virtual ~Shape() = default;

  template <class T>
  void number(const Key& key, const NumberRule& rule, T& into) {
    if (const auto given = on_number(key, rule, as_default(into))) assign(into, *given);
  }
  /// A number that need not be whole, kept in hundredths; without a default.
  void factor(const Key& key, const FactorRule& rule, std::optional<std::uint32_t>& into) {
    if (const auto given = on_factor(key, rule)) into = given;
  }
  template <class T>
  void duration(const Key& key, const DurationRule& rule, T& into) {
    if (const auto given = on_duration(key, rule, as_default(into))) into = *given;
  }
  void size(const Key& key, const SizeRule& rule, std::uint64_t& into) {
    if (const auto given = on_size(key, rule, into)) into = *given;
  }
  void flag(const Key& key, bool& into) {
    if (const auto given = on_flag(key, into)) into = *given;
  }
  template <class T>
  void text(const Key& key, const TextRule& rule, T& into) {
    if (auto given = on_text(key, rule, as_default(into))) into = *std::move(given);
  }
  /// A text read by T::parse, which `rule` has checked to succeed.
  template <class T>
  void parsed(const Key& key, const TextRule& rule, T& into) {
    if (const auto given = on_text(key, rule, text_of(into))) into = value_of<T>(*given);
  }
  /// `names[i]` stands for `values[i]`.
  template <class T, class E, std::size_t N>
  void choice(const Key& key, const std::string_view (&names)[N], const E (&values)[N], T& into) {
    if (const auto given = on_choice(key, names, index_of(values, into))) into = values[*given];
  }
  virtual void texts(const Key& key, const CountRule& count, const TextRule& rule,
                     std::vector<ListedText>& into) = 0;

  using Describe = std::function<void(Shape&)>;
  using TakeText = std::function<void(const ListedText&)>;
  using DescribeNamed = std::function<void(const std::string& name, Shape&)>;
  using Numbers = std::vector<std::pair<std::string, std::int64_t>>;

  virtual void object(const Key& key, const Describe& describe) = 0;
  /// true, false or an object; an object stands for true.
  virtual void flag_or_object(const Key& key, bool& into, const Describe& describe) = 0;
  /// A text, or an object that says more.
  virtual void text_or_object(const Key& key, const TextRule& rule, std::string& into,
                              const Describe& describe) = 0;
  virtual void list(const Key& key, const CountRule& count, const Describe& describe) = 0;
  /// One, or a list of them.
  virtual void object_or_list(const Key& key, const CountRule& count, const Describe& describe) = 0;
  /// A list of texts, of which any may be an object instead that says more.
  virtual void texts_or_objects(const Key& key, const CountRule& count, const TextRule& rule,
                                const TakeText& take, const Describe& describe) = 0;
  /// An object whose keys are names that the user chooses.
  virtual void map(const Key& key, const CountRule& count, const DescribeNamed& describe) = 0;
  virtual void number_map(const Key& key, const CountRule& count, const NumberRule& rule,
                          Numbers& into) = 0;

  /// Where this object stands: "frontends.web.bind[0]"; empty for the file as a whole.
  [[nodiscard]] virtual std::string path() const = 0;

  /// Exactly one of the variants' keys stands in the object, and of the keys that only variants
  /// have, just those which it needs.
  virtual void one_of(const std::vector<Variant>& variants) = 0;
  /// Where `tag` is given as `value`, none of `keys` may be given.
  virtual void excludes(std::string_view tag, std::string_view value,
                        std::initializer_list<std::string_view> keys) = 0;
  /// `keys` may be given only where `tag` is one of `values`.
  virtual void only_where(std::string_view tag, std::initializer_list<std::string_view> values,
                          std::initializer_list<std::string_view> keys) = 0;

 protected:
  virtual std::optional<std::int64_t> on_number(const Key& key, const NumberRule& rule,
                                                std::optional<std::int64_t> fallback) = 0;
  virtual std::optional<std::uint32_t> on_factor(const Key& key, const FactorRule& rule) = 0;
  virtual std::optional<base::Duration> on_duration(const Key& key, const DurationRule& rule,
                                                    std::optional<base::Duration> fallback) = 0;
  virtual std::optional<std::uint64_t> on_size(const Key& key, const SizeRule& rule,
                                               std::uint64_t fallback) = 0;
  virtual std::optional<bool> on_flag(const Key& key, bool fallback) = 0;
  virtual std::optional<std::string> on_text(const Key& key, const TextRule& rule,
                                             std::optional<std::string> fallback) = 0;
  virtual std::optional<std::size_t> on_choice(const Key& key,
                                               std::span<const std::string_view> names,
                                               std::optional<std::size_t> fallback) = 0;

 private:
  // The default of a key is what its target holds; an empty optional has none.
  template <std::integral T>
  static std::optional<std::int64_t> as_default(T value) {
    return static_cast<std::int64_t>(value);
  }
  template <std::integral T>
  static std::optional<std::int64_t> as_default(const std::optional<T>& value) {
    return value ? std::optional<std::int64_t>(*value) : std::nullopt;
  }
  static std::optional<base::Duration> as_default(base::Duration value) { return value; }
  static std::optional<base::Duration> as_default(std::optional<base::Duration> value) {
    return value;
  }
  static std::optional<std::string> as_default(const std::string& value) { return value; }
  static std::optional<std::string> as_default(const std::optional<std::string>& value) {
    return value;
  }

  template <std::integral T>
  static void assign(T& into, std::int64_t value) {
    into = static_cast<T>(value);
  }
  template <std::integral T>
  static void assign(std::optional<T>& into, std::int64_t value) {
    into = static_cast<T>(value);
  }

  template <class T>
  static std::optional<std::string> text_of(const T& value) {
    return value.to_string();
  }
  template <class T>
  static std::optional<std::string> text_of(const std::optional<T>& value) {
    return value ? std::optional(value->to_string()) : std::nullopt;
  }
  template <class T>
  struct Plain {
    using Type = T;
  };
  template <class T>
  struct Plain<std::optional<T>> {
    using Type = T;
  };
  template <class T>
  static typename Plain<T>::Type value_of(const std::string& text) {
    return Plain<T>::Type::parse(text).value();
  }

  template <class E, std::size_t N>
  static std::optional<std::size_t> index_of(const E (&values)[N],
                                             const std::type_identity_t<std::optional<E>>& value) {
    for (std::size_t i = 0; i < N; ++i) {
      if (value == values[i]) return i;
    }
    return std::nullopt;
  }
};

}  // namespace hapair::config
