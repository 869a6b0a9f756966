#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "apps/hapair/control/status_json.hpp"
#include "apps/hapair/control/status_table.hpp"
#include "apps/hapair/control/status_targets.hpp"
#include "libcheck/core/registry.hpp"
#include "sample_status.hpp"
#include "tests/unit/golden.hpp"

using namespace hapair;
using namespace hapair::control;

TEST_CASE("the status document keeps its fields, names and order") {
  const std::string text = render_status(sample_status());
  CAPTURE(text);
  CHECK(matches_golden(text, "control/status.json"));
}

TEST_CASE("the health document counts the states") {
  const std::string text = render_health(sample_status());
  CAPTURE(text);
  CHECK(matches_golden(text, "control/health.json"));
}

TEST_CASE("an empty node has an empty document, not a broken one") {
  const auto json = nlohmann::json::parse(render_status({}));
  CHECK(json["vips"].empty());
  CHECK(json["vips"].is_array());
  CHECK(json["frontends"].is_array());
  CHECK(json["targets"].is_array());
}

TEST_CASE("names that are no UTF-8 do not break the document") {
  Status status = sample_status();
  status.node = "lb\xff";
  CHECK(nlohmann::json::accept(render_status(status)));
}

TEST_CASE("the tables say who is master and why, and which servers are up") {
  const auto json = nlohmann::ordered_json::parse(render_status(sample_status()));
  const std::string plain = render_status_tables(json, false);
  CAPTURE(plain);
  CHECK(matches_golden(plain, "control/status.txt"));
  CHECK(plain.find('\x1b') == std::string::npos);
}

TEST_CASE("colours are laid over the same text") {
  const auto json = nlohmann::ordered_json::parse(render_status(sample_status()));
  const std::string coloured = render_status_tables(json, true);
  CHECK(coloured.find("\x1b[32mmaster\x1b[0m") != std::string::npos);
  CHECK(coloured.find("\x1b[1;31mDOWN 1/2\x1b[0m") != std::string::npos);
  std::string stripped;
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') i = coloured.find('m', i) + 1;
    if (i < coloured.size() && coloured[i] == '\x1b') i = coloured.find('m', i) + 1;
    if (i < coloured.size()) stripped += coloured[i];
  }
  CHECK(stripped == render_status_tables(json, false));
}

TEST_CASE("the tables take any document without complaint") {
  for (const char* text :
       {"{}", R"({"vips": 3, "backends": [1, {}], "frontends": [{"sessions": 1}]})",
        R"({"node": "\u001b[2J", "vips": [{"addresses": [1, null]}]})"}) {
    const std::string tables = render_status_tables(nlohmann::ordered_json::parse(text), false);
    CHECK(tables.starts_with("node "));
    CHECK(tables.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("targets of the registry are shown with their last checks, newest first") {
  using namespace std::chrono_literals;
  check::Registry registry;
  const auto id = registry.add("web/node1", {.rise = 2, .fall = 3}, {});
  registry.add_unchecked("web/node2", {});
  registry.report(id, {.code = check::CheckCode::kL4Ok, .status = 0, .duration = 1ms, .info = {}},
                  {base::from_ns(1), base::WallTime(1s)});
  registry.report(
      id,
      {.code = check::CheckCode::kL7WrongStatus, .status = 500, .duration = 2ms, .info = "Oops"},
      {base::from_ns(2), base::WallTime(2s)});
  const auto targets = target_statuses(registry);
  REQUIRE(targets.size() == 2);
  CHECK(targets[0].state == "up");
  CHECK(targets[0].since == base::WallTime(1s));
  CHECK(targets[0].against == 1);
  REQUIRE(targets[0].last_checks.size() == 2);
  CHECK(targets[0].last_checks[0].code == "L7STS");
  CHECK(targets[0].last_checks[0].status == 500);
  CHECK(targets[0].last_checks[1].code == "L4OK");
  CHECK_FALSE(targets[1].checked);
  CHECK(targets[1].reason == "no check is configured");
}

TEST_CASE("of very many targets only the last check is told") {
  check::Registry registry;
  const auto id = registry.add("web/node1", {.rise = 2, .fall = 3}, {});
  for (int i = 0; i < 3; ++i)
    registry.report(id, {.code = check::CheckCode::kL4Ok, .info = {}}, {});
  for (int i = 1; i < 512; ++i) registry.add("t" + std::to_string(i), {}, {});
  CHECK(target_statuses(registry)[0].last_checks.size() == 3);
  registry.add("one more", {}, {});
  CHECK(target_statuses(registry)[0].last_checks.size() == 1);
}

namespace {

void collect_keys(const nlohmann::json& json, std::set<std::string>& keys) {
  for (const auto& [key, value] : json.items()) {
    if (json.is_object()) keys.insert(key);
    if (value.is_structured()) collect_keys(value, keys);
  }
}

}  // namespace

TEST_CASE("docs/api.md names every field of every document") {
  std::stringstream docs;
  docs << std::ifstream(HAPAIR_TEST_ROOT "/../docs/api.md").rdbuf();
  Status status = sample_status();
  for (VipStatus& vip : status.vips) vip.dropped.clear();  // its keys are reasons, not fields
  std::set<std::string> keys;
  for (const std::string& text :
       {render_status(status), render_health(status), render_version(status)}) {
    collect_keys(nlohmann::json::parse(text), keys);
  }
  CHECK(keys.size() > 50);
  for (const std::string& key : keys) {
    CAPTURE(key);
    CHECK(docs.str().find("`" + key + "`") != std::string::npos);
  }
}
