// The exchange by itself: both sides are played by the test, and time is a number.
#include "liblb/core/exchange.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/liblb/played_sides.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

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
  s.backend.set_health(0, {.standing = Standing::kDown}, s.now);
  s.begin();
  CHECK(s.client.said == "error 503;");
  CHECK(s.client.ending == Ending::kComplete);
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
    CHECK(s.connector.wanted[1].from == Connector::From::kNew);
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

TEST_CASE("a request that a server refuses is sent again with what was sent of its body") {
  Scene s;
  for (PlayedServer* server : {&s.first, &s.second, &s.third}) {
    server->stands = server->may_be_refused = true;
  }
  Exchange& exchange = s.begin_post();
  CHECK(exchange.on_request_body({&kText, 1}, false, s.now) == 4);
  s.pass(seconds(1));
  exchange.on_server_gone(ServerLoss::kRefused, s.now);
  CHECK(s.connector.wanted[1].from == Connector::From::kNew);
  CHECK(s.connector.wanted[1].since == s.now);
  CHECK(s.second.got == "POST;text");
  exchange.on_request_trailers("x: 1\r\n");
  CHECK(exchange.on_request_body({&kText, 1}, true, s.now) == 4);
  s.third.room = 3;
  exchange.on_server_gone(ServerLoss::kRefused, s.now);
  CHECK(s.third.got == "POST;trailers x: 1\r\ntex");
  s.third.room = 100;
  exchange.on_server_ready(s.now);
  CHECK(s.third.got == "POST;trailers x: 1\r\ntextrailers x: 1\r\nttext;end;");
  CHECK(s.respond(200));
  CHECK(s.client.said == "head 200;");
  CHECK(s.backend.counters.response_errors == 0);
}

TEST_CASE("what follows a body's beginning waits until that has been sent again") {
  Scene s;
  s.first.stands = s.first.may_be_refused = s.second.stands = true;
  s.second.room = 1;
  Exchange& exchange = s.begin_post();
  CHECK(exchange.on_request_body({&kText, 1}, false, s.now) == 4);
  exchange.on_server_gone(ServerLoss::kRefused, s.now);
  const int resumed = s.client.resumed;
  CHECK(exchange.on_request_body({&kText, 1}, true, s.now) == 0);
  s.second.room = 100;
  exchange.on_server_ready(s.now);
  CHECK(s.client.resumed == resumed + 1);
  CHECK(exchange.on_request_body({&kText, 1}, true, s.now) == 4);
  CHECK(s.second.got == "POST;texttext;end;");
}

TEST_CASE("a body too long to be kept is not sent again") {
  Scene s;
  s.first.stands = s.first.may_be_refused = true;
  Exchange& exchange = s.begin_post();
  const std::string most(16 * 1024, 'x');
  const std::string_view piece = most;
  CHECK(exchange.on_request_body({&piece, 1}, false, s.now) == most.size());
  CHECK(exchange.on_request_body({&kText, 1}, false, s.now) == 4);
  exchange.on_server_gone(ServerLoss::kRefused, s.now);
  CHECK(s.client.said == "error 502;");
}

TEST_CASE("a request is not refused for ever, and a server that can't do it is told of as such") {
  Scene s;
  s.first.stands = s.second.stands = s.third.stands = true;
  PlayedServer fourth, fifth;
  fourth.stands = fifth.stands = true;
  s.connector.prepared.push_back(&fourth);
  s.connector.prepared.push_back(&fifth);
  Exchange& exchange = s.begin();
  for (int i = 0; i < 4; ++i) {
    exchange.on_server_gone(ServerLoss::kRefused, s.now);
    CHECK(s.client.said.empty());
  }
  exchange.on_server_gone(ServerLoss::kRefused, s.now);
  CHECK(s.client.said == "error 502;");
  Scene unable;
  unable.begin().on_server_gone(ServerLoss::kUnable, unable.now);
  CHECK(unable.client.said == "error 501;");
  CHECK(unable.exchange->report().cause == 'P');
  CHECK(unable.backend.counters.response_errors == 0);
}

TEST_CASE(
    "an exchange that waits for another's connection opens none, and takes what comes of it") {
  Scene s;
  s.first.kept = true;  // it does not stand yet
  Exchange& exchange = s.begin();
  CHECK(s.backend.counters.connects == 0);
  exchange.take_side(s.second);
  exchange.on_connected(s.now);
  CHECK(s.first.got.empty());
  CHECK(s.second.got == "GET;");
}

TEST_CASE("what could not be sent again gets a connection that was looked at") {
  Scene s;
  s.begin_post();
  CHECK(s.connector.wanted[0].checked);
  Scene get;
  get.begin();
  CHECK_FALSE(get.connector.wanted[0].checked);
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
