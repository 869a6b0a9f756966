// What rules make of a request: where it goes, what is answered, and what is changed on its way.
#include "liblb/core/rules/template.hpp"
#include "tests/unit/lb_rules/requests.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::rules;
using namespace hapair::lb::rules::test;

namespace {

Template say(std::string_view from) { return parse_template(from).value(); }

/// A list of rules, each for all requests unless told otherwise, and one request that hears it.
class Court {
 public:
  Court& on(PathTest path, std::vector<Action> actions) {
    rules_.push_back({.match = {{std::move(path)}}, .actions = std::move(actions)});
    return *this;
  }
  Court& always(std::vector<Action> actions) {
    rules_.push_back({.match = {}, .actions = std::move(actions)});
    return *this;
  }
  const Verdict& hear(std::string_view host, std::string_view target,
                      std::string_view fields = {}) {
    request = get(host, target, fields);
    list_ = std::make_unique<RuleList>(rules_, RegexPatterns());
    judge.begin(request->head);
    judge.hear(*list_, client, world);
    return judge.verdict();
  }
  /// The request as it goes on.
  std::string applied() {
    REQUIRE(judge.verdict().passes());
    REQUIRE(judge.apply(request->head, request->text.size()));
    std::string out(request->head.path);
    for (const http::Field& field : request->head.fields) {
      out += base::concat("|", field.name, "=", field.value);
    }
    return out;
  }

  World world;
  ConnectionFacts client = from("192.0.2.1");
  std::unique_ptr<Request> request;
  Judge judge;

 private:
  std::vector<Rule> rules_;
  std::unique_ptr<RuleList> list_;
};

PathTest prefix(std::string_view path) {
  return {.how = Compare::kPrefix, .texts = {std::string(path)}};
}

EditField set(std::string_view name, std::string_view value) {
  return {.name = std::string(name), .value = say(value)};
}

}  // namespace

TEST_CASE("the first action that ends the list decides, those before it all count") {
  Court court;
  court.always({set("X-A", "1")})
      .on(prefix("/api"), {set("X-B", "2"), UseBackend{.backend = 3}})
      .always({set("X-C", "3"), UseBackend{.backend = 4}});
  CHECK(court.hear("a", "/api/x").backend == 3);
  CHECK(court.applied() == "/api/x|Host=a|X-A=1|X-B=2");
  CHECK(court.hear("a", "/").backend == 4);
  CHECK(court.applied() == "/|Host=a|X-A=1|X-C=3");
}

TEST_CASE("without a word the request goes where it would have gone") {
  Court court;
  court.on(prefix("/x"), {Deny{}}).on(prefix("/y"), {Accept{}}).always({set("X-A", "1")});
  CHECK(court.hear("a", "/y").passes());
  CHECK_FALSE(court.judge.verdict().backend);
  CHECK(court.applied() == "/y|Host=a");
  CHECK(court.hear("a", "/z").passes());
  CHECK(court.applied() == "/z|Host=a|X-A=1");
}

TEST_CASE("a list that was ended is followed by the next one, but not after an answer") {
  Court frontend;
  frontend.on(prefix("/no"), {Deny{.status = 404}}).always({UseBackend{.backend = 1}});
  const RuleList backend({{.match = {}, .actions = {set("X-Of", "backend")}}}, RegexPatterns());
  (void)frontend.hear("a", "/yes");
  frontend.judge.hear(backend, frontend.client, frontend.world);
  CHECK(frontend.judge.verdict().backend == 1);
  CHECK(frontend.applied() == "/yes|Host=a|X-Of=backend");
  (void)frontend.hear("a", "/no");
  frontend.judge.hear(backend, frontend.client, frontend.world);
  CHECK(frontend.judge.verdict().status == 404);
}

TEST_CASE("fields of the request are set, added, removed and replaced") {
  Court court;
  court.always({set("X-Addr", "%{client_address} %{scheme} %{method}"),
                EditField{.change = FieldChange::kAdd, .name = "X-Two", .value = say("b")},
                EditField{.change = FieldChange::kRemove, .name = "x-gone"},
                EditField{.change = FieldChange::kReplace,
                          .name = "X-Id",
                          .value = say("<\\1>"),
                          .pattern = {.text = "^id-([0-9]+)$"}}});
  (void)court.hear("a", "/",
                   "X-Two: a\r\nX-Gone: 1\r\nX-Addr: forged\r\nX-Id: id-7\r\nX-Id: other\r\n");
  CHECK(court.applied() ==
        "/|Host=a|X-Two=a|X-Addr=192.0.2.1 http GET|X-Two=b|X-Id=<7>|X-Id=other");
}

TEST_CASE("fields of the response are noted for later") {
  Court court;
  court.always({EditField{.response = true, .name = "X-Frame", .value = say("%{host}")}});
  (void)court.hear("Example.com:81", "/");
  http::FieldList fields;
  CHECK(court.judge.response_edits().apply(fields));
  CHECK(fields.last().value == "example.com");
}

TEST_CASE("the Host can be set, and becomes that of the request") {
  Court court;
  court.always({set("Host", "inner.test")});
  (void)court.hear("outer.test", "http://outer.test/x");
  CHECK(court.applied() == "/x|Host=inner.test");
  CHECK(court.request->head.host == "inner.test");
  CHECK(court.request->head.authority.empty());
}

TEST_CASE("paths and queries are rewritten") {
  struct Case {
    Action action;
    std::string_view target;
    std::string_view becomes;
  };
  const Case cases[] = {
      {RewritePath{.prefix = "/api/", .with = "/"}, "/api/v1?x=1", "/v1?x=1"},
      {RewritePath{.prefix = "/api", .with = ""}, "/api", "/"},
      {RewritePath{.prefix = "/api", .with = ""}, "/apis", "/s"},
      {RewritePath{.prefix = "/api/", .with = "/"}, "/%61pi/a%2fb", "/a%2Fb"},
      {RewritePath{.prefix = "/api/", .with = "/"}, "/other//x?y", "/other//x?y"},
      {RewritePath{.pattern = {.text = "^/user/([^/]+)/(.*)$"}, .with = "/u/\\2/\\1"},
       "/user/joe/a/b?q", "/u/a/b/joe?q"},
      {SetPath{.to = say("/fixed")}, "/x?y=1", "/fixed?y=1"},
      {SetQuery{.to = say("from=%{path}")}, "/x?y=1", "/x?from=/x"},
      {SetQuery{}, "/x?y=1", "/x"},
      {SetQuery{.to = say("%{query}&n=1")}, "/x?y=1", "/x?y=1&n=1"},
  };
  for (const Case& each : cases) {
    Court court;
    court.always({each.action});
    CAPTURE(each.target);
    (void)court.hear("a", each.target);
    CHECK(court.applied() == base::concat(each.becomes, "|Host=a"));
  }
}

TEST_CASE("rewrites follow each other, but matches see the request as it came") {
  Court court;
  court.always({RewritePath{.prefix = "/a", .with = "/b"}})
      .on(prefix("/b"), {Deny{}})
      .on(prefix("/a"), {RewritePath{.prefix = "/b", .with = "/c"}});
  (void)court.hear("x", "/a/1");
  CHECK(court.applied() == "/c/1|Host=x");
}

TEST_CASE("redirects keep what they are told to keep") {
  struct Case {
    std::string_view location;
    std::string_view target;
    std::string_view becomes;
  };
  const Case cases[] = {
      {"https://%{host}%{target}", "/a%20b?c=d", "https://example.com/a%20b?c=d"},
      {"https://new.test%{target}", "http://example.com:8080?x", "https://new.test/?x"},
      {"%{target}", "//evil.test/x", "/evil.test/x"},
      {"/login?from=%{path}", "/a/../b", "/login?from=/b"},
  };
  for (const Case& each : cases) {
    Court court;
    court.always({Redirect{.status = 301, .location = say(each.location)}});
    const Verdict& verdict = court.hear("Example.com:8080", each.target);
    CAPTURE(each.location);
    CHECK(verdict.kind == Verdict::Kind::kAnswer);
    CHECK(verdict.location == each.becomes);
    const std::string reply = render(verdict, {.close = false});
    CHECK(reply.starts_with("HTTP/1.1 301 Moved Permanently\r\n"));
    CHECK(reply.find(base::concat("\r\nLocation: ", each.becomes, "\r\n")) != reply.npos);
  }
}

TEST_CASE("answers, denials, tarpits and drops") {
  Court court;
  court.on(prefix("/a"), {Answer{.status = 200, .type = "text/html", .body = "<p>hi"}})
      .on(prefix("/d"), {Deny{.status = 429}})
      .on(prefix("/t"), {Tarpit{.delay = std::chrono::seconds(7), .status = 500}})
      .on(prefix("/s"), {SilentDrop{}});
  const std::string answer = render(court.hear("a", "/a"), {.close = false});
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"));
  CHECK(answer.ends_with("\r\n\r\n<p>hi"));
  CHECK(render(court.hear("a", "/a"), {.head_only = true}).ends_with("\r\n\r\n"));
  CHECK(render(court.hear("a", "/d"), {}).starts_with("HTTP/1.1 429 "));
  CHECK(court.hear("a", "/t").kind == Verdict::Kind::kTarpit);
  CHECK(court.judge.verdict().delay == std::chrono::seconds(7));
  CHECK(court.hear("a", "/s").kind == Verdict::Kind::kDrop);
}

TEST_CASE("an answer never opens a tunnel that is not there") {
  const RuleList list({{.match = {}, .actions = {Answer{.status = 200}}}}, RegexPatterns());
  const World world;
  const ConnectionFacts client = from("192.0.2.1");
  const Request connect("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n");
  Judge judge;
  judge.begin(connect.head);
  judge.hear(list, client, world);
  CHECK(judge.verdict().status == 403);
  const auto websocket = get("a", "/");
  judge.begin(websocket->head, true);
  judge.hear(list, client, world);
  CHECK(judge.verdict().status == 403);
}

TEST_CASE("what would be more than one line, or no path, is refused") {
  const std::vector<Action> makers[] = {
      {set("X-A", "a\r\nX-Injected: 1")},
      {set("X-A", " padded")},
      {set("Host", "a b")},
      {EditField{.response = true, .name = "X-A", .value = say("%{cookie:c}\n")}},
      {SetPath{.to = say("%{header:x-path}")}},
      {SetPath{.to = say("no-slash")}},
      {SetQuery{.to = say("a#b")}},
      {Redirect{.location = say("https://%{header:x-path}/")}},
      {Redirect{.location = say("https:///nowhere")}},
      {Redirect{.location = say("javascript:alert(1)")}},
      {RewritePath{.pattern = {.text = "^/(.*)$"}, .with = "/\\1 b"}},
  };
  for (const auto& actions : makers) {
    Court court;
    court.always(actions);
    const Verdict& verdict = court.hear("a", "/x", "X-Path: /a b\r\nCookie: c=1\r\n");
    CHECK(verdict.kind == Verdict::Kind::kDenied);
    CHECK(verdict.status == 400);
  }
}

TEST_CASE("a path with two meanings is refused before any rule") {
  Court court;
  court.always({UseBackend{.backend = 1}});
  CHECK(court.hear("a", "/public/..%2fadmin").status == 400);
  CHECK(court.hear("a", "/public/..;/admin").status == 400);
  CHECK(court.hear("a", "/public/%2e%2e/admin").passes());
}

TEST_CASE("a pattern that costs too much ends the request, in a match and in a rewrite") {
  const std::string bomb = base::concat("/", std::string(60, 'a'), "!");
  Court match;
  match.on({.how = Compare::kPattern, .pattern = {.text = "^/(a+)+$"}}, {Deny{.status = 403}});
  CHECK(match.hear("a", bomb).status == 400);
  CHECK(match.hear("a", "/aaa").status == 403);
  Court rewrite;
  rewrite.always({RewritePath{.pattern = {.text = "^/(a+)+$"}, .with = "/"}});
  CHECK(rewrite.hear("a", bomb).status == 400);
}

TEST_CASE("a head that would be too large is not sent") {
  Court court;
  court.always({set("X-Large", std::string(1024, 'x'))});
  (void)court.hear("a", "/");
  CHECK(court.judge.apply(court.request->head, 15 * 1024 - 100));
  (void)court.hear("a", "/");
  CHECK_FALSE(court.judge.apply(court.request->head, 15 * 1024 + 100));
}

TEST_CASE("time-outs of several rules come together") {
  Court court;
  court.always({SetTimeouts{.server = std::chrono::seconds(9)}})
      .always({SetTimeouts{.connect = std::chrono::seconds(1)}});
  const Verdict& verdict = court.hear("a", "/");
  CHECK(verdict.timeouts.server == std::chrono::seconds(9));
  CHECK(verdict.timeouts.connect == std::chrono::seconds(1));
  CHECK(verdict.timeouts.queue == base::Duration(0));
}

TEST_CASE("texts with variables are read, and faulty ones are told") {
  CHECK(say("100%").size() == 1);
  CHECK(say("%%{host}").front().text == "%{host}");
  CHECK(parse_template("%{hosts}").error().message.starts_with("%{hosts} is no variable; use "));
  CHECK_FALSE(parse_template("%{header:}"));
  CHECK_FALSE(parse_template("a%{host"));
}
