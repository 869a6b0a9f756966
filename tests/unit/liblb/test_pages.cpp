// Pages that are for some users only.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/base64.hpp"
#include "common/base/bytes.hpp"
#include "common/password/password_thread.hpp"
#include "liblb/core/rules/user_list.hpp"
#include "liblb/io/page_visit.hpp"
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

constexpr const char* kUsers =
    "alice:$5$rounds=1000$abcdefgh$RF8lv1uvMzz667aLN8xhzLQsMDQI1f2b52pPUMBspaD\n";

struct WithThread {
  std::unique_ptr<password::PasswordThread> thread = password::PasswordThread::start().value();
};

struct PagesFixture : WithThread, HttpFixture {
  PagesFixture()
      : HttpFixture(1,
                    {.stats_uri = "/stats",
                     .pages = {.health = true, .users = PageUsers{.list = 0, .realm = "the page"}},
                     .access_format = AccessFormat::kJson}) {
    std::vector<rules::UserList> lists;
    lists.push_back(rules::UserList::parse(kUsers).value());
    REQUIRE(engine.use_passwords(*thread, std::move(lists)));
  }
  [[nodiscard]] std::string ask(std::string_view target, std::string_view credentials = {}) {
    auto client = connect();
    std::string request = base::concat("GET ", target, " HTTP/1.1\r\nHost: a\r\n");
    if (!credentials.empty()) {
      request += base::concat("Authorization: Basic ", base::to_base64(base::as_bytes(credentials)),
                              "\r\n");
    }
    client->send(request + "Connection: close\r\n\r\n");
    CHECK(run_until([&] {
      client->receive();
      if (!client->over()) let_pass(std::chrono::milliseconds(100));
      return client->over();
    }));
    return client->take();
  }
};

TEST_CASE("a page with users asks for a password, and knows who has given it") {
  PagesFixture f;
  const std::string asked = f.ask("/stats");
  CHECK(asked.starts_with("HTTP/1.1 401 "));
  CHECK(asked.find("WWW-Authenticate: Basic realm=\"the page\"") != std::string::npos);
  CHECK(f.ask("/stats;json").starts_with("HTTP/1.1 401 "));
  CHECK(f.ask("/stats", "alice:wrong").starts_with("HTTP/1.1 401 "));
  CHECK(f.pages.users.empty());
  CHECK(f.ask("/stats", "alice:alice-secret").starts_with("HTTP/1.1 200 "));
  CHECK(f.ask("/stats;json", "alice:alice-secret").ends_with("asked for /stats;json</html>\n"));
  CHECK(f.pages.users == std::vector<std::string>{"alice", "alice"});
}

TEST_CASE("what is open to all asks for nothing, and other targets go on") {
  PagesFixture f;
  CHECK(f.ask("/healthz").starts_with("HTTP/1.1 200 "));
  CHECK(f.pages.users == std::vector<std::string>{""});
  auto client = f.connect();
  client->send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(f.receive_until(*f.accept(), kHeadEnd).starts_with("GET /other "));
}

TEST_CASE("the access log names the user of a page") {
  PagesFixture f;
  CHECK(f.ask("/stats", "alice:alice-secret").starts_with("HTTP/1.1 200 "));
  REQUIRE_FALSE(f.access.lines.empty());
  CHECK(f.access.lines.back().find("\"user\":\"alice\"") != std::string::npos);
}

TEST_CASE("so many pages are under way at once, and the next is told to come again") {
  constexpr std::string_view kAsk = "GET /stats HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  Fixture f;
  const base::Endpoint front = f.add_frontend({.stats_uri = "/stats"});
  f.pages.steps = 5000;  // none is done before all have asked
  std::vector<std::unique_ptr<Peer>> clients;
  for (std::size_t i = 0; i <= PageVisit::kMaxPages; ++i) {
    clients.push_back(f.connect(front));
  }
  f.settle();
  for (const auto& each : clients) each->send(kAsk);
  std::size_t refused = 0;
  for (const auto& each : clients) {
    const std::string answer = f.receive_all(*each);
    if (answer.starts_with("HTTP/1.1 200 ")) continue;
    ++refused;
    CHECK(answer.starts_with("HTTP/1.1 503 "));
    CHECK(answer.find("Retry-After: 1\r\n") != std::string::npos);
  }
  CHECK(refused == 1);
  f.pages.steps = 3;
  auto next = f.connect(front);
  next->send(kAsk);
  CHECK(f.receive_all(*next).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("the status of a page is what its maker says") {
  Fixture f;
  f.pages.status = 503;
  auto client = f.connect(f.add_frontend({.stats_uri = "/ready"}));
  client->send("GET /ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(f.receive_all(*client).starts_with("HTTP/1.1 503 "));
  CHECK(row_of(f.engine.stats(), "FRONTEND").hrsp[4] == 1);
  CHECK(row_of(f.engine.stats(), "FRONTEND").intercepted == 1);
}

TEST_CASE("a long page reaches a client that takes it slowly") {
  Fixture f;
  f.pages.filler = 3'000'000;
  auto client = f.connect(f.add_frontend({.stats_uri = "/stats"}));
  client->shrink_receive_buffer();
  client->send("GET /stats HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string all = f.receive_all(*client);
  CHECK(all.size() > f.pages.filler);
  CHECK(all.ends_with("</html>\n"));
}

}  // namespace
}  // namespace hapair::lb::test
