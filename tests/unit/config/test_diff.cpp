// What a reload would change, in words.
#include <doctest/doctest.h>

#include <algorithm>

#include "apps/hapair/config/build.hpp"
#include "apps/hapair/config/diff.hpp"
#include "apps/hapair/config/parse.hpp"
#include "common/base/text.hpp"
#include "tests/unit/config/data_files.hpp"

using namespace hapair;
using namespace hapair::config;
using namespace std::chrono_literals;

namespace {

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  REQUIRE_MESSAGE(at != std::string::npos, what);
  return text.replace(at, what.size(), with);
}

const std::string kBefore = R"({
  "cluster": { "nodes": {
    "lb1": { "address": "192.0.2.11", "interface": "eth0", "priority": 100 },
    "lb2": { "address": "192.0.2.12", "interface": "eth0", "priority": 90 } } },
  "vips": { "VI_1": { "router_id": 51, "addresses": ["192.0.2.100"], "version": 2,
    "advert_interval": "1s", "auth": { "type": "pass", "password": "tellnone" } } },
  "frontends": { "web": { "bind": [{ "vip": "VI_1", "port": 80 }], "default_backend": "app" } },
  "backends": { "app": { "servers": {
    "s1": { "address": "192.0.2.21:80" }, "s2": { "address": "192.0.2.22:80" } } } } })";

Model model_of(const std::string& text) {
  ParsedConfig parsed = parse_config(text);
  REQUIRE_MESSAGE(parsed.faults.empty(), parsed.faults.sorted().front().to_string(""));
  return build(parsed.reading.draft, 0, NodeFacts());
}

std::string words(const std::string& before, const std::string& after) {
  const Model was = model_of(before);
  const Model is = model_of(after);
  return to_text(diff({before, was}, {after, is}));
}

}  // namespace

TEST_CASE("of two files that mean the same nothing changes") {
  CHECK(words(kBefore, kBefore).empty());
  CHECK(words(kBefore, replaced(kBefore, "\"cluster\"", "// a remark\n  \"cluster\"")).empty());
}

TEST_CASE("servers, binds and addresses come and go, with what that means") {
  CHECK(words(kBefore, replaced(kBefore, "\"s2\": { \"address\": \"192.0.2.22:80\" }",
                                "\"s3\": { \"address\": \"192.0.2.23:80\" }")) ==
        "backend app: server s2 at 192.0.2.22:80 goes (what it has may end within 10s)\n"
        "backend app: server s3 at 192.0.2.23:80 comes (it serves once its checks say so)\n");
  CHECK(words(kBefore, replaced(kBefore, "\"port\": 80", "\"port\": 81")) ==
        "frontend web: bind {vip VI_1, port 80} goes (no new connections; those it has may end "
        "within 10s)\n"
        "frontend web: bind {vip VI_1, port 81} comes\n");
  CHECK(words(kBefore,
              replaced(kBefore, "[\"192.0.2.100\"]", "[\"192.0.2.100\", \"192.0.2.101\"]")) ==
        "VIP VI_1: addresses 192.0.2.101 comes (put on where this node is master)\n");
}

TEST_CASE("values change, are set, and are not set any more") {
  CHECK(words(kBefore, replaced(kBefore, "\"priority\": 100", "\"priority\": 150")) ==
        "node lb1: priority 100 becomes 150\n");
  const std::string weighted =
      replaced(kBefore, "\"192.0.2.21:80\"", "\"192.0.2.21:80\", \"weight\": 9");
  CHECK(words(kBefore, weighted) == "backend app: server s1: weight is set: 9\n");
  CHECK(words(weighted, kBefore) ==
        "backend app: server s1: weight is not set any more; it was 9\n");
}

TEST_CASE("whole sections are told entry by entry") {
  const std::string plus = replaced(kBefore, "\"backends\": {",
                                    R"("tables": { "t": { "requests": "10s" } },
                                       "backends": {)");
  CHECK(words(kBefore, plus) == "table t: comes\n");
  CHECK(words(plus, kBefore) == "table t: goes\n");
}

TEST_CASE("a secret is never in it") {
  const std::string after = replaced(kBefore, "tellnone", "newone");
  CHECK(words(kBefore, after).starts_with("VIP VI_1: auth.password changes\n"));
  CHECK_FALSE(words(kBefore, after).contains("newone"));
  const std::string shown = without_secrets(kBefore);
  CHECK_FALSE(shown.contains("tellnone"));
  CHECK(shown.contains("\"password\": \"(hidden)\""));
  CHECK(shown.contains("\"router_id\": 51"));
}

TEST_CASE("what a running hapair can't change is refused with the reason and the remedy") {
  const std::string other = replaced(kBefore, "\"router_id\": 51", "\"router_id\": 52");
  CHECK(words(kBefore, other)
            .ends_with("refused: vips.VI_1.router_id: 51 becomes 52: that is another virtual "
                       "router, and a peer "
                       "would still be master of the one before; restart hapair on all nodes\n"));
  const auto paths = [](const std::string& after) {
    std::vector<std::string> found;
    for (const Refusal& each : refusals(model_of(kBefore), model_of(after))) {
      found.push_back(each.path);
    }
    return base::join(found, ", ");
  };
  CHECK(paths(replaced(kBefore, "\"1s\"", "\"2s\"")) == "vips.VI_1.advert_interval");
  CHECK(paths(replaced(kBefore, "192.0.2.11\", \"interface\": \"eth0\"",
                       "192.0.2.13\", \"interface\": \"eth1\"")) ==
        "cluster.nodes.lb1.address, vips.VI_1.network");
  CHECK(paths(replaced(kBefore, "\"vips\"", R"("process": { "user": "other" }, "vips")")) ==
        "process.user");
  CHECK(paths(replaced(kBefore, "\"vips\"", R"("journal": false, "vips")")) == "journal");
  CHECK(paths(replaced(kBefore, "tellnone", "newone")) == "vips.VI_1.auth");
  CHECK(paths(replaced(kBefore, "\"version\": 2", R"("transport": "unicast", "version": 2)")) ==
        "vips.VI_1.transport");
  const std::string anywhere =
      replaced(kBefore, R"({ "vip": "VI_1", "port": 80 })", R"({ "address": "*", "port": 80 })");
  CHECK(paths(anywhere) == "frontends.web.bind");
  CHECK(words(anywhere, kBefore)
            .ends_with("refused: frontends.web.bind: 192.0.2.100:80 can't take the place of "
                       "0.0.0.0:80 while that is there; take the bind at 0.0.0.0:80 out by a "
                       "reload first, or restart hapair on this node\n"));
  CHECK(paths(replaced(anywhere, "80 }]", "81 }]")).empty());
  // Another name does not make another virtual router of it.
  const std::string renamed = replaced(replaced(kBefore, "\"VI_1\": {", "\"VI_9\": {"),
                                       "\"vip\": \"VI_1\"", "\"vip\": \"VI_9\"");
  CHECK(paths(renamed).empty());
  CHECK(paths(replaced(renamed, "\"1s\"", "\"2s\"")) == "vips.VI_9.advert_interval");
}

TEST_CASE("signatures come and go by steps in which all nodes hear each other") {
  const auto refused = [](std::optional<HmacMode> was, std::optional<HmacMode> is,
                          bool other_key = false) {
    Model before = model_of(kBefore);
    Vip& vip = before.vips.front();
    vip.version = 3;
    vip.password.reset();
    Model after = before;
    for (const auto& [of, mode] : {std::pair(&before, was), std::pair(&after, is)}) {
      of->vips[0].auth = mode ? Auth::kHmac : Auth::kNone;
      of->vips[0].hmac_mode = mode.value_or(HmacMode::kEnforce);
      of->vips[0].hmac_key = mode ? std::string(32, 'k') : std::string();
    }
    if (other_key) after.vips[0].hmac_key = std::string(32, 'o');
    return !refusals(before, after).empty();
  };
  using enum HmacMode;
  CHECK_FALSE(refused(std::nullopt, kReceiveOnly));
  CHECK_FALSE(refused(kReceiveOnly, kPermissive));
  CHECK_FALSE(refused(kPermissive, kEnforce));
  CHECK_FALSE(refused(kEnforce, kPermissive));
  CHECK_FALSE(refused(kEnforce, kEnforce));
  CHECK(refused(std::nullopt, kEnforce));
  CHECK(refused(kReceiveOnly, kEnforce));
  CHECK(refused(kEnforce, std::nullopt));
  CHECK(refused(kEnforce, kReceiveOnly));
  CHECK(refused(kEnforce, kEnforce, true));
}

TEST_CASE("the whole of it is JSON, too") {
  const Model was = model_of(kBefore);
  const std::string after = replaced(kBefore, "\"priority\": 100", "\"priority\": 150");
  const Model is = model_of(after);
  CHECK(to_json(diff({kBefore, was}, {after, is})) ==
        R"({"changes":[{"kind":"changes","subject":"node lb1","path":"cluster.nodes.lb1.priority",)"
        R"("text":"priority 100 becomes 150","effect":""}],"refusals":[]})");
}

TEST_CASE("every example compared with another gives words, and with itself none") {
  for (const auto& path : configs_below(kExamplesRoot)) {
    const std::string text = read_text(path);
    CHECK(changes_between(text, text, 10s).empty());
    for (const Change& change : changes_between(kBefore, text, 10s)) {
      CHECK_FALSE(change.text.empty());
      CHECK_FALSE(change.subject.empty());
    }
  }
}
