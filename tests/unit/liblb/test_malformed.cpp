// The last malformed message of each side is kept, with the place where it is wrong.
#include "liblb/core/malformed.hpp"
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

const MalformedRecord& record_of(const Fixture& f, bool response) {
  for (const MalformedView& view : f.engine.malformed()) {
    if (view.response == response) return *view.record;
  }
  FAIL("no such record");
  return *f.engine.malformed().front().record;
}

/// What is kept of a request sent as it stands.
MalformedRecord kept_of(std::string_view request) {
  HttpFixture f;
  auto client = f.connect();
  client->send(request);
  (void)f.receive_all(*client);
  return record_of(f, false);
}

TEST_CASE("nothing malformed leaves no trace") {
  HttpFixture f;
  auto [client, server] = f.get();
  f.answer(*server, *client);
  CHECK(record_of(f, false).count() == 0);
  CHECK(record_of(f, true).count() == 0);
}

TEST_CASE("a request's fault is found where it is: at a byte, or at the line that is wrong") {
  struct Case {
    std::string_view request;
    http::Fault fault;
    std::size_t at;
  };
  for (const Case& each :
       {Case{"GET / HTTP/1.1\nHost: a\r\n\r\n", http::Fault::kBareLf, 14},
        Case{"GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n", http::Fault::kControlCharacter, 23},
        Case{"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", http::Fault::kBareCr, 23},
        Case{"GET  / HTTP/1.1\r\n\r\n", http::Fault::kBadRequestLine, 0},
        Case{"GET / HTTP/1.1\r\nHost: a\r\nX y: z\r\n\r\n", http::Fault::kBadFieldName, 25},
        Case{"GET / HTTP/1.1\r\nX: y\r\n\r\n", http::Fault::kMissingHost, 22}}) {
    CAPTURE(each.request);
    const MalformedRecord kept = kept_of(each.request);
    CHECK(kept.count() == 1);
    CHECK(kept.fault() == each.fault);
    CHECK(kept.at() == each.at);
    CHECK(kept.bytes() == each.request);
    CHECK(kept.total() == each.request.size());
    CHECK(kept.client().starts_with("127.0.0.1:"));
    CHECK(kept.server().empty());
    CHECK_FALSE(kept.body());
  }
}

TEST_CASE("the last one counts, and all are counted") {
  HttpFixture f;
  for (const char* request : {"first\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"}) {
    auto client = f.connect();
    client->send(request);
    (void)f.receive_all(*client);
  }
  CHECK(record_of(f, false).count() == 2);
  CHECK(record_of(f, false).bytes() == "GET / HTTP/9.9\r\n\r\n");
}

TEST_CASE("a fault in a request's body is in the bytes that are not passed on yet") {
  HttpFixture f;
  auto client = f.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  client->send("5\r\nhelloXX");
  (void)f.receive_all(*client);
  const MalformedRecord& kept = record_of(f, false);
  CHECK(kept.body());
  CHECK(kept.fault() == http::Fault::kBadChunkEnd);
  REQUIRE(kept.at() < kept.bytes().size());
  CHECK(kept.bytes().substr(kept.at()) == "XX");
}

TEST_CASE("a malformed response is the backend's, with server and client") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
  (void)f.receive_page(*client);
  const MalformedRecord& kept = record_of(f, true);
  CHECK(kept.count() == 1);
  CHECK(kept.fault() == http::Fault::kSeveralContentLengths);
  CHECK(kept.at() == 36);
  CHECK(kept.server() == "s1");
  CHECK(kept.client() == "127.0.0.1");
  CHECK(record_of(f, false).count() == 0);
}

TEST_CASE("of a long message 2048 bytes around the fault are kept") {
  MalformedRecord record;
  std::string text(5000, 'x');
  text[3000] = '\n';
  record.record({.fault = http::Fault::kBareLf, .bytes = text, .at = 3000}, "a:1", {}, {});
  CHECK(record.bytes().size() == MalformedRecord::kMaxBytes);
  CHECK(record.offset() == 3000 - MalformedRecord::kMaxBytes / 2);
  CHECK(record.bytes()[record.at() - record.offset()] == '\n');
  CHECK(record.total() == 5000);
  record.record({.bytes = "abc", .at = 7}, "a:1", {}, {});
  CHECK(record.offset() == 0);
  CHECK(record.at() == 3);
}

}  // namespace
}  // namespace hapair::lb::test
