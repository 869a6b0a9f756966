#include "tests/unit/config/schema_writer.hpp"

#include <algorithm>
#include <array>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/sections.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDurationPattern = "^(0|[0-9]{1,9}(ns|us|ms|s|m|h|d))$";
constexpr const char* kSizePattern = "^[0-9]{1,6}(B|KiB|MiB|GiB|TiB)$";

Json named(const CountRule& count) {
  Json schema{{"type", "object"}};
  if (count.min > 0) schema["minProperties"] = count.min;
  schema["maxProperties"] = count.max;
  schema["propertyNames"] = {{"pattern", rules::kName.pattern}};
  return schema;
}

Json listed(const CountRule& count) {
  Json schema{{"type", "array"}};
  if (count.min > 0) schema["minItems"] = count.min;
  schema["maxItems"] = count.max;
  return schema;
}

Json number_schema(const NumberRule& rule) {
  return {{"type", "integer"}, {"minimum", rule.min}, {"maximum", rule.max}};
}

Json text_schema(const TextRule& rule) {
  Json schema{{"type", "string"}, {"pattern", rule.pattern}};
  if (!rule.example.empty()) schema["examples"] = {rule.example};
  return schema;
}

/// As the file writes it: with the largest unit that leaves a whole number.
Json size_value(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  if (bytes == 0) return 0;
  std::size_t unit = 0;
  for (; unit + 1 < kUnits.size() && bytes % 1024 == 0; ++unit) bytes /= 1024;
  return base::concat(bytes, kUnits.at(unit));
}

std::string size_text(std::uint64_t bytes) {
  return bytes == 0 ? "0" : size_value(bytes).get<std::string>();
}

/// Properties that must not be there.
Json none_of(const std::vector<std::string_view>& keys) {
  Json properties = Json::object();
  for (std::string_view key : keys) properties[std::string(key)] = false;
  return properties;
}

/// A default that is no fixed value is told in words.
bool tells_default(std::string_view doc) { return doc.contains(" by default"); }

}  // namespace

void SchemaWriter::add(const Key& key, Json schema, Json fallback) {
  Json described{{"description", key.doc}};
  described.update(schema);
  if (key.required) {
    required_.push_back(key.name);
  } else if (!fallback.is_null() && fallback != "" && !tells_default(key.doc)) {
    described["default"] = std::move(fallback);
  }
  properties_[std::string(key.name)] = std::move(described);
}

Json SchemaWriter::finish() const {
  Json schema{{"type", "object"}, {"properties", properties_}};
  if (!required_.empty()) schema["required"] = required_;
  schema["additionalProperties"] = false;
  if (!conditions_.empty()) schema["allOf"] = conditions_;
  return schema;
}

void SchemaWriter::texts(const Key& key, const CountRule& count, const TextRule& rule,
                         std::vector<ListedText>& /*into*/) {
  Json schema = listed(count);
  schema["items"] = text_schema(rule);
  add(key, std::move(schema));
}

void SchemaWriter::object(const Key& key, const Describe& describe) {
  SchemaWriter inner;
  describe(inner);
  add(key, inner.finish());
}

void SchemaWriter::flag_or_object(const Key& key, bool& into, const Describe& describe) {
  SchemaWriter inner;
  describe(inner);
  add(key, {{"anyOf", {{{"type", "boolean"}}, inner.finish()}}}, into);
}

void SchemaWriter::text_or_object(const Key& key, const TextRule& rule, std::string& into,
                                  const Describe& describe) {
  const std::string fallback = into;
  SchemaWriter inner;
  describe(inner);
  add(key, {{"anyOf", {text_schema(rule), inner.finish()}}}, fallback);
}

void SchemaWriter::list(const Key& key, const CountRule& count, const Describe& describe) {
  SchemaWriter inner;
  describe(inner);
  Json schema = listed(count);
  schema["items"] = inner.finish();
  add(key, std::move(schema));
}

void SchemaWriter::object_or_list(const Key& key, const CountRule& count,
                                  const Describe& describe) {
  SchemaWriter inner;
  describe(inner);
  Json list = listed(count);
  list["items"] = inner.finish();
  add(key, {{"anyOf", {inner.finish(), std::move(list)}}});
}

void SchemaWriter::texts_or_objects(const Key& key, const CountRule& count, const TextRule& rule,
                                    const TakeText& /*take*/, const Describe& describe) {
  SchemaWriter inner;
  describe(inner);
  Json schema = listed(count);
  schema["items"] = {{"anyOf", {text_schema(rule), inner.finish()}}};
  add(key, std::move(schema));
}

void SchemaWriter::map(const Key& key, const CountRule& count, const DescribeNamed& describe) {
  SchemaWriter inner;
  describe("", inner);
  Json schema = named(count);
  schema["additionalProperties"] = inner.finish();
  add(key, std::move(schema));
}

void SchemaWriter::number_map(const Key& key, const CountRule& count, const NumberRule& rule,
                              Numbers& /*into*/) {
  Json schema = named(count);
  schema["additionalProperties"] = number_schema(rule);
  add(key, std::move(schema));
}

void SchemaWriter::one_of(const std::vector<Variant>& variants) {
  Json alternatives = Json::array();
  for (const Variant& variant : variants) {
    Json required{variant.key};
    std::vector<std::string_view> others;
    for (std::string_view key : variant.with) required.push_back(key);
    for (const Variant& other : variants) {
      if (other.key != variant.key) others.push_back(other.key);
      for (std::string_view key : other.with) {
        const bool wanted = std::ranges::find(variant.with, key) != variant.with.end();
        const bool listed = std::ranges::find(others, key) != others.end();
        if (!wanted && !listed) others.push_back(key);
      }
    }
    alternatives.push_back({{"required", required}, {"properties", none_of(others)}});
  }
  conditions_.push_back({{"oneOf", alternatives}});
}

void SchemaWriter::excludes(std::string_view tag, std::string_view value,
                            std::initializer_list<std::string_view> keys) {
  const Json is_so{{"required", {tag}}, {"properties", {{std::string(tag), {{"const", value}}}}}};
  conditions_.push_back({{"if", is_so}, {"then", {{"properties", none_of(keys)}}}});
}

void SchemaWriter::only_where(std::string_view tag, std::initializer_list<std::string_view> values,
                              std::initializer_list<std::string_view> keys) {
  const Json one_of_them{{"enum", Json(std::vector<std::string>(values.begin(), values.end()))}};
  const Json is_other{{"required", {tag}},
                      {"properties", {{std::string(tag), {{"not", one_of_them}}}}}};
  conditions_.push_back({{"if", is_other}, {"then", {{"properties", none_of(keys)}}}});
}

std::optional<std::int64_t> SchemaWriter::on_number(const Key& key, const NumberRule& rule,
                                                    std::optional<std::int64_t> fallback) {
  add(key, number_schema(rule), fallback ? Json(*fallback) : Json());
  return std::nullopt;
}

std::optional<std::uint32_t> SchemaWriter::on_factor(const Key& key, const FactorRule& rule) {
  constexpr double kWhole = 100;
  add(key, {{"type", "number"}, {"minimum", rule.min / kWhole}, {"maximum", rule.max / kWhole}});
  return std::nullopt;
}

std::optional<base::Duration> SchemaWriter::on_duration(const Key& key, const DurationRule& rule,
                                                        std::optional<base::Duration> fallback) {
  const std::string doc = base::concat(key.doc, " Range: ", base::format_duration(rule.min), " to ",
                                       base::format_duration(rule.max), ".");
  add({key.name, doc, key.required}, {{"type", "string"}, {"pattern", kDurationPattern}},
      fallback && *fallback >= rule.min ? Json(base::format_duration(*fallback)) : Json());
  return std::nullopt;
}

std::optional<std::uint64_t> SchemaWriter::on_size(const Key& key, const SizeRule& rule,
                                                   std::uint64_t fallback) {
  const Json sized{{"type", "string"}, {"pattern", kSizePattern}};
  const Json zero{{"const", 0}};
  const bool below = (rule.max + 1) % 1024 == 0;  // a byte below a round size
  const std::string most = below ? base::concat("below ", size_text(rule.max + 1))
                                 : base::concat("at most ", size_text(rule.max));
  const std::string doc = rule.min == 0 ? base::concat(key.doc, " Range: ", most, ".")
                                        : base::concat(key.doc, " Range: ", size_text(rule.min),
                                                       " to ", size_text(rule.max), ".");
  add({key.name, doc, key.required}, rule.min == 0 ? Json{{"anyOf", {zero, sized}}} : sized,
      fallback >= rule.min ? size_value(fallback) : Json());
  return std::nullopt;
}

std::optional<bool> SchemaWriter::on_flag(const Key& key, bool fallback) {
  add(key, {{"type", "boolean"}}, fallback);
  return std::nullopt;
}

std::optional<std::string> SchemaWriter::on_text(const Key& key, const TextRule& rule,
                                                 std::optional<std::string> fallback) {
  add(key, text_schema(rule), fallback ? Json(*fallback) : Json());
  return std::nullopt;
}

std::optional<std::size_t> SchemaWriter::on_choice(const Key& key,
                                                   std::span<const std::string_view> names,
                                                   std::optional<std::size_t> fallback) {
  Json choices = Json::array();
  for (std::string_view name : names) choices.push_back(name);
  add(key, {{"enum", choices}}, fallback ? Json(names[*fallback]) : Json());
  return std::nullopt;
}

std::string write_schema() {
  Draft draft;
  SchemaWriter root;
  describe_config(root, draft);
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "hapair configuration"}};
  schema.update(root.finish());
  constexpr int kIndent = 2;
  return schema.dump(kIndent) + "\n";
}

}  // namespace hapair::config
