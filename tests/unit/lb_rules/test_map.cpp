// Maps: what files may say, what is found in them, and what rules make of it.
#include "liblb/core/rules/map.hpp"

#include "liblb/core/rules/shelf.hpp"
#include "liblb/core/rules/template.hpp"
#include "tests/fuzz/map_file_body.hpp"
#include "tests/fuzz/replay.hpp"
#include "tests/unit/lb_rules/requests.hpp"

using namespace hapair;
using namespace hapair::lb::rules;
using namespace hapair::lb::rules::test;

namespace {

Map map_of(MapKind kind, std::string_view text) { return Map::parse({.kind = kind}, text).value(); }

std::string fault_of(const MapTerms& terms, std::string_view text) {
  const auto map = Map::parse(terms, text);
  return map ? "none" : map.error().message;
}

/// What each text finds; "-": nothing.
using Rows = std::vector<std::pair<std::string_view, std::string_view>>;

void check_rows(const Map& map, const Rows& rows) {
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    const auto found = map.find(text);
    CHECK((found ? found->text : "-") == expected);
  }
}

struct MapWorld final : Surroundings {
  [[nodiscard]] base::WallTime wall_time() const override { return {}; }
  [[nodiscard]] std::size_t usable_servers(std::size_t /*backend*/) const override { return 1; }
  [[nodiscard]] std::uint64_t figure(const RateTest&, const Facts&) const override { return 0; }
  [[nodiscard]] const Shelf* shelf() const override { return &files; }

  Shelf files;
};

TemplatePart in(std::size_t place, std::string_view key) {
  TemplatePart part = parse_map_key(key).value();
  part.map = MapName{.name = "m", .place = place};
  return part;
}

/// The verdict of one rule on a request.
struct MapHearing {
  Verdict operator()(const MapWorld& world, std::vector<Action> actions, std::string_view host,
                     std::string_view target, std::string_view fields = {}) {
    request = get(host, target, fields);
    list = std::make_unique<RuleList>(
        std::vector<Rule>{{.match = {}, .actions = std::move(actions)}}, lb::RegexPatterns());
    judge.begin(request->head);
    judge.hear(*list, client, world);
    return judge.verdict();
  }

  ConnectionFacts client = from("192.0.2.1");
  std::unique_ptr<Request> request;
  std::unique_ptr<RuleList> list;
  Judge judge;
};

}  // namespace

TEST_CASE("lines are a key and a value; comments and blanks count for nothing") {
  const Map map = map_of(MapKind::kExact,
                         "# moved\n\n  /a\thttps://b.example/#top  \r\n/b two words\n/c\n  # more");
  CHECK(map.entries() == 3);
  check_rows(map, {{"/a", "https://b.example/#top"},
                   {"/b", "two words"},
                   {"/c", ""},
                   {"/A", "-"},
                   {"", "-"},
                   {"/", "-"},
                   {std::string(300, 'x'), "-"}});
  CHECK(map_of(MapKind::kExact, "").entries() == 0);
}

TEST_CASE("the longest prefix counts") {
  const Map map = map_of(MapKind::kPrefix, "/ root\n/a a\n/a/b/ ab\n/static/ files\n");
  check_rows(map, {{"/", "root"},
                   {"/b", "root"},
                   {"/a", "a"},
                   {"/ab", "a"},
                   {"/a/b", "a"},
                   {"/a/b/", "ab"},
                   {"/a/b/c/d", "ab"},
                   {"/static/" + std::string(1000, 'x'), "files"},
                   {"", "-"},
                   {"a", "-"}});
  CHECK_FALSE(map_of(MapKind::kPrefix, "").find("/"));
}

TEST_CASE("a domain is a host and all below it, and the longest counts") {
  const Map map = map_of(MapKind::kDomain, "example.com 1\nWWW.example.com. 2\norg 3\n");
  check_rows(map, {{"example.com", "1"},
                   {"Example.COM.", "1"},
                   {"a.b.example.com", "1"},
                   {"www.example.com", "2"},
                   {"x.www.example.com", "2"},
                   {"notexample.com", "-"},
                   {"com", "-"},
                   {"a.org", "3"},
                   {"", "-"},
                   {".", "-"},
                   {std::string(300, 'a') + ".org", "-"}});
}

TEST_CASE("the smallest network counts") {
  const Map map = map_of(MapKind::kNetwork,
                         "10.0.0.0/8 wide\n10.1.0.0/16 inner\n10.1.2.3 one\n192.0.2.128/25 half\n"
                         "2001:db8::/32 six\n2001:db8::1 six-one\n");
  check_rows(map, {{"10.9.9.9", "wide"},
                   {"10.1.9.9", "inner"},
                   {"10.1.2.3", "one"},
                   {"10.1.2.4", "inner"},
                   {"11.0.0.0", "-"},
                   {"192.0.2.127", "-"},
                   {"192.0.2.128", "half"},
                   {"2001:db8::2", "six"},
                   {"2001:db8::1", "six-one"},
                   {"2001:db9::", "-"},
                   {"no address", "-"},
                   {"", "-"}});
  check_rows(map_of(MapKind::kNetwork, "0.0.0.0/0 all\n"), {{"255.1.2.3", "all"}, {"::1", "-"}});
}

TEST_CASE("what was found by length is what a look at each key finds") {
  std::string text;
  std::vector<std::string> keys;
  std::uint32_t state = 7;
  const auto next = [&](std::uint32_t below) {
    state = state * 1664525U + 1013904223U;
    return (state >> 16U) % below;
  };
  const auto word = [&] {
    std::string out = "/";
    for (std::uint32_t left = next(7); left > 0; --left) out += "ab/"[next(3)];
    return out;
  };
  while (keys.size() < 60) {
    std::string key = word();
    if (std::ranges::find(keys, key) != keys.end()) continue;
    text += base::concat(key, " ", key, "\n");
    keys.push_back(std::move(key));
  }
  const Map map = map_of(MapKind::kPrefix, text);
  for (int i = 0; i < 2000; ++i) {
    const std::string path = word() + word();
    std::string_view longest = "-";
    for (const std::string& key : keys) {
      if (path.starts_with(key) && (longest == "-" || key.size() > longest.size())) longest = key;
    }
    check_rows(map, {{path, longest}});
  }
}

TEST_CASE("a line that is no good is told by its number, with a remedy") {
  const MapTerms exact;
  CHECK(fault_of(exact, "a 1\n\na 2\n") == "3: \"a\" stands in line 1 already; keep one");
  CHECK(fault_of(exact, "a 1\x01\n") == "1: the line has control characters; take them out");
  CHECK(fault_of(exact, std::string(257, 'k')) ==
        "1: the key has more than 256 bytes; make it shorter");
  CHECK(fault_of(exact, "k " + std::string(1025, 'v')) ==
        "1: the value has more than 1024 bytes; make it shorter");
  CHECK(fault_of(exact, std::string(256, 'k') + ' ' + std::string(1024, 'v')) == "none");
  CHECK(fault_of({.valued = true}, "a 1\nb\n") == "2: \"b\" has no value; write one behind it");
  CHECK(fault_of({.kind = MapKind::kDomain}, "*.a 1") ==
        "1: \"*.a\" is no domain; write one such as example.com, which stands for all below it, "
        "too");
  CHECK(fault_of({.kind = MapKind::kDomain}, "a.b 1\nA.B. 2").starts_with("2: \"A.B.\" stands"));
  CHECK(fault_of({.kind = MapKind::kNetwork}, "10.1.0.0/8 1") ==
        "1: \"10.1.0.0/8\" is an address within a network; write the network, or the address "
        "alone");
  CHECK(fault_of({.kind = MapKind::kNetwork}, "# x\nnowhere 1").starts_with("2: "));
  std::string many;
  for (std::size_t i = 0; i <= Map::kMaxEntries; ++i) many += base::concat(i, "\n");
  CHECK(fault_of(exact, many) == "65537: the map has more than 65536 keys; make it smaller");
}

TEST_CASE("values that must be backends are those that may be chosen") {
  const MapTerms terms{.valued = true, .backends = std::vector<std::string>{"web", "", "api"}};
  const auto map = Map::parse(terms, "a web\nb api\n");
  REQUIRE(map);
  CHECK(map->find("a")->backend == 0);
  CHECK(map->find("b")->backend == 2);
  CHECK(fault_of(terms, "a web\nb apis\n") ==
        "2: \"apis\" is no backend in mode http; name one that the configuration has");
  CHECK(fault_of(terms, "a\n") == "1: \"a\" has no value; write one behind it");
}

TEST_CASE("rules choose backends by a map, or go on") {
  MapWorld world;
  MapHearing hear;
  const MapTerms terms{.kind = MapKind::kDomain,
                       .backends = std::vector<std::string>{"web", "api"}};
  world.files.put_map(1, Map::parse(terms, "api.example api\n").value());
  const UseMapped use{.in = in(1, "host"), .otherwise = 7, .choices = {}};
  CHECK(hear(world, {use}, "v2.API.example:81", "/").backend == 1);
  CHECK(hear(world, {use}, "other", "/").backend == 7);
  const UseMapped or_not{.in = in(1, "host")};
  CHECK_FALSE(hear(world, {or_not}, "other", "/").backend);
  CHECK(hear(world, {or_not}, "other", "/").passes());
  const UseMapped nowhere{.in = in(0, "host"), .otherwise = 7};
  CHECK(hear(world, {nowhere}, "api.example", "/").backend == 7);
  // What is put there later counts from then on.
  world.files.put_map(1, Map::parse(terms, "other web\n").value());
  CHECK(hear(world, {use}, "other", "/").backend == 0);
  CHECK(hear(world, {use}, "api.example", "/").backend == 7);
}

TEST_CASE("a map is asked for all that a request says") {
  MapWorld world;
  MapHearing hear;
  world.files.put_map(0, map_of(MapKind::kExact,
                                "192.0.2.1 1\nexample 2\n/a 3\nx=%41&y 4\nGET 5\nhttp 6\nkey 7\n"
                                "crumb 8\nA 9\n/a?x=%41&y 10\n"));
  const auto said = [&](std::string_view key) {
    TemplatePart part = in(0, key);
    const Verdict verdict = hear(world, {Redirect{.location = {{.text = "/"}, std::move(part)}}},
                                 "example", "/a?x=%41&y", "X-Key: key\r\nCookie: c=crumb\r\n");
    return verdict.location;
  };
  CHECK(said("source") == "/1");
  CHECK(said("host") == "/2");
  CHECK(said("path") == "/3");
  CHECK(said("query") == "/4");
  CHECK(said("method") == "/5");
  CHECK(said("scheme") == "/6");
  CHECK(said("header:x-key") == "/7");
  CHECK(said("cookie:c") == "/8");
  CHECK(said("query:x") == "/9");
  CHECK(said("target") == "/10");
  CHECK(said("sni") == "/");
  CHECK(said("query:z") == "/");
  CHECK(said("cookie:z") == "/");
  for (std::string_view bad : {"", "query:", "header:", "header:a b", "sources", "map:x:host"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_map_key(bad));
  }
}

TEST_CASE("texts hold values of maps, and what does not fit its place is no request") {
  MapWorld world;
  MapHearing hear;
  world.files.put_map(3, map_of(MapKind::kExact, "/a https://b.example/new\n/b two words\n"));
  Template to = parse_template("%{map:moved:path}").value();
  REQUIRE(to.size() == 1);
  CHECK(to[0].what == Variable::kPath);
  CHECK(to[0].map->name == "moved");
  CHECK(hear(world, {Redirect{.location = to}}, "x", "/a").status == 400);  // on no shelf yet
  to[0].map->place = 3;
  CHECK(hear(world, {Redirect{.location = to}}, "x", "/a").location == "https://b.example/new");
  CHECK(hear(world, {Redirect{.location = to}}, "x", "/b").status == 400);
  CHECK(hear(world, {Redirect{.location = to}}, "x", "/c").status == 400);
  (void)hear(world, {EditField{.name = "X-To", .value = to}}, "x", "/b");
  REQUIRE(hear.judge.apply(hear.request->head, 100));
  CHECK(hear.request->head.fields.find("X-To")->value == "two words");
  for (std::string_view bad : {"%{map:}", "%{map:a}", "%{map::path}", "%{map:a:nothing}"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_template(bad));
  }
}

TEST_CASE("a match asks whether a map has a key") {
  MapWorld world;
  world.files.put_map(0, map_of(MapKind::kNetwork, "192.0.2.0/24\n"));
  const RuleList list({{.match = {{MapTest{in(0, "source")}}}, .actions = {Deny{}}},
                       {.match = {{MapTest{in(1, "source")}}}, .actions = {Deny{.status = 404}}}},
                      lb::RegexPatterns());
  const auto request = get("a", "/");
  Judge judge;
  for (const auto& [address, status] : {std::pair{"192.0.2.7", 403}, std::pair{"192.0.3.7", 0}}) {
    judge.begin(request->head);
    judge.hear(list, from(address), world);
    CHECK(judge.verdict().status == status);
  }
  Visit nowhere("a", "/");  // without a shelf
  CHECK_FALSE(look_up(in(0, "source"), nowhere.facts));
}

TEST_CASE("an answer's body is what its file holds when it is given") {
  MapWorld world;
  MapHearing hear;
  const Answer answer{.status = 200, .type = "text/html", .body = {}, .file = 1};
  CHECK(hear(world, {answer}, "a", "/").status == 503);  // nothing was read
  world.files.put_body(1, "<p>one");
  const Verdict held = hear(world, {answer}, "a", "/");
  CHECK(held.status == 200);
  world.files.put_body(1, "<p>two");
  CHECK(*held.body == "<p>one");
  CHECK(render(held, {}).ends_with("\r\n\r\n<p>one"));
  CHECK(render(hear(world, {answer}, "a", "/"), {}).ends_with("\r\n\r\n<p>two"));
}

TEST_CASE("the corpus of map files") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/map_file", fuzz::fuzz_map_file) >= 25);
}
