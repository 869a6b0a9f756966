// What rules become, in which order, and what is said of those that hapair has nothing like.
#include "tests/unit/import/rules/rules_import.hpp"

using namespace hapair;
using namespace hapair::importing;
using namespace hapair::importing::haproxy;
using namespace hapair::importing::haproxy::test;

namespace {

std::string rule(std::string_view line) {
  RulesImport made(web(base::concat(" ", line, "\n")));
  CAPTURE(made.json());
  CAPTURE(made.said(6));
  CHECK(made.config_faults() == "");
  return made.rules("www");
}

/// What is said of a rule that is not in the result.
std::string refused(std::string_view line, Fate fate = Fate::kNotSupported) {
  RulesImport made(web(base::concat(" ", line, "\n")));
  CAPTURE(made.json());
  CHECK(made.fate(6) == fate);
  CHECK(made.rules("www") == "");
  return made.said(6);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("answers, refusals and redirects") {
  CHECK(rule("http-request deny") == "[{ \"deny\": {} }]\n");
  CHECK(rule("http-request deny deny_status 429") == "[{ \"deny\": { \"status\": 429 } }]\n");
  CHECK(rule("http-request return status 200 content-type text/plain string \"up\\n\"") ==
        "[{ \"answer\": { \"type\": \"text/plain\", \"body\": \"up\\n\" } }]\n");
  CHECK(rule("http-request redirect scheme https code 301") ==
        "[{ \"redirect\": { \"scheme\": \"https\", \"status\": \"301\" } }]\n");
  CHECK(rule("redirect prefix https://www.example.com code 308") ==
        "[{ \"redirect\": { \"prefix\": \"https://www.example.com\", \"status\": \"308\" } }]\n");
  CHECK(rule("http-request redirect location https://%[hdr(host)]/x") ==
        "[{ \"redirect\": { \"to\": \"https://%{header:host}/x\" } }]\n");
  CHECK(rule("redirect prefix https://a.example drop-query") ==
        "[{ \"redirect\": { \"to\": \"https://a.example%{path}\" } }]\n");
  CHECK(rule("http-request tarpit deny_status 429") == "[{ \"tarpit\": { \"status\": 429 } }]\n");
  CHECK(rule("http-request silent-drop") == "[{ \"drop\": true }]\n");
}

TEST_CASE("a service that answers with metrics is the frontend's own") {
  RulesImport made(
      web(" http-request use-service prometheus-exporter if { path /metrics }\n"
          " http-request use-service prometheus-exporter if { path /figures }\n"
          " http-request deny if { path_beg /m }\n"));
  CHECK(made.config_faults() == "");
  CHECK(has(made.line(), R"("metrics": "/metrics")"));
  CHECK(has(made.line(), R"("haproxy_names": true)"));
  CHECK(made.fate(7) == Fate::kNotSupported);
  CHECK(has(made.said(7), "one path"));
  CHECK(has(made.rules("www"), R"("not": ["path-metrics"])"));
  CHECK(has(refused("http-request use-service prometheus-exporter"), "at one path"));
  CHECK(has(refused("http-request use-service prometheus-exporter if { path /a /b }"), "one path"));
  CHECK(has(refused("http-request use-service lua.hello if { path /hello }"), "no other service"));
}

TEST_CASE("fields and targets") {
  CHECK(rule("http-request set-header X-A \"b c\"") == "[{ \"set_header\": [\"X-A: b c\"] }]\n");
  CHECK(rule("http-request set-header X-Real-IP %[src]") ==
        "[{ \"set_header\": [\"X-Real-IP: %{client_address}\"] }]\n");
  CHECK(rule("http-request set-header X-Proto %[ssl_fc,iif(https,http)]") ==
        "[{ \"set_header\": [\"X-Proto: %{scheme}\"] }]\n");
  CHECK(rule("http-request add-header X-A 100%%") == "[{ \"add_header\": [\"X-A: 100%%\"] }]\n");
  CHECK(rule("http-request del-header X-A") == "[{ \"remove_header\": [\"X-A\"] }]\n");
  CHECK(rule("http-response set-header X-A b") == "[{ \"set_response_header\": [\"X-A: b\"] }]\n");
  CHECK(rule("http-response del-header Server") ==
        "[{ \"remove_response_header\": [\"Server\"] }]\n");
  CHECK(rule("http-request replace-path ^/a/(.*) /\\\\1") ==
        "[{ \"rewrite_path\": { \"regex\": \"^/a/(.*)\", \"with\": \"/\\\\1\" } }]\n");
  CHECK(rule("http-request replace-path /a/(.*) /\\\\1") ==
        "[{ \"rewrite_path\": { \"regex\": \"^.*?(?:/a/(.*)).*$\", \"with\": \"/\\\\1\" } }]\n");
  CHECK(rule("http-request set-path /x%[path]") == "[{ \"set_path\": \"/x%{path}\" }]\n");
  CHECK(rule("http-request set-path %[path,regsub(^/a/,/)]") ==
        "[{ \"rewrite_path\": { \"regex\": \"^/a/\", \"with\": \"/\" } }]\n");
  CHECK(rule("http-request replace-header Host (.*)\\\\.old \\\\1.new") ==
        "[{ \"replace_header\": [{ \"name\": \"Host\", \"regex\": \"^.*?(?:(.*)\\\\.old).*$\", "
        "\"with\": \"\\\\1.new\" }] }]\n");
}

TEST_CASE("the port of a request has a rule for each that is listened at") {
  const std::string rules = rule("http-request set-header X-Forwarded-Port %[dst_port]");
  CHECK(has(rules, R"("match": { "port": 80 }, "set_header": ["X-Forwarded-Port: 80"])"));
  CHECK(has(rules, R"("match": { "port": 443 }, "set_header": ["X-Forwarded-Port: 443"])"));
}

TEST_CASE("old keywords") {
  CHECK(rule("reqadd X-Forwarded-Proto:\\ https") ==
        "[{ \"add_header\": [\"X-Forwarded-Proto: https\"] }]\n");
  CHECK(rule("rspadd X-A:\\ b") == "[{ \"add_response_header\": [\"X-A: b\"] }]\n");
  CHECK(rule("rspidel ^Server:.*") == "[{ \"remove_response_header\": [\"Server\"] }]\n");
  CHECK(rule("reqidel ^X-Forwarded-For:") == "[{ \"remove_header\": [\"X-Forwarded-For\"] }]\n");
  CHECK(rule("reqrep ^([^\\ :]*)\\ /app/(.*) \\\\1\\ /\\\\2") ==
        "[{ \"rewrite_path\": { \"regex\": \"^/app/(.*)\", \"with\": \"/\\\\1\" } }]\n");
  CHECK(rule("block if { src 192.0.2.1 }") ==
        "[{ \"match\": { \"source\": [\"192.0.2.1\"] }, \"deny\": {} }]\n");
  CHECK(has(refused("reqideny ^GET\\ /admin", Fate::kWrong), "http-request"));
  CHECK(has(refused("rsprep ^Location:\\ (.*) Location:\\ x"), "forwarded_headers"));
}

TEST_CASE("the choice of a backend") {
  CHECK(rule("use_backend api if { path_beg /api }") ==
        "[{ \"match\": { \"path_prefix\": [\"/api\"] }, \"use_backend\": \"api\" }]\n");
  CHECK(rule("use_backend %[req.hdr(host),lower,map_dom(/etc/haproxy/h.map,static)]") ==
        "[{ \"use_backend\": { \"map\": \"h\", \"key\": \"host\", \"default\": \"static\" } }]\n");
  const std::string named = rule("use_backend %[path,field(2,/)]");
  CHECK(has(named, R"x("path_regex": "^/static(?:/|$)" }, "use_backend": "static")x"));
  CHECK(has(refused("use_backend nowhere", Fate::kWrong), "there is no backend"));
}

TEST_CASE("passwords are asked for by basic_auth") {
  const std::string text =
      web(" acl known http_auth(staff)\n http-request auth realm Ops if { path_beg /ops } !known\n",
          "userlist staff\n user a password $6$Yw3bTq9sLm0xRk2f$yz7q1kIkO3NAPJtePRFMLsccwCHrwek5XQ/"
          "wa9PlwQxZe5RJCZez1ZyUsmQTOBkO5GVAo3Z8n7UN0NAqjhmac0\n");
  RulesImport made(text);
  CAPTURE(made.said(7));
  CHECK(made.config_faults() == "");
  CHECK(made.rules("www") ==
        "[{ \"match\": { \"path_prefix\": [\"/ops\"] }, \"basic_auth\": { \"users\": \"staff\", "
        "\"realm\": \"Ops\" } }]\n");
}

TEST_CASE("who is let through is left out of the rules behind") {
  RulesImport made(
      web(" http-request allow if { src 10.0.0.0/8 }\n"
          " http-request deny if { path_beg /admin }\n"
          " use_backend api if { path_beg /api }\n"));
  CHECK(made.config_faults() == "");
  const std::string rules = made.rules("www");
  CHECK(has(rules, R"("path_prefix": ["/admin"], "not": ["source-10.0.0.0-8"])"));
  CHECK(has(rules, R"({ "match": { "path_prefix": ["/api"] }, "use_backend": "api" })"));
}

TEST_CASE("rules come in the order in which HAProxy goes through them") {
  RulesImport made(
      web(" use_backend api if { path_beg /api }\n redirect scheme https if !{ ssl_fc }\n"
          " http-request deny if { path_beg /x }\n"
          " tcp-request connection reject if { src 192.0.2.9 }\n"
          " http-response set-header X-A b\n"));
  CHECK(made.config_faults() == "");
  const std::string rules = made.rules("www");
  const std::size_t response = rules.find("set_response_header");
  const std::size_t drop = rules.find("drop");
  const std::size_t deny = rules.find("deny");
  const std::size_t redirect = rules.find("redirect");
  const std::size_t use = rules.find("use_backend");
  CHECK(response < drop);
  CHECK(drop < deny);
  CHECK(deny < redirect);
  CHECK(redirect < use);
}

TEST_CASE("limits of clients") {
  RulesImport made(
      web(" stick-table type ip size 100k expire 1m store http_req_rate(10s),conn_cur\n"
          " http-request track-sc0 src\n"
          " http-request deny deny_status 429 if { sc_http_req_rate(0) gt 20 }\n"));
  CHECK(made.config_faults() == "");
  CHECK(has(made.line(), R"("tables": { "www": { "size": 102400, "requests": "10s" } })"));
  CHECK(has(made.rules("www"), R"("rate_over": { "table": "www", "requests": 20 })"));
  CHECK(has(made.line(), R"("count_in": ["www"])"));
}

TEST_CASE("a limit of connections is the frontend's own") {
  RulesImport made(
      web(" stick-table type ip size 1k expire 1m store conn_rate(3s),conn_cur\n"
          " tcp-request connection track-sc0 src\n"
          " tcp-request connection reject if { sc0_conn_rate ge 21 }\n"
          " tcp-request connection reject if { sc0_conn_cur gt 10 }\n"));
  CHECK(made.config_faults() == "");
  CHECK(has(made.line(), R"("rate_limit": { "connections": 20, "per": "3s" })"));
  CHECK(has(made.line(), R"("per_address": { "max_connections": 10 })"));
}

TEST_CASE("connections of mode tcp are ruled by what they say of themselves") {
  RulesImport made(
      "frontend tls\n mode tcp\n bind :443\n tcp-request inspect-delay 5s\n"
      " tcp-request content accept if { req_ssl_hello_type 1 }\n"
      " tcp-request content reject\n"
      " use_backend one if { req_ssl_sni -i one.example }\n"
      " use_backend one if { req.ssl_sni -m end .one.example }\n default_backend two\n"
      "backend one\n mode tcp\n server a 192.0.2.1:443\n"
      "backend two\n mode tcp\n server b 192.0.2.2:443\n");
  CHECK(made.config_faults() == "");
  const std::string rules = made.rules("tls");
  CHECK(has(rules, R"({ "match": { "not": ["tls"] }, "deny": {} })"));
  CHECK(has(rules, R"({ "match": { "sni": ["one.example"] }, "use_backend": "one" })"));
  CHECK(has(rules, R"({ "match": { "sni": ["*.one.example"] }, "use_backend": "one" })"));
}

TEST_CASE("a refusal that can't be said is for the operator to decide") {
  CHECK(has(refused("http-request deny if { url_sub .. }", Fate::kWrong), "refuses"));
  CHECK(has(refused("http-request deny if { ssl_c_s_dn(cn) -m str x }", Fate::kWrong), "refuses"));
  CHECK(has(refused("http-request lua.check"), "forward_auth"));
  CHECK(has(refused("http-request set-log-level silent"), "log"));
  CHECK(has(refused("http-request cache-use c"), "cache"));
}

TEST_CASE("what HAProxy refuses is wrong, and no rule of the result") {
  for (const std::string_view line :
       {"http-request deny iff x", "http-request deny if nobody", "http-request deny x",
        "http-request denny", "http-request redirect location", "http-request set-header X-A",
        "http-request auth x", "http-request allow x", "tcp-request connection reject x",
        "use_backend api x", "use_backend api if nobody", "redirect scheme https code 200"}) {
    CAPTURE(line);
    CHECK(has(refused(line, Fate::kWrong), "not in the result"));
  }
}

TEST_CASE("who is let through passes no block, and no reject before the time is over") {
  RulesImport block(web(" http-request allow if { src 10.0.0.0/8 }\n block if { path_beg /b }\n"));
  CHECK(block.rules("www") == "[{ \"match\": { \"path_prefix\": [\"/b\"] }, \"deny\": {} }]\n");
  CHECK(block.fate(6) == Fate::kNotNeeded);
  RulesImport late(
      "frontend tls\n mode tcp\n bind :443\n tcp-request inspect-delay 5s\n"
      " tcp-request content accept if WAIT_END\n"
      " tcp-request content reject unless { req_ssl_hello_type 1 }\n default_backend one\n"
      "backend one\n mode tcp\n server a 192.0.2.1:443\n");
  CHECK(has(late.rules("tls"), R"({ "match": { "not": ["tls"] }, "deny": {} })"));
}

TEST_CASE("the rules of a listen count for others that send there") {
  RulesImport made(
      "listen both\n mode http\n bind :81\n http-request deny if { path_beg /x }\n"
      " server a 192.0.2.1:80\n"
      "frontend www\n mode http\n bind :80\n default_backend both\n");
  CHECK(made.config_faults() == "");
  const std::string all = made.line();
  const std::size_t first = all.find(R"("deny": {})");
  CHECK(first != std::string::npos);
  CHECK(all.find(R"("deny": {})", first + 1) != std::string::npos);
}

TEST_CASE("an ACL is declared before the rule that asks for it") {
  RulesImport made(web(" http-request deny if late\n acl late path /x\n"));
  CHECK(made.fate(6) == Fate::kWrong);
  CHECK(has(made.said(6), "declared behind it"));
  CHECK(has(made.rules("www"), "deny"));
}

TEST_CASE("comments of an ACL stand where it does") {
  RulesImport made(
      web(" # the office\n acl in src 10.0.0.0/8\n http-request deny if !in\n"
          " # the shop\n acl shop path_beg /shop\n use_backend api if shop\n"));
  CHECK(has(made.json(), "// the office"));
  CHECK(has(made.json(), "// the shop"));
}

TEST_CASE("what looks at a change of a rule before it must be decided") {
  RulesImport made(
      web(" http-request set-path /v2%[path] if { path_beg /api }\n"
          " use_backend api if { path_beg /v2 }\n"));
  CHECK(made.fate(7) == Fate::kWrong);
  CHECK(has(made.said(7), "haproxy.cfg:6"));
}

TEST_CASE("every line of rules is accounted for") {
  RulesImport made(
      web(" acl unused path /x\n acl broken\n acl worse path -m nothing\n"
          " http-request what-is-this\n http-request set-var(txn.a) src\n"
          " http-request set-header Connection close\n tcp-request nothing\n"
          " http-request deny if { path\n use_backend\n use_backend api if\n"
          " http-request\n redirect\n redirect location /x code 200\n"
          " filter spoe engine x\n monitor fail if { nbsrv(app) lt 1 }\n"));
  for (std::uint32_t line = 6; line < 21; ++line) {
    CAPTURE(line);
    CHECK(made.fate(line) != Fate::kOpen);
  }
  CHECK(made.fate(6) == Fate::kNotNeeded);
  CHECK(made.fate(7) == Fate::kWrong);
}

TEST_CASE("a monitor fails without a backend") {
  RulesImport made(
      web(" monitor-uri /up\n monitor fail if { nbsrv(app) lt 1 } or { nbsrv(api) eq 0 }\n"));
  CAPTURE(made.said(7));
  CHECK(made.config_faults() == "");
  CHECK(has(made.line(), R"("monitor": { "uri": "/up", "fail_without": ["app", "api"] })"));
}
