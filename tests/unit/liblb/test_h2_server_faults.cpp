// HTTP/2 servers that break the rules: each response with a fault is 502 and its rule is kept, each
// connection with one ends, and nobody else is hurt.
#include "tests/unit/liblb/h2_server.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;
using http::Fault;

namespace {

std::string response(http::StreamId id, const FieldTexts& fields,
                     std::uint8_t flags = kEndStream | kEndHeaders) {
  return headers(static_cast<std::uint32_t>(id), fields, flags);
}

const MalformedRecord& record_of(const Fixture& f) {
  for (const MalformedView& view : f.engine.malformed()) {
    if (view.response) return *view.record;
  }
  FAIL("no such record");
  return *f.engine.malformed().front().record;
}

struct Scene : H2BackFixture {
  /// A client's request has reached the server.
  std::unique_ptr<Peer> ask(std::string_view request = kGet) {
    auto client = connect();
    client->send(request);
    if (server == nullptr) server = &accept();
    served = &next(*server);
    return client;
  }
  void check_works() {
    auto client = ask();
    served->hello();
    (void)receive_until(*client, "hello");
  }
  H2Server* server = nullptr;
  H2Served* served = nullptr;
};

}  // namespace

TEST_CASE("a malformed response is 502 and shown by its rule; the connection goes on") {
  struct Case {
    FieldTexts fields;
    Fault fault;
  };
  Scene f;
  std::uint64_t count = 0;
  for (const Case& c : {
           Case{{{"content-length", "0"}}, Fault::kBadPseudoField},
           Case{{{":status", "20"}}, Fault::kBadStatusCode},
           Case{{{":status", "099"}}, Fault::kBadStatusCode},
           Case{{{":status", "2000"}}, Fault::kBadStatusCode},
           Case{{{":status", "101"}}, Fault::kSwitchInHttp2},
           Case{{{":status", "200"}, {":status", "200"}}, Fault::kBadPseudoField},
           Case{{{":status", "200"}, {":path", "/"}}, Fault::kBadPseudoField},
           Case{{{"x", "y"}, {":status", "200"}}, Fault::kBadPseudoField},
           Case{{{":status", "200"}, {"X-Upper", "y"}}, Fault::kUpperCaseName},
           Case{{{":status", "200"}, {"x y", "y"}}, Fault::kBadFieldName},
           Case{{{":status", "200"}, {"x", "a\r\nb: c"}}, Fault::kControlCharacter},
           Case{{{":status", "200"}, {"x", " y"}}, Fault::kBlankAroundValue},
           Case{{{":status", "200"}, {"connection", "close"}}, Fault::kConnectionField},
           Case{{{":status", "200"}, {"transfer-encoding", "chunked"}}, Fault::kConnectionField},
           Case{{{":status", "200"}, {"content-length", "01"}}, Fault::kBadContentLength},
           Case{{{":status", "200"}, {"content-length", "0"}, {"content-length", "0"}},
                Fault::kSeveralContentLengths},
           Case{{{":status", "200"}, {"content-length", "5"}}, Fault::kLengthMismatch},
           Case{{{":status", "103"}}, Fault::kMisplacedHead},
       }) {
    CAPTURE(http::info(c.fault).id);
    auto client = f.ask();
    f.server->send_raw(response(f.served->id, c.fields));
    CHECK(f.receive_until(*client, "</html>\n").starts_with("HTTP/1.1 502 "));
    const MalformedRecord& kept = record_of(f);
    CHECK(kept.count() == ++count);
    CHECK(kept.fault() == c.fault);
    CHECK(kept.server() == "s1");
    f.settle();
  }
  CHECK(f.access.lines.back().find(" PH-- ") != std::string::npos);
  CHECK(f.counters().stream_errors == count);
  f.check_works();
  CHECK(f.counters().connections_total == 1);
}

TEST_CASE("a head that is too large is 502, and the connection goes on") {
  Scene f;
  auto client = f.ask();
  const FieldTexts half{{"x", std::string(9000, 'y')}};
  f.server->send_raw(response(f.served->id, with({{":status", "200"}}, half), kEndStream) +
                     frame(FrameType::kContinuation, kEndHeaders,
                           static_cast<std::uint32_t>(f.served->id), hpack(half)));
  CHECK(f.receive_until(*client, "</html>\n").starts_with("HTTP/1.1 502 "));
  CHECK(record_of(f).fault() == Fault::kHeadTooLarge);
  f.check_works();
  CHECK(f.counters().connections_total == 1);
}

TEST_CASE("a body that is longer or shorter than its length, or where none may be, is a fault") {
  Scene f;
  const auto expect = [&](std::string_view request, const std::string& frames, Fault fault) {
    auto client = f.ask(request);
    std::string told = frames;
    for (std::size_t at = 0; at < told.size();) {  // for the stream's number
      const std::size_t size =
          static_cast<std::uint8_t>(told[at + 1]) * 256U + static_cast<std::uint8_t>(told[at + 2]);
      told.replace(at + 5, 4, number(static_cast<std::uint32_t>(f.served->id), 4));
      at += 9 + size;
    }
    f.server->send_raw(told);
    const bool headless = request.starts_with("HEAD");
    CHECK(f.receive_until(*client, headless ? kHeadEnd : "</html>\n").starts_with("HTTP/1.1 502 "));
    CHECK(record_of(f).fault() == fault);
  };
  const FieldTexts five{{":status", "200"}, {"content-length", "5"}};
  const auto data = [](std::string_view text, std::uint8_t flags) {
    return frame(FrameType::kData, flags, 1, text);
  };
  expect(kGet, response(1, five, kEndHeaders) + data("hell", kEndStream), Fault::kLengthMismatch);
  expect(kGet, response(1, five, kEndHeaders) + data("hello!", 0), Fault::kLengthMismatch);
  expect("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", response(1, five, kEndHeaders) + data("hello", 1),
         Fault::kLengthMismatch);
  expect(kGet, response(1, {{":status", "204"}}, kEndHeaders) + data("x", 1),
         Fault::kLengthMismatch);
  const std::string early = response(1, {{":status", "103"}}, kEndHeaders);
  expect(kGet, early + data("x", 0), Fault::kMisplacedHead);
  expect(kGet, early + data("", kEndStream), Fault::kMisplacedHead);
  f.check_works();
  CHECK(f.counters().connections_total == 1);
}

TEST_CASE("a response that goes wrong behind its head is cut, so that its client can tell") {
  Scene f;
  auto client = f.ask();
  f.served->answer(200, {}, false);
  f.served->send("abc", false);
  (void)f.receive_until(*client, "3\r\nabc\r\n");
  f.server->send_raw(response(f.served->id, {{"bad name", "x"}}));  // trailers
  CHECK(f.run_until([&] {
    client->receive();
    return client->over();
  }));
  CHECK(client->received.find("0\r\n\r\n") == std::string::npos);
  CHECK(record_of(f).fault() == Fault::kBadFieldName);
  CHECK(record_of(f).body());
  f.check_works();
}

TEST_CASE("heads without end before the response are a fault") {
  Scene f;
  auto client = f.ask();
  std::string heads;
  for (int i = 0; i < 101; ++i) {
    heads += response(f.served->id, {{":status", "103"}}, kEndHeaders);
  }
  f.server->send_raw(heads);
  CHECK(f.receive_until(*client, "</html>\n").find("HTTP/1.1 502 ") != std::string::npos);
  CHECK(record_of(f).fault() == Fault::kTooManyInterim);
  f.check_works();
}

TEST_CASE("a server that speaks something else than HTTP/2 gets no second request") {
  H2BackFixture f;
  auto client = f.connect();
  client->send(kGet);
  std::unique_ptr<Peer> server;
  REQUIRE(f.run_until([&] { return (server = f.servers[0].accept()) != nullptr; }));
  server->send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  CHECK(f.receive_until(*client, "</html>\n").starts_with("HTTP/1.1 502 "));
  CHECK(f.run_until([&] {
    server->receive();
    return server->over();
  }));
  CHECK(f.counters().connection_errors == 1);
  CHECK(row_of(f.engine.stats(), "s1").eresp == 1);
}

TEST_CASE("bad frames end their connection; what can be sent again is, and others go on") {
  for (const std::string& bad : {
           frame(FrameType::kPushPromise, kEndHeaders, 1, number(2, 4) + hpack(get_fields())),
           frame(FrameType::kData, 0, 0, "x"),
           frame(FrameType::kData, 0, 1, "x"),  // before a head
           frame(FrameType::kSettings, 0, 0, "x"),
           frame(FrameType::kWindowUpdate, 0, 0, number(0, 4)),
           frame(FrameType::kHeaders, kEndHeaders | kEndStream, 2, hpack({{":status", "200"}})),
           frame(FrameType::kContinuation, kEndHeaders, 1, "x"),
           headers(1, {{":status", "200"}}, kEndStream) + frame(FrameType::kPing, 0, 0, "12345678"),
       }) {
    Scene f;
    auto client = f.ask();
    f.settle();  // it has acknowledged our settings
    f.server->send_raw(bad);
    CHECK(f.receive_until(*client, "</html>\n").starts_with("HTTP/1.1 502 "));
    CHECK(f.run_until([&] { return f.server->peer->over(); }));
    CHECK(f.counters().connection_errors == 1);
    f.server = nullptr;
    f.check_works();  // over another connection
  }
}

TEST_CASE("floods end their connection and are counted by kind") {
  const auto repeat = [](const std::string& frame, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += frame;
    return all;
  };
  struct Case {
    std::string frames;
    H2Flood kind;
  };
  for (const Case& c : {
           Case{repeat(frame(FrameType::kPing, 0, 0, "12345678"), 2100), H2Flood::kPings},
           Case{repeat(frame(FrameType::kSettings, 0, 0, ""), 60), H2Flood::kSettings},
           Case{response(1, {{":status", "200"}}, kEndHeaders) +
                    repeat(frame(FrameType::kData, 0, 1, ""), 600),
                H2Flood::kEmptyData},
           Case{repeat(frame(FrameType::kPriority, 0, 1, number(0, 4) + "x"), 1100),
                H2Flood::kPriorities},
           Case{headers(1, {{":status", "200"}, {"x", std::string(8000, 'y')}}, 0) +
                    repeat(frame(FrameType::kContinuation, 0, 1,
                                 hpack({{"x", std::string(8000, 'y')}})),
                           20),
                H2Flood::kHeadPieces},
       }) {
    CAPTURE(to_text(c.kind));
    Scene f;
    auto client = f.ask();
    f.server->send_raw(c.frames);
    CHECK(f.run_until([&] { return f.server->peer->over(); }));
    CHECK(f.counters().floods[static_cast<std::size_t>(c.kind)] == 1);
    CHECK(f.counters().connection_errors == 1);
    f.server = nullptr;
    f.check_works();
  }
}

TEST_CASE("a head that does not come to its end in time ends the connection") {
  Scene f;
  auto client = f.ask();
  f.server->send_raw(headers(static_cast<std::uint32_t>(f.served->id), {{":status", "200"}}, 0));
  f.let_pass(std::chrono::seconds(11));
  CHECK(f.receive_until(*client, "</html>\n").starts_with("HTTP/1.1 502 "));
  CHECK(f.run_until([&] { return f.server->peer->over(); }));
}
