// A Shape that writes the JSON Schema (draft 2020-12) of the configuration: configs/schema.json is
// what it yields, and a test keeps it so.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

class SchemaWriter final : public Shape {
 public:
  void texts(const Key& key, const CountRule& count, const TextRule& rule,
             std::vector<ListedText>& into) override;
  void object(const Key& key, const Describe& describe) override;
  void flag_or_object(const Key& key, bool& into, const Describe& describe) override;
  void text_or_object(const Key& key, const TextRule& rule, std::string& into,
                      const Describe& describe) override;
  void list(const Key& key, const CountRule& count, const Describe& describe) override;
  void object_or_list(const Key& key, const CountRule& count, const Describe& describe) override;
  void texts_or_objects(const Key& key, const CountRule& count, const TextRule& rule,
                        const TakeText& take, const Describe& describe) override;
  void map(const Key& key, const CountRule& count, const DescribeNamed& describe) override;
  void number_map(const Key& key, const CountRule& count, const NumberRule& rule,
                  Numbers& into) override;
  [[nodiscard]] std::string path() const override { return {}; }
  void one_of(const std::vector<Variant>& variants) override;
  void excludes(std::string_view tag, std::string_view value,
                std::initializer_list<std::string_view> keys) override;
  void only_where(std::string_view tag, std::initializer_list<std::string_view> values,
                  std::initializer_list<std::string_view> keys) override;

  /// The schema of the object that was described.
  [[nodiscard]] nlohmann::ordered_json finish() const;

 protected:
  std::optional<std::int64_t> on_number(const Key& key, const NumberRule& rule,
                                        std::optional<std::int64_t> fallback) override;
  std::optional<std::uint32_t> on_factor(const Key& key, const FactorRule& rule) override;
  std::optional<base::Duration> on_duration(const Key& key, const DurationRule& rule,
                                            std::optional<base::Duration> fallback) override;
  std::optional<std::uint64_t> on_size(const Key& key, const SizeRule& rule,
                                       std::uint64_t fallback) override;
  std::optional<bool> on_flag(const Key& key, bool fallback) override;
  std::optional<std::string> on_text(const Key& key, const TextRule& rule,
                                     std::optional<std::string> fallback) override;
  std::optional<std::size_t> on_choice(const Key& key, std::span<const std::string_view> names,
                                       std::optional<std::size_t> fallback) override;

 private:
  /// Adds a property; a default is only said where the key may be left out.
  void add(const Key& key, nlohmann::ordered_json schema,
           nlohmann::ordered_json fallback = nullptr);

  nlohmann::ordered_json properties_ = nlohmann::ordered_json::object();
  nlohmann::ordered_json required_ = nlohmann::ordered_json::array();
  nlohmann::ordered_json conditions_ = nlohmann::ordered_json::array();
};

/// The whole published schema as text.
[[nodiscard]] std::string write_schema();

}  // namespace hapair::config
