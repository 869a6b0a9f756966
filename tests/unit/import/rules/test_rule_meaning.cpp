// What HAProxy's manual says of a request and what hapair makes of the translated rules are the
// same, for many configs and requests.
#include <random>

#include "apps/hapair/config/request_rules.hpp"
#include "tests/unit/import/rules/haproxy_reference.hpp"
#include "tests/unit/import/rules/rules_import.hpp"
#include "tests/unit/lb_rules/requests.hpp"

using namespace hapair;
using namespace hapair::importing::haproxy;
using namespace hapair::importing::haproxy::test;

namespace {

/// The frontend's rules as hapair has them, and who judges by them.
class Hapair {
 public:
  explicit Hapair(const RulesImport& made) : parsed_(made.parsed()) {
    const auto& frontends = parsed_.reading.draft.frontends;
    list_ = std::make_unique<lb::rules::RuleList>(
        config::build_rules(parsed_.reading.draft, frontends.at(0).rules, {}), lb::RegexPatterns());
    default_ = frontends.at(0).default_backend.value_or(std::string());
  }

  [[nodiscard]] std::string verdict(const Visit& visit) {
    std::string head = base::concat(visit.method, " ", visit.path, visit.query.empty() ? "" : "?",
                                    visit.query, " HTTP/1.1\r\nHost: ", visit.host, "\r\n");
    for (const auto& [name, value] : visit.fields) head += base::concat(name, ": ", value, "\r\n");
    lb::rules::test::Request request(base::concat(head, "\r\n"));
    lb::rules::ConnectionFacts client = lb::rules::test::from(visit.client);
    client.port = static_cast<std::uint16_t>(visit.port);
    client.tls = visit.tls;
    lb::rules::test::World world;
    world.usable.assign(16, 1);
    judge_.begin(request.head);
    judge_.hear(*list_, client, world);
    const lb::rules::Verdict& verdict = judge_.verdict();
    using Kind = lb::rules::Verdict::Kind;
    switch (verdict.kind) {
      case Kind::kPass:
        return base::concat("backend ",
                            verdict.backend
                                ? parsed_.reading.draft.backends[*verdict.backend].backend.name
                                : default_);
      case Kind::kDenied:
        return base::concat("deny ", verdict.status);
      case Kind::kAnswer:
        return base::concat(verdict.location.empty() ? "answer " : "redirect ", verdict.status);
      case Kind::kDrop:
        return "drop";
      case Kind::kTarpit:
      case Kind::kOpen:
        break;
    }
    return "open";
  }

 private:
  config::ParsedConfig parsed_;
  std::unique_ptr<lb::rules::RuleList> list_;
  lb::rules::Judge judge_;
  std::string default_;
};

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t number) { return random_() % number; }
  bool one_in(std::size_t number) { return below(number) == 0; }
  template <class T>
  const T& of(const std::vector<T>& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937 random_;
};

const std::vector<std::string> kPaths = {
    "/",          "/api",   "/api/v1",  "/API/v2",        "/static/a.css", "/a.php",
    "/A.PHP",     "/admin", "/admin/x", "/administrator", "/img/b.png",    "/cgi-bin/x",
    "/x/cgi-bin", "/u/7",   "/u/7x",    "/old/a"};
const std::vector<std::string> kHosts = {
    "www.example.com", "example.com",        "api.example.com",     "badexample.com",
    "a.b.example.com", "static.example.net", "example.com.evil.org"};

Visit random_visit(Dice& dice) {
  Visit visit{.method = dice.of<std::string>({"GET", "POST", "HEAD", "PUT", "OPTIONS"}),
              .host = dice.of(kHosts),
              .path = dice.of(kPaths),
              .client = dice.of<std::string>({"192.0.2.1", "10.1.2.3", "127.0.0.1", "2001:db8::7"}),
              .port = dice.one_in(2) ? 80 : 443};
  visit.tls = visit.port == 443;
  if (dice.one_in(3)) visit.query = dice.of<std::string>({"v=1", "v=2&debug=1", "debug=", "x=v"});
  if (dice.one_in(3)) {
    visit.fields.emplace_back(
        "Upgrade", dice.of<std::string>({"websocket", "WebSocket", "h2c, websocket", "other"}));
  }
  if (dice.one_in(3)) {
    visit.fields.emplace_back("User-Agent",
                              dice.of<std::string>({"curl/8", "Mozilla/5 (X)", "a BOT", "bot, b"}));
  }
  if (dice.one_in(3)) {
    visit.fields.emplace_back("Cookie", dice.of<std::string>({"beta=1", "a=b; beta=2", "x=y"}));
  }
  if (dice.one_in(4)) visit.fields.emplace_back("X-Key", dice.of<std::string>({"", "a", "abc,d"}));
  return visit;
}

const std::vector<std::string> kTests = {
    "path /api /admin",
    "path_beg /api",
    "path_beg -i /api",
    "path_beg /. /admin",
    "path_end .php .css",
    "path_end -i .php",
    "path_sub cgi",
    "path_dir cgi-bin",
    "path_dir -i CGI-BIN admin",
    "path_reg ^/u/[0-9]+$",
    "path_reg -i ^/(API|old)/",
    "path_len gt 8",
    "path,field(2,/) api static",
    "path,lower -m beg /api",
    "url_beg /api /static",
    "hdr(host) -i www.example.com API.example.com",
    "hdr_beg(host) -i www. static.",
    "hdr_end(host) -i .example.com",
    "hdr_end(host) example.com",
    "hdr_dom(host) -i example.com",
    "hdr_sub(host) exam",
    "hdr_reg(host) -i ^(www|api)\\\\.",
    "hdr(upgrade) -i websocket",
    "hdr_sub(user-agent) -i bot",
    "hdr_beg(user-agent) curl bot b",
    "hdr(x-key) -m found",
    "hdr(x-key) d",
    "hdr_cnt(x-key) eq 0",
    "hdr_len(x-key) 1:2",
    "cook(beta) 1",
    "cook(beta) -m found",
    "url_param(v) 1 2",
    "url_param(debug) -m found",
    "method GET HEAD",
    "src 10.0.0.0/8 127.0.0.1",
    "src 2001:db8::/32",
    "dst_port 443",
    "dst_port gt 100",
    "ssl_fc",
    "always_true",
    "always_false",
};
const std::vector<std::string> kNames = {"a", "b", "c", "d", "e"};
const std::vector<std::string> kGiven = {"METH_GET", "METH_POST", "LOCALHOST", "TRUE", "FALSE"};

std::string random_term(Dice& dice) {
  std::string out = dice.one_in(3) ? "!" : "";
  if (dice.one_in(3)) return base::concat(out, "{ ", dice.of(kTests), " }");
  return out + (dice.one_in(5) ? dice.of(kGiven) : dice.of(kNames));
}

std::string random_condition(Dice& dice) {
  if (dice.one_in(10)) return {};
  std::string out = dice.one_in(4) ? " unless" : " if";
  const std::size_t alternatives = 1 + dice.below(3);
  for (std::size_t i = 0; i < alternatives; ++i) {
    if (i > 0) out += dice.one_in(2) ? " or" : " ||";
    const std::size_t terms = 1 + dice.below(3);
    for (std::size_t j = 0; j < terms; ++j) out += base::concat(" ", random_term(dice));
  }
  return out;
}

const std::vector<std::string> kActions = {
    "http-request deny",
    "http-request deny deny_status 429",
    "http-request allow",
    "http-request return status 200 content-type text/plain string ok",
    "http-request redirect prefix https://x.example code 301",
    "http-request silent-drop",
    "tcp-request connection reject",
    "tcp-request connection accept",
    "tcp-request content reject",
    "redirect prefix https://y.example",
    "use_backend api",
    "use_backend static",
    "use_backend api",
    "http-request set-header X-New 1",
};

/// The right tests for its stage: connections have no requests.
std::string random_rule(Dice& dice) {
  const std::string& action = dice.of(kActions);
  if (!action.starts_with("tcp-request connection")) {
    return base::concat(" ", action, random_condition(dice), "\n");
  }
  return base::concat(" ", action, dice.one_in(2) ? " if" : " unless", dice.one_in(2) ? " !" : " ",
                      "{ src ", dice.of<std::string>({"10.0.0.0/8", "192.0.2.0/24", "::/0"}),
                      " }\n");
}

std::string random_config(Dice& dice) {
  std::string rules;
  for (const std::string& name : kNames) {
    const std::size_t lines = 1 + dice.below(2);
    for (std::size_t i = 0; i < lines; ++i) {
      rules += base::concat(" acl ", name, " ", dice.of(kTests), "\n");
    }
  }
  const std::size_t count = 2 + dice.below(6);
  for (std::size_t i = 0; i < count; ++i) rules += random_rule(dice);
  return web(rules);
}

std::string to_text(const Visit& visit) {
  std::string out = base::concat(visit.method, " ", visit.host, " ", visit.path, "?", visit.query,
                                 " from ", visit.client, " to ", visit.port);
  for (const auto& [name, value] : visit.fields) out += base::concat(" ", name, "=", value);
  return out;
}

}  // namespace

TEST_CASE("each test means what HAProxy means by it") {
  Dice dice(7);
  for (const std::string& test : kTests) {
    RulesImport made(web(base::concat(" use_backend api if { ", test, " }\n",
                                      " use_backend static unless { ", test, " }\n")));
    CAPTURE(test);
    CAPTURE(made.json());
    REQUIRE(made.config_faults() == "");
    const HaproxyReference reference(made.file(), made.file().sections.front());
    Hapair hapair(made);
    for (int i = 0; i < 200; ++i) {
      const Visit visit = random_visit(dice);
      CAPTURE(to_text(visit));
      REQUIRE(hapair.verdict(visit) == reference.verdict(visit));
    }
  }
}

TEST_CASE("lists of rules say of a request what HAProxy's say") {
  Dice dice(2026);
  for (int config = 0; config < 250; ++config) {
    const std::string text = random_config(dice);
    CAPTURE(text);
    RulesImport made(text);
    CAPTURE(made.json());
    REQUIRE(made.config_faults() == "");
    for (std::uint32_t line = 6; made.context().sources[0].lines[line - 1] != "backend app";
         ++line) {
      CAPTURE(line);
      CAPTURE(made.said(line));
      if (made.context().sources[0].lines[line - 1].empty()) continue;
      REQUIRE(made.fate(line) != importing::Fate::kNotSupported);
      REQUIRE(made.fate(line) != importing::Fate::kWrong);
      REQUIRE(made.fate(line) != importing::Fate::kOpen);
    }
    const HaproxyReference reference(made.file(), made.file().sections.front());
    Hapair hapair(made);
    for (int i = 0; i < 40; ++i) {
      const Visit visit = random_visit(dice);
      CAPTURE(to_text(visit));
      REQUIRE(hapair.verdict(visit) == reference.verdict(visit));
    }
  }
}
