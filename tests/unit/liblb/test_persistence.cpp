// Clients that are kept on their servers, with both sides of an exchange played by the test.
#include "liblb/core/persistence.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "tests/unit/liblb/played_sides.hpp"
#include "tests/unit/liblb/toy_mac.hpp"

namespace hapair::lb::test {
namespace {

using namespace std::chrono_literals;

class PlayedHost final : public PersistenceHost {
 public:
  [[nodiscard]] base::WallTime wall_now() const override { return wall; }
  [[nodiscard]] const Mac& mac() const override { return mac_; }

  base::WallTime wall{std::chrono::seconds(1'767'225'600)};

 private:
  ToyMac mac_;
};

struct Keeping : Scene {
  explicit Keeping(std::optional<CookieSettings> cookie, std::optional<StickSettings> stick = {},
                   BackendSettings settings = {})
      : Scene(3, named(std::move(settings))) {
    backend.set_persistence(std::make_unique<Persistence>(
        "pool", std::move(cookie), stick, static_cast<PersistenceHost&>(host), base::SipKey{}));
    first.stands = second.stands = third.stands = true;
  }
  static BackendSettings named(BackendSettings settings) {
    settings.name = "pool";
    const std::uint32_t limit = settings.servers.empty() ? 0 : settings.servers[0].max_connections;
    settings.servers.clear();
    for (const char* name : {"s0", "s1", "s2"}) {
      settings.servers.push_back(
          {.name = name, .max_connections = limit, .cookie = std::string(name)});
    }
    return settings;
  }
  /// A whole exchange; returns the server that it went to.
  std::size_t serve(const std::string& cookies, const std::string& set_cookie = {},
                    const ExchangeTerms& terms = {}) {
    ask(cookies, terms);
    answer(set_cookie);
    return *exchange->report().server;
  }
  void ask(const std::string& cookies, const ExchangeTerms& terms = {}) {
    sent = cookies;
    request.fields.clear();
    if (!sent.empty()) request.fields.add({.name = "Cookie", .value = sent});
    connector.prepared = {&first, &second, &third};
    for (PlayedServer* each : connector.prepared) each->got.clear();
    begin(terms);
  }
  void answer(const std::string& set_cookie = {}) {
    http::ResponseHead head;
    head.status = 200;
    if (!set_cookie.empty()) head.fields.add({.name = "Set-Cookie", .value = set_cookie});
    CHECK(exchange->on_response_head(head, 10, {}, now));
    exchange->on_response_complete(now);
  }
  [[nodiscard]] std::string letters() const {
    return {exchange->report().cookie, exchange->report().cookie_action};
  }
  /// "NAME=value" of the cookie that the last response has set; empty: none.
  [[nodiscard]] std::string given() const {
    constexpr std::string_view kField = "Set-Cookie=";
    const std::size_t at = client.fields.find(kField);
    if (at == std::string::npos) return {};
    const std::size_t begin = at + kField.size();
    return client.fields.substr(begin, client.fields.find(';', begin) - begin);
  }
  [[nodiscard]] const PersistenceCounters& counts() const {
    return backend.persistence()->counters();
  }
  void stand(std::size_t server, Standing standing) {
    backend.set_health(server, {.standing = standing}, now);
  }

  PlayedHost host;
  std::string sent;
};

CookieSettings plain(CookieMode mode = CookieMode::kInsert) {
  return {.name = "SRV", .mode = mode, .terms = {.is_signed = false}};
}

TEST_CASE("a client without a cookie gets one, and with it comes to the same server") {
  Keeping s(CookieSettings{.name = "SRV"});
  const std::size_t server = s.serve("");
  CHECK(s.letters() == "NI");
  const std::string cookie = s.given();
  CHECK(cookie.starts_with("SRV=s" + std::to_string(server) + "."));
  for (int i = 0; i < 5; ++i) {
    CHECK(s.serve("a=1; " + cookie) == server);
    CHECK(s.letters() == "VN");
    CHECK(s.given().empty());
  }
  CHECK(s.counts().kept == 5);
  CHECK(s.counts().set == 1);
}

TEST_CASE("forged and unreadable cookies are balanced like none, counted, and replaced") {
  Keeping s(CookieSettings{.name = "SRV"});
  const std::size_t server = s.serve("SRV=s1.AAAAAAAAAAAAAAAAAAAAAA");
  CHECK(s.letters() == "II");
  CHECK(s.counts().forged == 1);
  CHECK(s.serve(s.given()) == server);
  s.serve("SRV=s1");
  CHECK(s.letters() == "II");
  CHECK(s.counts().unreadable == 1);
  CHECK(s.counts().forged == 1);
}

TEST_CASE("a cookie of a server that there is not, is replaced") {
  Keeping s(plain());
  s.serve("SRV=s9");
  CHECK(s.letters() == "II");
  CHECK(s.counts().unknown == 1);
  CHECK(s.given().starts_with("SRV=s"));
}

TEST_CASE("cookies end with time: idle ones and old ones") {
  CookieSettings cookie = plain();
  cookie.terms = {.is_signed = true, .max_idle = 16min, .max_life = 1h};
  Keeping s(cookie);
  s.serve("");
  const std::string given = s.given();
  s.host.wall += 30s;
  s.serve(given);
  CHECK(s.letters() == "VN");
  SUBCASE("one in use is renewed now and then, and keeps its age") {
    std::string cookie_now = given;
    for (int minute = 0; minute < 60; ++minute) {
      s.host.wall += 1min;
      s.serve(cookie_now);
      if (minute == 59) break;
      CHECK(s.letters() == "VU");
      cookie_now = s.given();
    }
    CHECK(s.letters() == "OI");
  }
  SUBCASE("one that was not used for too long is replaced") {
    s.host.wall += 17min;
    s.serve(given);
    CHECK(s.letters() == "EI");
  }
  CHECK(s.counts().expired == 1);
}

TEST_CASE("a server that is down or in maintenance loses its clients, one that drains keeps them") {
  Keeping s(plain());
  s.stand(1, Standing::kDraining);
  CHECK(s.serve("SRV=s1") == 1);
  CHECK(s.letters() == "VN");
  for (const Standing standing : {Standing::kDown, Standing::kOut, Standing::kUnknown}) {
    s.stand(1, standing);
    CHECK(s.serve("SRV=s1") != 1);
    CHECK(s.letters() == "DI");
  }
  CHECK(s.counts().moved == 3);
  s.stand(1, Standing::kLastResort);
  CHECK(s.serve("SRV=s1") == 1);
  // Others go where servers are up.
  CHECK(s.serve("") != 1);
}

TEST_CASE("a server that cannot be reached is left for another one, whose cookie is set") {
  Keeping s(plain());
  s.first.stands = false;
  s.ask("SRV=s2");
  CHECK(s.connector.asked.back() == 2);
  s.exchange->on_connect_failed(s.now);
  CHECK(s.connector.asked.back() != 2);
  s.answer();
  CHECK(s.letters() == "DI");
  CHECK(s.counts().moved == 1);
}

TEST_CASE("a client of a full server waits for that one") {
  Keeping s(plain(), {}, {.servers = {{.max_connections = 1}}, .max_queue = 1});
  s.ask("SRV=s1");
  PlayedClient other_client;
  http::RequestHead same = s.request;
  Exchange other(other_client, s.backend, s.connector, same, {});
  other.start(s.now);
  CHECK(other.waits_for_server());
  CHECK(s.connector.asked.size() == 1);
  SUBCASE("and gets it in its turn") {
    s.answer();
    CHECK_FALSE(s.backend.serve_queue(s.now, 10));
    CHECK(s.connector.asked.back() == 1);
    CHECK(other.report().queue_time);
  }
  SUBCASE("no more than may wait") {
    PlayedClient third_client;
    Exchange third(third_client, s.backend, s.connector, same, {});
    third.start(s.now);
    CHECK(third_client.said == "error 503;");
    CHECK(third.report().phase == 'Q');
  }
  SUBCASE("or another one when that is lost") {
    s.stand(1, Standing::kDown);
    CHECK_FALSE(s.backend.serve_queue(s.now, 10));
    CHECK(s.connector.asked.size() == 2);
    CHECK(s.connector.asked.back() != 1);
  }
  SUBCASE("until it has waited too long") {
    other.on_deadline(other_client.deadline);
    CHECK(other_client.said == "error 503;");
    CHECK(s.backend.waiting_for(1)->current() == 0);
  }
}

TEST_CASE("what is said of the cookie besides its value") {
  CookieSettings cookie = plain();
  cookie.no_cache = cookie.http_only = true;
  cookie.same_site = "Lax";
  cookie.domain = "example.com";
  Keeping s(cookie);
  s.serve("");
  CHECK(s.client.fields.find("; Path=/; Domain=example.com; HttpOnly; SameSite=Lax;") !=
        std::string::npos);
  CHECK(s.client.fields.ends_with("Cache-Control=private;"));
  s.serve("", "", {.secure = true});
  CHECK(s.client.fields.find("; HttpOnly; Secure; SameSite=Lax;") != std::string::npos);
  // An answer that sets none may be kept by caches.
  s.serve("SRV=s1");
  CHECK(s.client.fields.empty());
}

TEST_CASE("indirect: servers don't see the cookie, and all others as they came") {
  CookieSettings cookie = plain();
  const auto heard = [&](bool indirect, const std::string& cookies) {
    cookie.indirect = indirect;
    Keeping s(cookie);
    s.serve(cookies);
    return s.first.fields;
  };
  CHECK(heard(false, "a=1; SRV=s1; b=2") == "Cookie=a=1; SRV=s1; b=2;");
  CHECK(heard(true, "a=1; SRV=s1; b=2") == "Cookie=a=1; b=2;");
  CHECK(heard(true, "SRV=s1;a=1;odd; SRV=again") == "Cookie=a=1; odd;");
  CHECK(heard(true, "SRV=forged") == "");
  CHECK(heard(true, "XSRV=1; srv=2") == "Cookie=XSRV=1; srv=2;");
}

TEST_CASE("insert: a cookie of that name that a server sets goes no further") {
  Keeping s(plain());
  s.serve("SRV=s1", "SRV=mine; Path=/");
  CHECK(s.letters() == "VD");
  CHECK(s.client.fields.empty());
  s.serve("", "SRV=mine; Path=/");
  CHECK(s.letters() == "NI");
  CHECK(s.client.fields.find("mine") == std::string::npos);
}

TEST_CASE("prefix: the server's cookie names its server on the client's side only") {
  CookieSettings cookie = plain(CookieMode::kPrefix);
  cookie.name = "id";
  cookie.terms.is_signed = true;
  Keeping s(cookie);
  const std::size_t server = s.serve("", "id=abc~1; HttpOnly");
  CHECK(s.letters() == "NR");
  const std::string given = s.given();
  CHECK(given.starts_with("id=s" + std::to_string(server) + "."));
  CHECK(given.ends_with("~abc~1"));
  CHECK(s.client.fields.find("~abc~1; HttpOnly;") != std::string::npos);
  CHECK(s.serve("x=1; " + given) == server);
  CHECK(s.letters() == "VN");
  CHECK(s.first.fields == "Cookie=x=1; id=abc~1;");
  // A forged prefix is taken off as well; what has none is the server's own.
  s.serve("id=s1.AAAAAAAAAAAAAAAAAAAAAA~abc");
  CHECK(s.first.fields == "Cookie=id=abc;");
  CHECK(s.counts().forged == 1);
  s.serve("id=plain");
  CHECK(s.first.fields == "Cookie=id=plain;");
  s.serve("id=a b~c");
  CHECK(s.first.fields == "Cookie=id=a b~c;");
}

TEST_CASE("rewrite: the value of the server's cookie becomes ours") {
  Keeping s(plain(CookieMode::kRewrite));
  const std::size_t server = s.serve("", "SRV=; Path=/app");
  CHECK(s.letters() == "NR");
  CHECK(s.client.fields == "Set-Cookie=SRV=s" + std::to_string(server) + "; Path=/app;");
  s.serve("", "");
  CHECK(s.letters() == "NN");
  CHECK(s.client.fields.empty());
}

TEST_CASE("a head without room is given no cookie") {
  Keeping s(plain());
  s.ask("");
  http::ResponseHead head;
  head.status = 200;
  CHECK(s.exchange->on_response_head(head, 16 * 1024, {}, s.now));
  CHECK(s.client.fields.empty());
  CHECK(s.letters() == "NN");
}

TEST_CASE("a table keeps an address on its server while it comes now and then") {
  Keeping s({}, StickSettings{.expire = 10min});
  const ExchangeTerms client{.source = base::IpAddress::v4(0xc0000207)};
  const std::size_t server = s.serve("", "", client);
  for (int i = 0; i < 5; ++i) {
    s.pass(9min);
    CHECK(s.serve("", "", client) == server);
  }
  CHECK(s.letters() == "--");
  CHECK(s.backend.persistence()->table()->entries() == 1);
  s.pass(10min);
  CHECK(s.serve("", "", client) != server);  // in its turn, which is another one's
}

TEST_CASE("a server that is lost loses what the table knows, for the next one") {
  Keeping s({}, StickSettings{});
  const ExchangeTerms client{.source = base::IpAddress::v4(0xc0000207)};
  const std::size_t server = s.serve("", "", client);
  s.stand(server, Standing::kDown);
  const std::size_t next = s.serve("", "", client);
  CHECK(next != server);
  s.stand(server, Standing::kUp);
  CHECK(s.serve("", "", client) == next);
}

TEST_CASE("a place that another server has got is not taken for the old one") {
  Keeping s({}, StickSettings{});
  const ExchangeTerms client{.source = base::IpAddress::v4(0xc0000207)};
  const std::size_t server = s.serve("", "", client);
  s.exchange.reset();
  s.backend.remove_server(server, s.now);
  REQUIRE(s.backend.add_server({.name = "new"}, s.now) == server);
  s.stand(server, Standing::kUp);
  const Affinity affinity = s.backend.persistence()->look(
      s.backend, &s.request, base::IpAddress::v4(0xc0000207), {}, s.now);
  CHECK_FALSE(affinity.server);
}

TEST_CASE("a server that has got the name of another one is not taken for it") {
  Keeping s({}, StickSettings{});
  const base::IpAddress client = base::IpAddress::v4(0xc0000207);
  const auto web = [](std::uint32_t host) {
    return ServerSettings{
        .name = "web-1", .endpoint = {base::IpAddress::v4(host), 80}, .known_by_address = true};
  };
  const std::size_t place = s.backend.add_server(web(1), s.now);
  Persistence& persistence = *s.backend.persistence();
  Affinity affinity = persistence.look(s.backend, &s.request, client, {}, s.now);
  persistence.on_served(affinity, s.backend.server(place), place, s.now);
  CHECK(persistence.look(s.backend, &s.request, client, {}, s.now).server == place);
  s.backend.remove_server(place, s.now);
  REQUIRE(s.backend.add_server(web(2), s.now) == place);
  CHECK_FALSE(persistence.look(s.backend, &s.request, client, {}, s.now).server);
}

TEST_CASE("a server of the DNS is known by its address, which nodes may number differently") {
  Keeping s(CookieSettings{.name = "SRV"});
  const auto id_of = [&](std::string name, std::string_view address) {
    const Server server({.name = std::move(name),
                         .endpoint = base::Endpoint::parse(address).value(),
                         .known_by_address = true},
                        s.now);
    return s.backend.persistence()->id_of(server);
  };
  CHECK(id_of("web-1", "192.0.2.9:80") == id_of("web-2", "192.0.2.9:80"));
  CHECK(id_of("web-1", "192.0.2.9:80") != id_of("web-1", "192.0.2.8:80"));
}

TEST_CASE("a table learns the cookies that servers set") {
  Keeping s({}, StickSettings{.on = {.source = KeySource::kCookie, .name = "session"}});
  const std::size_t server = s.serve("", "session=abc; Path=/");
  for (int i = 0; i < 4; ++i) CHECK(s.serve("x=1; session=abc") == server);
  CHECK(s.client.fields.empty());
  CHECK(s.first.fields == "Cookie=x=1; session=abc;");
}

TEST_CASE("a field tells clients apart, and a connection is told by the host that it asks for") {
  Keeping s({}, StickSettings{.on = {.source = KeySource::kHeader, .name = "X-User"}});
  s.ask("");
  s.request.fields.add({.name = "x-user", .value = "ann"});
  const Persistence& persistence = *s.backend.persistence();
  CHECK(s.backend.persistence()->look(s.backend, &s.request, {}, {}, s.now).key);
  CHECK(persistence.table()->size() == 100'000);
  Keeping t({}, StickSettings{.on = {.source = KeySource::kServerName}});
  const auto key = [&](std::string_view name) {
    return t.backend.persistence()->look(t.backend, nullptr, {}, name, t.now).key;
  };
  CHECK(key("A.example") == key("a.EXAMPLE"));
  CHECK(key("a.example") != key("b.example"));
  CHECK_FALSE(key(""));
}

}  // namespace
}  // namespace hapair::lb::test
