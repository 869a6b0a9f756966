#include <string>
#include <string_view>

#include "h2_server.hpp"
#include "libcheck/core/grpc_check.hpp"
#include "libcheck/core/h2_dialogue.hpp"
#include "talk.hpp"
#include "tests/fuzz/check_h2_body.hpp"
#include "tests/fuzz/replay.hpp"

using namespace hapair;
using check::H2Server;
using check::ServingStatus;
using check::Talk;
using std::chrono_literals::operator""ms;

namespace {

const check::HttpTerms kH2Terms{.authority = "192.0.2.21:80"};
const check::HttpPatterns kNoPatterns;

/// A check, and the server it talks with.
struct Scene {
  explicit Scene(std::unique_ptr<check::Dialogue> dialogue) : talk(std::move(dialogue)) {
    server.hear(talk.sent);
  }
  /// What the server has to say reaches the check; `piece` bytes at a time.
  std::string play(std::size_t piece = 100'000) {
    for (int turn = 0; turn < 8 && !talk.finding; ++turn) {
      const std::size_t before = talk.sent.size();
      talk.hear(server.take_output(), piece);
      server.hear(std::string_view(talk.sent).substr(before));
    }
    return talk.outcome();
  }

  Talk talk;
  H2Server server;
};

std::unique_ptr<check::Dialogue> page(const check::HttpCheck& check) {
  return check::make_dialogue(check, kNoPatterns, kH2Terms);
}

std::unique_ptr<check::Dialogue> grpc(std::string service = {}) {
  const check::GrpcCheck check{.service = std::move(service)};
  return check::make_dialogue(check, kH2Terms, 1500ms);
}

const H2Server::Fields kGrpc{{"content-type", "application/grpc"}};
const H2Server::Fields kGood{{"grpc-status", "0"}};

std::string message(std::string_view body) {
  return std::string("\0\0\0\0", 4) + static_cast<char>(body.size()) + std::string(body);
}

}  // namespace

TEST_CASE("http2: the request has what a server needs, and the status decides") {
  const check::HttpCheck check{
      .path = "/health", .host = "app.example", .fields = {{"X-Token", "t"}}, .http2 = true};
  Scene scene(page(check));
  CHECK(scene.server.request() ==
        ":method: GET\n:scheme: http\n:authority: app.example\n:path: /health\n"
        "user-agent: hapair\naccept: */*\nx-token: t\n");
  CHECK(scene.server.complete());
  scene.server.interim(103);
  scene.server.answer(200, {});
  CHECK(scene.play() == "L7OK 200: OK");

  Scene bad(page(check));
  bad.server.answer(503, {}, "busy");
  CHECK(bad.play(1) == "L7STS 503: Service Unavailable");
}

TEST_CASE("http2: a body is sent, and one that comes is looked into") {
  const check::HttpCheck check{.method = "POST",
                               .body = "ping",
                               .expect_fields = {{.name = "X-State", .value = {{.bytes = "up"}}}},
                               .expect_body = {{.bytes = "pong"}},
                               .http2 = true};
  static const check::HttpPatterns patterns{
      .fields = std::vector<std::unique_ptr<const check::Pattern>>(1)};
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100'000}}) {
    Scene scene(check::make_dialogue(check, patterns, kH2Terms));
    scene.server.answer(200, {{"x-state", "up"}}, "ping and pong");
    CHECK(scene.play(piece) == "L7OK 200: OK");
    CHECK(scene.server.body() == "ping");
    CHECK(scene.server.request().find("content-length: 4\n") != std::string::npos);

    Scene other(check::make_dialogue(check, patterns, kH2Terms));
    other.server.answer(200, {{"x-state", "up"}}, "ping", {{"x-trailer", "pong"}});
    CHECK(other.play(piece) == "L7RSP 200: body: expected \"pong\"");
  }
}

TEST_CASE("http2: a server that speaks HTTP/1, resets, leaves or breaks the rules is no good") {
  const check::HttpCheck check{.http2 = true};
  Talk old(page(check));
  CHECK(old.hear("HTTP/1.1 400 Bad Request\r\n\r\n").outcome() ==
        "L7RSP: it speaks HTTP/1, not HTTP/2");
  Scene resetting(page(check));
  resetting.server.reset(http::H2Error::kRefusedStream);
  CHECK(resetting.play() == "L7RSP: the stream was reset: REFUSED_STREAM");
  Scene leaving(page(check));
  leaving.server.leave();
  CHECK(leaving.play() == "waiting");  // it may answer yet what it has taken
  CHECK(leaving.talk.close().outcome() == "L7RSP: closed before the answer");
  Talk junk(page(check));
  CHECK(junk.hear(std::string(64, '\xff')).close().outcome().starts_with("L7RSP: "));
  Talk silent(page(check));
  CHECK(silent.timeout() == "L7TOUT: no answer in time");
  CHECK(Talk(page(check)).close().outcome() == "L7RSP: closed before the answer");
}

TEST_CASE("grpc: the call is Health/Check, and only SERVING is up") {
  Scene scene(grpc("shop.Orders"));
  CHECK(scene.server.request() ==
        ":method: POST\n:scheme: http\n:authority: 192.0.2.21:80\n"
        ":path: /grpc.health.v1.Health/Check\ncontent-type: application/grpc\nte: trailers\n"
        "user-agent: hapair\ngrpc-timeout: 1500m\n");
  CHECK(scene.server.body() == check::encode_health_request("shop.Orders"));
  scene.server.answer(200, kGrpc, message("\x08\x01"), kGood);
  CHECK(scene.play(1) == "L7OK: SERVING");

  Scene down(grpc());
  down.server.answer(200, kGrpc, message("\x08\x02"), kGood);
  CHECK(down.play() == "L7STS: NOT_SERVING");
}

TEST_CASE("grpc: a call that fails is told with its status, one that is none as what it is") {
  Scene unknown(grpc("x"));
  unknown.server.answer(
      200, {{"content-type", "application/grpc"}, {"grpc-status", "5"}, {"grpc-message", "who"}});
  CHECK(unknown.play() == "L7STS 5: NOT_FOUND: who");
  Scene odd(grpc());
  odd.server.answer(200, kGrpc, {}, {{"grpc-status", "99999"}});
  CHECK(odd.play() == "L7STS 65535: grpc-status");
  Scene missing(grpc());
  missing.server.answer(404, {});
  CHECK(missing.play() == "L7STS 404: no gRPC: HTTP status");
  Scene page(grpc());
  page.server.answer(200, {{"content-type", "text/html"}}, "hello");
  CHECK(page.play() == "L7RSP: no gRPC: another content-type");
  Scene cut(grpc());
  cut.server.answer(200, kGrpc, message("\x08\x01"));
  CHECK(cut.play() == "L7RSP: no grpc-status");
  Scene long_one(grpc());
  long_one.server.answer(200, kGrpc, std::string(5000, 'x'), kGood);
  CHECK(long_one.play() == "L7RSP: the message is too long");
  for (const std::string& body : {std::string(), std::string("\1\0\0\0\0", 5),
                                  std::string("\0\0\0\0\2\x08", 6), message("\x0a\x05")}) {
    Scene lying(grpc());
    lying.server.answer(200, kGrpc, body, kGood);
    CHECK(lying.play().starts_with("L7RSP: no message"));
  }
}

TEST_CASE("grpc: requests and responses are protobuf's") {
  CHECK(check::encode_health_request("") == std::string(5, '\0'));
  CHECK(check::encode_health_request("ab") == message("\x0a\x02"
                                                      "ab"));
  CHECK(check::encode_health_request(std::string(200, 'x')).size() == 5 + 1 + 2 + 200);
  using check::decode_health_response;
  CHECK(decode_health_response("") == ServingStatus::kUnknown);
  CHECK(decode_health_response("\x08\x01") == ServingStatus::kServing);
  CHECK(decode_health_response("\x08\x01\x08\x02") == ServingStatus::kNotServing);
  CHECK(decode_health_response("\x08\x03") == ServingStatus::kServiceUnknown);
  CHECK(decode_health_response("\x08\x81\x01") == ServingStatus::kUnknown);
  // Fields of a later version: a number, 8 bytes, a text, 4 bytes.
  CHECK(decode_health_response("\x10\x05\x19"
                               "12345678\x22\x02hi\x2d"
                               "1234\x08\x01") == ServingStatus::kServing);
  for (const std::string_view bad :
       {"\x08", "\x08\x80", "\x19\x01", "\x22\x05x", "\x22", "\x2d\x01", "\x0b", "\x01\x01",
        "\x10\x80", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    CHECK_FALSE(decode_health_response(bad));
  }
  CHECK(check::grpc_status_name(14) == "UNAVAILABLE");
  CHECK(check::grpc_status_name(17).empty());
  CHECK(check::to_string(ServingStatus::kServiceUnknown) == "SERVICE_UNKNOWN");
}

TEST_CASE("the corpus of HTTP/2 answers keeps its invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/check_h2", fuzz::fuzz_check_h2) >= 10);
}
