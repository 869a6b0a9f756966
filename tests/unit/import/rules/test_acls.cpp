// What ACLs and conditions become: the keys of a match, and names in `matches`.
#include "apps/hapair/import/haproxy/rules/acl_test.hpp"
#include "tests/unit/import/rules/rules_import.hpp"

using namespace hapair;
using namespace hapair::importing;
using namespace hapair::importing::haproxy;
using namespace hapair::importing::haproxy::test;

namespace {

/// The only match of a frontend's rules that send requests to "api".
std::string match_of(std::string_view condition, std::string_view acls = {}) {
  RulesImport made(web(base::concat(acls, " use_backend api if ", condition, "\n")));
  CAPTURE(made.json());
  CHECK(made.config_faults() == "");
  const JsonTree* const frontend = made.context().draft.config["frontends"].find("www");
  const JsonTree* const rules = frontend->find("rules");
  if (rules == nullptr) return {};
  const JsonTree* const match = rules->items().front().find("match");
  std::string out = match == nullptr ? "always\n" : flat(match->to_text()) + "\n";
  if (const JsonTree* const matches = made.context().draft.config.find("matches")) {
    out += flat(matches->to_text()) + "\n";
  }
  return out;
}

std::string refusal_of(std::string_view condition) {
  RulesImport made(web(base::concat(" use_backend api if ", condition, "\n")));
  const Fate fate = made.fate(6);
  CHECK((fate == Fate::kNotSupported || fate == Fate::kWrong));
  return made.said(6);
}

}  // namespace

TEST_CASE("a path is compared by the keys that matches have for it") {
  CHECK(match_of("{ path /a /b }") == "{ \"path\": [\"/a\", \"/b\"] }\n");
  CHECK(match_of("{ path_beg /api/ }") == "{ \"path_prefix\": [\"/api/\"] }\n");
  CHECK(match_of("{ path -m beg /api/ }") == "{ \"path_prefix\": [\"/api/\"] }\n");
  CHECK(match_of("{ path_end .php .css }") == "{ \"path_suffix\": [\".php\", \".css\"] }\n");
  CHECK(match_of("{ path_reg ^/u/[0-9]+$ }") == "{ \"path_regex\": \"^/u/[0-9]+$\" }\n");
  CHECK(match_of("{ path_sub admin }") == "{ \"path_regex\": \"admin\" }\n");
  CHECK(match_of("{ path_dir cgi-bin }") ==
        "{ \"path_regex\": \"(?:^|[/?])cgi-bin(?:[/?]|$)\" }\n");
  CHECK(match_of("{ path_len gt 100 }") == "{ \"path_regex\": \"^.{101,}$\" }\n");
}

TEST_CASE("where case counts for nothing a path is compared by an expression") {
  CHECK(match_of("{ path_beg -i /API }") == "{ \"path_regex\": \"(?i)^/API\" }\n");
  CHECK(match_of("{ path_end -i .jpg .png }") ==
        "{ \"path_regex\": \"(?i)(?:\\\\.jpg|\\\\.png)$\" }\n");
}

TEST_CASE("a beginning that no path in its one form has is an expression all the same") {
  CHECK(match_of("{ path_beg /. }") == "{ \"path_regex\": \"^/\\\\.\" }\n");
}

TEST_CASE("a host is compared without case and port where it is compared whole") {
  CHECK(match_of("{ hdr(host) -i Www.Example.com }") == "{ \"host\": [\"www.example.com\"] }\n");
  CHECK(match_of("{ hdr_end(host) -i .example.com }") == "{ \"host\": [\"*.example.com\"] }\n");
  CHECK(match_of("{ hdr(host),lower a.example }") == "{ \"host\": [\"a.example\"] }\n");
  CHECK(match_of("{ hdr(host),field(1,:),lower a.example }") == "{ \"host\": [\"a.example\"] }\n");
  CHECK(match_of("{ hdr_beg(host) www. }") ==
        "{ \"header\": [{ \"name\": \"Host\", \"prefix\": [\"www.\"] }] }\n");
  CHECK(match_of("{ hdr_dom(host) -i example.com }") ==
        "{ \"header\": [{ \"name\": \"Host\", \"regex\": "
        "\"(?i)(?:^|[/?.:])example\\\\.com(?:[/?.:]|$)\" }] }\n");
}

TEST_CASE("parts of a field between commas are values of their own") {
  CHECK(match_of("{ hdr(Upgrade) -i websocket }") ==
        "{ \"header\": [{ \"name\": \"Upgrade\", \"regex\": "
        "\"(?i)(?:^|,)[ \\\\t]*websocket[ \\\\t]*(?:,|$)\" }] }\n");
  CHECK(match_of("{ hdr_sub(user-agent) curl }") ==
        "{ \"header\": [{ \"name\": \"user-agent\", \"contains\": [\"curl\"] }] }\n");
  CHECK(match_of("{ hdr(x-a) -m found }") == "{ \"header\": [{ \"name\": \"x-a\" }] }\n");
  CHECK(match_of("{ hdr_cnt(x-a) gt 0 }") == "{ \"header\": [{ \"name\": \"x-a\" }] }\n");
}

TEST_CASE("networks, ports, TLS and servers have keys of their own") {
  CHECK(match_of("{ src 10.1.2.3/8 192.0.2.1 10.9.0.0/255.255.0.0 }") ==
        "{ \"source\": [\"10.0.0.0/8\", \"192.0.2.1\", \"10.9.0.0/16\"] }\n");
  CHECK(match_of("{ dst_port 443 }") == "{ \"port\": 443 }\n");
  CHECK(match_of("{ ssl_fc }") == "{ \"tls\": true }\n");
  CHECK(match_of("{ ssl_fc_sni -i A.example }") == "{ \"sni\": [\"a.example\"] }\n");
  CHECK(match_of("{ nbsrv(app) ge 2 }") ==
        "{ \"healthy\": { \"backend\": \"app\", \"at_least\": 2 } }\n");
  CHECK(match_of("METH_POST") == "{ \"method\": [\"POST\"] }\n");
  CHECK(match_of("METH_GET") == "{ \"method\": [\"GET\", \"HEAD\"] }\n");
  CHECK(match_of("LOCALHOST") == "{ \"source\": [\"127.0.0.0/8\", \"::1\"] }\n");
  CHECK(match_of("{ cook(beta) 1 }") ==
        "{ \"cookie\": [{ \"name\": \"beta\", \"equals\": [\"1\"] }] }\n");
  CHECK(match_of("{ url_param(v) 2 }") ==
        "{ \"query\": [{ \"name\": \"v\", \"equals\": [\"2\"] }] }\n");
  CHECK(match_of("{ date,utime(%H%M) -m int 0800:1759 }") ==
        "{ \"time\": { \"from\": \"08:00\", \"until\": \"18:00\" } }\n");
}

TEST_CASE("not, or and and are names in matches") {
  CHECK(match_of("!{ ssl_fc }") == "{ \"not\": [\"tls\"] }\n{ \"tls\": { \"tls\": true } }\n");
  CHECK(match_of("{ path_beg /a } || { ssl_fc }") ==
        "{ \"any\": [\"path_prefix-a\", \"tls\"] }\n{ \"path_prefix-a\": { \"path_prefix\": "
        "[\"/a\"] }, \"tls\": { \"tls\": true } }\n");
  CHECK(match_of("{ path_beg /a } { ssl_fc }") == "{ \"path_prefix\": [\"/a\"], \"tls\": true }\n");
  CHECK(match_of("{ path_beg /a } { path_end .php }") ==
        "{ \"path_prefix\": [\"/a\"], \"path_suffix\": [\".php\"] }\n");
}

TEST_CASE("two tests of one key stand apart") {
  CHECK(match_of("{ path_beg /a } { path_beg /a/b }") ==
        "{ \"path_prefix\": [\"/a\"], \"is\": [\"path_prefix-a-b\"] }\n"
        "{ \"path_prefix-a-b\": { \"path_prefix\": [\"/a/b\"] } }\n");
}

TEST_CASE("an ACL that one rule uses stands in it, and in matches where several do") {
  CHECK(match_of("api", " acl api path_beg /api\n") == "{ \"path_prefix\": [\"/api\"] }\n");
  CHECK(match_of("api", " acl api path_beg /api\n acl api path_beg /v1\n") ==
        "{ \"path_prefix\": [\"/api\", \"/v1\"] }\n");
  CHECK(match_of("api !staff",
                 " acl api path_beg /api\n acl staff src 10.0.0.0/8\n"
                 " http-request deny if api\n")
            .starts_with("{ \"is\": [\"api\"] }"));
}

TEST_CASE("several lines of an ACL are its alternatives") {
  CHECK(match_of("api", " acl api path_beg /api\n acl api hdr(x-api) -m found\n") ==
        "{ \"is\": [\"api\"] }\n{ \"path_prefix-api\": { \"path_prefix\": [\"/api\"] }, "
        "\"header-x-api\": { \"header\": [{ \"name\": \"x-api\" }] }, "
        "\"api\": { \"any\": [\"path_prefix-api\", \"header-x-api\"] } }\n");
}

TEST_CASE("what always holds needs no match, and what never does no rule") {
  CHECK(match_of("TRUE") == "always\n");
  CHECK(match_of("FALSE") == "");
  CHECK(match_of("{ path_beg / }") == "always\n");
  CHECK(match_of("HTTP") == "always\n");
}

TEST_CASE("what hapair does not look at is said, with what to do instead") {
  CHECK(refusal_of("{ rand(100) lt 10 }").find("`weight`") != std::string::npos);
  CHECK(refusal_of("{ url_sub ?debug }").find("url_param") != std::string::npos);
  CHECK(refusal_of("{ be_conn(app) gt 10 }").find("`max_connections`") != std::string::npos);
  CHECK(refusal_of("{ ssl_c_s_dn(cn) -m str a }").find("`client_certificate`") !=
        std::string::npos);
  CHECK(refusal_of("{ dst 192.0.2.1 }").find("frontend of its own") != std::string::npos);
  CHECK(refusal_of("{ no.such.fetch 1 }").find("no.such.fetch") != std::string::npos);
  CHECK(refusal_of("nobody").find("there is no ACL") != std::string::npos);
}

TEST_CASE("variables stand for what was set") {
  CHECK(match_of("{ var(txn.h) -m str a.example }",
                 " http-request set-var(txn.h) hdr(host),lower\n") ==
        "{ \"host\": [\"a.example\"] }\n");
  CHECK(match_of("{ var(txn.x) -m bool }",
                 " http-request set-var(txn.x) bool(true) if { path_beg /x }\n") ==
        "{ \"path_prefix\": [\"/x\"] }\n");
}

TEST_CASE("variables that lead to themselves are refused") {
  RulesImport made(
      web(" http-request set-var(txn.a) var(txn.b)\n"
          " http-request set-var(txn.b) var(txn.a)\n"
          " use_backend api if { var(txn.a) -m str x }\n"));
  CHECK(made.fate(8) == Fate::kNotSupported);
}

TEST_CASE("lists in files are maps where there are such maps") {
  const std::string text =
      web(" acl bad src -f /etc/haproxy/bad.lst\n http-request deny if bad\n"
          " acl ours hdr_dom(host) -f /etc/haproxy/ours.lst\n"
          " use_backend api if ours\n");
  RulesImport made(text, {{"/etc/haproxy/bad.lst", "192.0.2.0/24\n# no\n10.0.0.1\n"},
                          {"/etc/haproxy/ours.lst", "a.example\nb.example\n"}});
  CHECK(made.config_faults() == "");
  CHECK(made.rules("www").find(R"({ "name": "bad", "key": "source" })") != std::string::npos);
  CHECK(made.rules("www").find("a\\\\.example|b\\\\.example") != std::string::npos);
  CHECK(made.fate(6) == Fate::kChanged);
}

TEST_CASE("the names of an ACL and its flags are read as HAProxy does") {
  const auto read = [](std::vector<std::string> words) {
    std::vector<haproxy::Word> out;
    for (std::string& each : words) out.push_back({.text = std::move(each)});
    return parse_test(out);
  };
  CHECK(read({"path_beg", "-i", "--", "-x"})->patterns == std::vector<std::string>{"-x"});
  CHECK(read({"dst_port", "1:3", "gt", "10"})->ranges == std::vector<Range>{{1, 3}, {.low = 11}});
  CHECK(read({"sc0_conn_cur", "gt", "5"})->sample.fetch ==
        Call{.name = "sc_conn_cur", .arguments = {"0"}});
  CHECK(read({"hdr_beg(host)", "www."})->how == Compared::kBeg);
  CHECK_FALSE(read({"path", "-m", "what"}));
  CHECK_FALSE(read({"path", "-z", "what"}));
  CHECK_FALSE(read({"dst_port", "many"}));
  CHECK_FALSE(read({"hdr(host"}));
  CHECK_FALSE(read({}));
}
