// The exchange by itself: both sides are played by the test, and time is a number.
#include "liblb/core/exchange.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace hapair::lb::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PlayedClient final : public ClientSide {
 public:
  bool send_head(const http::ResponseHead& head, const http::BodyFraming& /*body*/) override {
    if (full) return false;
    said += "head " + std::to_string(head.status) + ";";
    return true;
  }
  std::size_t send_body(Pieces pieces, bool end) override {
    std::size_t accepted = 0;
    for (std::string_view piece : pieces) {
      const std::size_t taken = std::min(room, piece.size());
      said += piece.substr(0, taken);
      room -= taken;
      accepted += taken;
    }
    if (end && accepted == size_of(pieces)) said += ";end;";
    return accepted;
  }
  void flush() override {}
  void send_error(int status) override { said += "error " + std::to_string(status) + ";"; }
  void resume_request() override { ++resumed; }
  void set_deadline(base::Instant wanted) override { deadline = wanted; }
  void end_exchange(Ending how) override { ending = how; }

  std::string said;
  std::size_t room = SIZE_MAX;
  bool full = false;
  int resumed = 0;
  base::Instant deadline{};
  std::optional<Ending> ending;
};

class PlayedServer final : public ServerSide {
 public:
  bool ready() const override { return stands; }
  bool reused() const override { return kept; }
  bool send_head(const http::RequestHead& head, const http::RequestPlan& plan) override {
    if (full) return false;
    got += std::string(head.method_text) + ";";
    if (!plan.forwarded_for_name.empty()) {
      got +=
          std::string(plan.forwarded_for_name) + "=" + std::string(plan.forwarded_for_value) + ";";
    }
    return true;
  }
  std::size_t send_body(Pieces pieces, bool end) override {
    std::size_t accepted = 0;
    for (std::string_view piece : pieces) {
      const std::size_t taken = std::min(room, piece.size());
      got += piece.substr(0, taken);
      room -= taken;
      accepted += taken;
    }
    if (end && accepted == size_of(pieces)) got += ";end;";
    return accepted;
  }
  void flush() override { ++flushed; }
  void resume_response() override { ++resumed; }
  void abandon() override { abandoned = true; }

  std::string got;
  std::size_t room = SIZE_MAX;
  bool full = false;
  bool stands = false;
  bool kept = false;
  bool abandoned = false;
  int flushed = 0;
  int resumed = 0;
};

/// Hands out the servers prepared by the test; none left means that connecting fails at once.
class PlayedConnector final : public Connector {
 public:
  ServerSide* connect(Exchange& /*exchange*/, std::size_t server, Reuse reuse) override {
    asked.push_back(server);
    reuses.push_back(reuse);
    if (prepared.empty()) return nullptr;
    PlayedServer* side = prepared.front();
    prepared.pop_front();
    return side;
  }
  std::deque<PlayedServer*> prepared;
  std::vector<std::size_t> asked;
  std::vector<Reuse> reuses;
};

struct Scene {
  explicit Scene(std::size_t servers = 2, BackendSettings settings = {})
      : backend(with_servers(std::move(settings), servers), {}) {
    request.method = http::Method::kGet;
    request.method_text = "GET";
    request.host = "a";
    connector.prepared = {&first, &second, &third};
  }
  static BackendSettings with_servers(BackendSettings settings, std::size_t count) {
    settings.servers.resize(count);
    return settings;
  }
  Exchange& begin(const ExchangeTerms& terms = {}) {
    exchange.emplace(static_cast<ClientSide&>(client), backend, connector, request, terms);
    exchange->start(now);
    return *exchange;
  }
  /// A POST whose body is still to come.
  Exchange& begin_post() {
    request.method = http::Method::kPost;
    request.method_text = "POST";
    return begin({.body_follows = true});
  }
  bool respond(int status) {
    http::ResponseHead head;
    head.status = status;
    return exchange->on_response_head(head, 10, {}, now);
  }
  void pass(base::Duration time) { now += time; }
  /// Lets time pass up to the deadline that the exchange asked for, and tells it.
  base::Duration reach_deadline() {
    const base::Duration waited = client.deadline - now;
    now = client.deadline;
    exchange->on_deadline(now);
    return waited;
  }

  base::Instant now = base::from_ns(1'000'000'000);
  Backend backend;
  http::RequestHead request;
  PlayedClient client;
  PlayedServer first, second, third;
  PlayedConnector connector;
  std::optional<Exchange> exchange;
};

constexpr std::string_view kText = "text";

TEST_CASE("a request waits for its connection, then goes out") {
  Scene s;
  Exchange& exchange = s.begin();
  CHECK(s.first.got.empty());
  exchange.on_connected(s.now);
  CHECK(s.first.got == "GET;");
  CHECK(s.first.flushed == 1);
  CHECK(s.respond(200));
  CHECK(exchange.on_response_body({&kText, 1}, true, s.now) == 4);
  exchange.on_response_complete(s.now);
  CHECK(s.client.said == "head 200;text;end;");
  CHECK(s.client.ending == Ending::kComplete);
  CHECK(exchange.report().status == 200);
  CHECK(exchange.report().cause == '-');
  CHECK(s.backend.counters.sessions.current() == 0);
  CHECK(s.backend.server(0).counters.sessions.current() == 0);
  CHECK(s.backend.server(0).counters.sessions.max() == 1);
}

TEST_CASE("on a connection that stands the request goes out at once") {
  Scene s;
  s.first.stands = s.first.kept = true;
  s.begin();
  CHECK(s.first.got == "GET;");
  CHECK(s.backend.counters.reuses == 1);
  CHECK(s.backend.counters.connects == 0);
}

TEST_CASE("the client's address is part of the plan when the backend wants it") {
  Scene s(1, {.forwarded_for = "X-Forwarded-For"});
  s.first.stands = true;
  s.begin({.client_address = "192.0.2.7"});
  CHECK(s.first.got == "GET;X-Forwarded-For=192.0.2.7;");
}

TEST_CASE("no usable server") {
  Scene s(1);
  s.backend.set_health(0, {.usable = false}, s.now);
  s.begin();
  CHECK(s.client.said == "error 503;");
  CHECK(s.client.ending == Ending::kClose);
  CHECK(s.exchange->report().cause == 'S');
  CHECK(s.exchange->report().phase == 'C');
  CHECK_FALSE(s.exchange->report().server);
}

TEST_CASE("each try goes to another server, the third failure is the end") {
  Scene s(3);
  Exchange& exchange = s.begin();
  exchange.on_connect_failed(s.now);
  exchange.on_connect_failed(s.now);
  CHECK(s.client.said.empty());
  exchange.on_connect_failed(s.now);
  CHECK(s.client.said == "error 503;");
  CHECK(s.connector.asked[0] != s.connector.asked[1]);
  CHECK(s.connector.asked[1] != s.connector.asked[2]);
  CHECK(exchange.report().retries == 2);
  CHECK(exchange.report().redispatched);
  CHECK(s.backend.counters.connect_errors == 3);
}

TEST_CASE("the only server gets a pause before it is tried again") {
  Scene s(1);
  Exchange& exchange = s.begin();
  exchange.on_connect_failed(s.now);
  CHECK(s.connector.asked.size() == 1);
  CHECK(s.reach_deadline() == milliseconds(200));
  CHECK(s.connector.asked.size() == 2);
  CHECK_FALSE(exchange.report().redispatched);
  exchange.on_connected(s.now);
  CHECK(s.second.got == "GET;");
}

TEST_CASE("connecting that fails at once counts as a try as well") {
  Scene s(2);
  s.connector.prepared.clear();
  s.begin();
  CHECK(s.connector.asked.size() == 3);
  CHECK(s.client.said == "error 503;");
}

TEST_CASE("a connection that takes too long is given up and tried elsewhere") {
  Scene s(2);
  s.begin();
  CHECK(s.reach_deadline() == seconds(5));
  CHECK(s.first.abandoned);
  CHECK(s.connector.asked.size() == 2);
  s.reach_deadline();
  s.reach_deadline();
  CHECK(s.client.said == "error 503;");
  CHECK(s.exchange->report().cause == 's');
}

TEST_CASE("a server silent for too long before its response is 504") {
  Scene s;
  s.begin().on_connected(s.now);
  CHECK(s.reach_deadline() == seconds(50));
  CHECK(s.client.said == "error 504;");
  CHECK(s.first.abandoned);
  CHECK(s.exchange->report().cause == 's');
  CHECK(s.exchange->report().phase == 'H');
}

TEST_CASE("a server silent for too long within its response cuts it") {
  Scene s;
  Exchange& exchange = s.begin();
  exchange.on_connected(s.now);
  CHECK(s.respond(200));
  s.pass(seconds(40));
  CHECK(exchange.on_response_body({&kText, 1}, false, s.now) == 4);
  CHECK(s.reach_deadline() == seconds(50));
  CHECK(s.client.said == "head 200;text");
  CHECK(s.client.ending == Ending::kCut);
  CHECK(s.first.abandoned);
}

TEST_CASE("the body is offered after the head and may be taken in parts") {
  Scene s;
  s.first.room = 3;
  Exchange& exchange = s.begin_post();
  CHECK(exchange.on_request_body({&kText, 1}, true, s.now) == 0);  // not connected yet
  exchange.on_connected(s.now);
  CHECK(s.client.resumed == 1);
  CHECK(exchange.on_request_body({&kText, 1}, true, s.now) == 3);
  CHECK(exchange.request_unfinished());
  s.first.room = 10;
  exchange.on_server_ready(s.now);
  CHECK(s.client.resumed == 2);
  const std::string_view rest = kText.substr(3);
  CHECK(exchange.on_request_body({&rest, 1}, true, s.now) == 1);
  CHECK_FALSE(exchange.request_unfinished());
  CHECK(s.first.got == "POST;text;end;");
}

TEST_CASE("who keeps an unfinished request waiting decides the time-out's answer") {
  Scene client_waits;
  client_waits.begin_post().on_connected(client_waits.now);
  client_waits.reach_deadline();
  CHECK(client_waits.client.said == "error 408;");
  CHECK(client_waits.exchange->report().cause == 'c');

  Scene server_waits;
  server_waits.first.room = 0;
  Exchange& exchange = server_waits.begin_post();
  exchange.on_connected(server_waits.now);
  CHECK(exchange.on_request_body({&kText, 1}, true, server_waits.now) == 0);
  server_waits.reach_deadline();
  CHECK(server_waits.client.said == "error 504;");
}

TEST_CASE("a head that finds no room is offered again") {
  Scene s;
  s.first.full = true;
  Exchange& exchange = s.begin();
  exchange.on_connected(s.now);
  CHECK(s.first.got.empty());
  s.first.full = false;
  exchange.on_server_ready(s.now);
  CHECK(s.first.got == "GET;");
  s.client.full = true;
  CHECK_FALSE(s.respond(200));
  s.client.full = false;
  exchange.on_client_ready(s.now);
  CHECK(s.first.resumed == 1);
  CHECK(s.respond(200));
}

TEST_CASE("a client that takes nothing for too long is cut off") {
  Scene s;
  s.client.room = 1;
  Exchange& exchange = s.begin({.client_timeout = seconds(7)});
  exchange.on_connected(s.now);
  CHECK(s.respond(200));
  CHECK(exchange.on_response_body({&kText, 1}, true, s.now) == 1);
  CHECK(s.reach_deadline() == seconds(7));
  CHECK(s.client.ending == Ending::kCut);
  CHECK(exchange.report().cause == 'c');
  CHECK(exchange.report().phase == 'D');
}

TEST_CASE("only what may be sent again is sent again, and only once") {
  struct Case {
    const char* what;
    http::Method method;
    bool kept;
    bool body;
    ServerLoss loss;
    bool replayed;
  };
  for (const Case& c : {
           Case{"kept, silent", http::Method::kGet, true, false, ServerLoss::kSilent, true},
           Case{"new, silent", http::Method::kGet, false, false, ServerLoss::kSilent, false},
           Case{"new, untouched", http::Method::kGet, false, false, ServerLoss::kUntouched, true},
           Case{"post, silent", http::Method::kPost, true, false, ServerLoss::kSilent, false},
           Case{"post, untouched", http::Method::kPost, true, false, ServerLoss::kUntouched, true},
           Case{"put with body, silent", http::Method::kPut, true, true, ServerLoss::kSilent,
                false},
           Case{"kept, broken", http::Method::kGet, true, false, ServerLoss::kBroken, false},
           Case{"kept, malformed", http::Method::kGet, true, false, ServerLoss::kMalformed, false},
       }) {
    CAPTURE(c.what);
    Scene s;
    s.request.method = c.method;
    s.first.stands = true;
    s.first.kept = c.kept;
    s.second.stands = s.second.kept = true;
    Exchange& exchange = s.begin({.body_follows = c.body});
    exchange.on_server_gone(c.loss, s.now);
    CHECK((s.connector.asked.size() == 2) == c.replayed);
    CHECK((s.client.said == "error 502;") == !c.replayed);
    if (!c.replayed) continue;
    CHECK(s.connector.reuses[1] == Connector::Reuse::kNew);
    exchange.on_server_gone(c.loss, s.now);
    CHECK(s.client.said == "error 502;");
  }
}

TEST_CASE("a request whose body the server had begun to take is not sent again") {
  Scene s;
  s.first.stands = true;
  Exchange& exchange = s.begin_post();
  CHECK(exchange.on_request_body({&kText, 1}, false, s.now) == 4);
  exchange.on_server_gone(ServerLoss::kUntouched, s.now);
  CHECK(s.client.said == "error 502;");
}

TEST_CASE("what could not be sent again gets a connection that was looked at") {
  Scene s;
  s.begin_post();
  CHECK(s.connector.reuses[0] == Connector::Reuse::kChecked);
  Scene get;
  get.begin();
  CHECK(get.connector.reuses[0] == Connector::Reuse::kAny);
}

TEST_CASE("a response that breaks off is cut for the client") {
  Scene s;
  Exchange& exchange = s.begin();
  exchange.on_connected(s.now);
  CHECK(s.respond(200));
  exchange.on_server_gone(ServerLoss::kBroken, s.now);
  CHECK(s.client.said == "head 200;");
  CHECK(s.client.ending == Ending::kCut);
  CHECK(s.backend.counters.server_aborts == 1);
  CHECK(s.backend.counters.response_errors == 1);
}

TEST_CASE("a client that goes away releases the server") {
  Scene s;
  Exchange& exchange = s.begin();
  exchange.on_connected(s.now);
  exchange.on_client_gone(0);
  CHECK(s.first.abandoned);
  CHECK(s.client.said.empty());
  CHECK(s.client.ending == Ending::kCut);
  CHECK(exchange.report().cause == 'C');
  exchange.on_client_gone(0);  // once is enough
  CHECK(s.backend.counters.client_aborts == 1);
}

TEST_CASE("a response that is done before its request ends the client's connection") {
  Scene s;
  Exchange& exchange = s.begin_post();
  exchange.on_connected(s.now);
  CHECK(s.respond(403));
  CHECK(exchange.on_response_body({}, true, s.now) == 0);
  exchange.on_response_complete(s.now);
  CHECK(s.client.ending == Ending::kClose);
}

TEST_CASE("an interim response is passed on and waits for the final one") {
  Scene s;
  Exchange& exchange = s.begin();
  exchange.on_connected(s.now);
  CHECK(s.respond(103));
  CHECK(exchange.report().status == 0);
  exchange.on_server_gone(ServerLoss::kBroken, s.now);
  CHECK(s.client.said == "head 103;error 502;");
}

TEST_CASE("a body above the limit is refused as soon as it is known") {
  Scene announced;
  announced.request.framing.has_content_length = true;
  announced.request.framing.content_length = 5;
  announced.begin({.body_follows = true, .max_body_bytes = 4});
  CHECK(announced.client.said == "error 413;");
  CHECK(announced.connector.asked.empty());

  Scene counted;
  counted.first.stands = true;
  Exchange& exchange = counted.begin({.body_follows = true, .max_body_bytes = 4});
  CHECK(exchange.on_request_body({&kText, 1}, false, counted.now) == 4);
  const std::string_view more = "x";
  CHECK(exchange.on_request_body({&more, 1}, true, counted.now) == 0);
  CHECK(counted.client.said == "error 413;");
  CHECK(counted.first.abandoned);
}

}  // namespace
}  // namespace hapair::lb::test
