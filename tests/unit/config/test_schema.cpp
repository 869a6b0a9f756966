// The published schema and the parser agree: the schema is what the parser's own description of the
// keys yields, and every key has a good and a bad example.
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "apps/hapair/config/document.hpp"
#include "apps/hapair/config/parse.hpp"
#include "tests/unit/config/data_files.hpp"
#include "tests/unit/config/schema_writer.hpp"

using namespace hapair::config;

namespace {

using Json = nlohmann::ordered_json;

/// "vips.*.router_id" and so on: every key that the schema describes.
void collect_keys(const Json& schema, const std::string& path, std::set<std::string>& into) {
  if (schema.contains("anyOf")) {
    for (const Json& choice : schema["anyOf"]) collect_keys(choice, path, into);
  }
  if (schema.contains("items")) collect_keys(schema["items"], path, into);
  if (schema.contains("properties")) {
    for (const auto& [key, inner] : schema["properties"].items()) {
      into.insert(join_path(path, key));
      collect_keys(inner, join_path(path, key), into);
    }
  } else if (schema.contains("additionalProperties")) {
    collect_keys(schema["additionalProperties"], join_path(path, "*"), into);
  }
}

std::set<std::string> all_keys() {
  std::set<std::string> keys;
  collect_keys(Json::parse(write_schema()), "", keys);
  // Binds are described once, and are looked at as those of frontends.
  std::erase_if(keys, [](const std::string& key) { return key.starts_with("admin.bind."); });
  return keys;
}

/// The keys of a document in the same form. Names that the user chose become "*".
void collect_keys(const Value& value, const std::string& path, const std::set<std::string>& known,
                  std::set<std::string>& into) {
  for (const Value& item : value.items) collect_keys(item, path, known, into);
  for (const Member& member : value.members) {
    std::string inner = join_path(path, member.key);
    if (!known.contains(inner)) inner = join_path(path, "*");
    into.insert(inner);
    collect_keys(member.value, inner, known, into);
  }
}

/// A fault's path in the same form: without list indices, with "*" for names.
std::string key_of(std::string_view path, const std::set<std::string>& known) {
  std::string key;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find_first_of(".[", at), path.size());
    const std::string next = join_path(key, path.substr(at, end - at));
    key = known.contains(next) ? next : join_path(key, "*");
    at = end;
    while (at < path.size() && path[at] == '[') at = path.find(']', at) + 1;
    if (at < path.size()) ++at;
  }
  return key;
}

}  // namespace

TEST_CASE("the published schema is what the parser knows") {
  const auto path = kExamplesRoot / "schema.json";
  if (rewriting()) write_text(path, write_schema());
  CHECK(read_text(path) == write_schema());
}

TEST_CASE("every key has a good example") {
  const auto known = all_keys();
  std::set<std::string> seen;
  FaultList faults;
  for (const auto& path : configs_below(kDataRoot / "good")) {
    const auto document = parse_document(read_text(path), faults);
    REQUIRE(document.has_value());
    collect_keys(*document, "", known, seen);
  }
  for (const std::string& key : known) {
    CAPTURE(key);
    CHECK(seen.contains(key));
  }
}

TEST_CASE("every key has a bad example") {
  const auto known = all_keys();
  std::set<std::string> seen;
  for (const auto& path : configs_below(kDataRoot / "bad")) {
    ParsedConfig parsed = parse_config(read_text(path));
    for (const Fault& fault : parsed.faults.sorted()) seen.insert(key_of(fault.path, known));
  }
  for (const std::string& key : known) {
    CAPTURE(key);
    CHECK(seen.contains(key));
  }
}
