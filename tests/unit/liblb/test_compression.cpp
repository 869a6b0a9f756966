// Which responses are compressed, and what their heads say then.
#include "liblb/core/compression.hpp"

#include <doctest/doctest.h>

#include <string>

#include "liblb/core/turn_budget.hpp"

namespace hapair::lb {
namespace {

using Kind = http::BodyFraming::Kind;

constexpr http::BodyFraming kLong{Kind::kLength, 5000};

Compression compression() {
  return Compression({.types = {"text/*", "application/json", "multipart/mixed"}});
}

http::ResponseHead response(std::initializer_list<std::pair<const char*, const char*>> fields = {},
                            const char* type = "text/html; charset=utf-8") {
  http::ResponseHead head;
  head.status = 200;
  if (type != nullptr) head.fields.add({.name = "content-type", .value = type});
  for (const auto& [name, value] : fields) head.fields.add({.name = name, .value = value});
  return head;
}

std::string announced(const http::ResponseHead& head, http::ContentCoding coding) {
  http::FieldEdits edits;
  Compression::announce(head, coding, edits);
  http::FieldList fields = head.fields;
  CHECK(edits.apply(fields));
  std::string out;
  for (const http::Field& field : fields) {
    if (field.name == "content-type") continue;
    out += std::string(field.name) + "=" + std::string(field.value) + ";";
  }
  return out;
}

TEST_CASE("long enough bodies of the listed types, in whole responses") {
  const Compression all = compression();
  CHECK(all.suits(response(), kLong));
  CHECK(all.suits(response(), {Kind::kChunked, 0}));
  CHECK(all.suits(response(), {Kind::kUntilClose, 0}));
  CHECK(all.suits(response({}, "Text/CSS"), kLong));
  CHECK(all.suits(response({}, "application/json;v=1"), kLong));
  CHECK(all.suits(response(), {Kind::kLength, 1024}));
  CHECK_FALSE(all.suits(response(), {Kind::kLength, 1023}));
  CHECK_FALSE(all.suits(response(), {}));
  CHECK_FALSE(all.suits(response(), {Kind::kTunnel, 0}));
  for (const char* type :
       {"image/png", "application/jsonp", "textual/x", "text", "", "multipart/mixed; boundary=a"}) {
    CAPTURE(type);
    CHECK_FALSE(all.suits(response({}, type), kLong));
  }
  CHECK_FALSE(all.suits(response({}, nullptr), kLong));
}

TEST_CASE("only what is whole and may be changed") {
  const Compression all = compression();
  for (const int status : {200, 201, 202, 203, 204, 206, 304, 404, 500}) {
    CAPTURE(status);
    http::ResponseHead head = response();
    head.status = status;
    CHECK(all.suits(head, kLong) == (status <= 203));
  }
  CHECK_FALSE(all.suits(response({{"Content-Encoding", "br"}}), kLong));
  CHECK_FALSE(all.suits(response({{"content-encoding", "identity"}}), kLong));
  CHECK_FALSE(all.suits(response({{"Content-Range", "bytes 0-1/2"}}), kLong));
  CHECK_FALSE(all.suits(response({{"Cache-Control", "private, No-Transform"}}), kLong));
  CHECK(all.suits(response({{"Cache-Control", "private, x=\"no-transform\""}}), kLong));
}

TEST_CASE("caches are told that clients differ, whatever this one gets") {
  using enum http::ContentCoding;
  CHECK(announced(response(), kIdentity) == "Vary=Accept-Encoding;");
  CHECK(announced(response(), kGzip) == "Vary=Accept-Encoding;Content-Encoding=gzip;");
  CHECK(announced(response({{"vary", "Cookie"}, {"Vary", "Host"}}), kIdentity) ==
        "Vary=Cookie, Host, Accept-Encoding;");
  CHECK(announced(response({{"Vary", "a, accept-encoding"}}), kIdentity) ==
        "Vary=a, accept-encoding;");
  CHECK(announced(response({{"Vary", "*"}}), kIdentity) == "Vary=*;");
}

TEST_CASE("what holds of other bytes is not said of these") {
  using enum http::ContentCoding;
  const auto head = response({{"Vary", "*"},
                              {"ETag", "\"a\""},
                              {"Accept-Ranges", "bytes"},
                              {"Repr-Digest", "sha-256=:x:"},
                              {"X", "y"}});
  CHECK(announced(head, kDeflate) == "Vary=*;X=y;Content-Encoding=deflate;ETag=W/\"a\";");
  CHECK(announced(head, kIdentity) ==
        "Vary=*;ETag=\"a\";Accept-Ranges=bytes;Repr-Digest=sha-256=:x:;X=y;");
  CHECK(announced(response({{"Vary", "*"}, {"etag", "W/\"a\""}}), kGzip) ==
        "Vary=*;etag=W/\"a\";Content-Encoding=gzip;");
}

TEST_CASE("a client of HTTP/1.0 gets what the server sends") {
  http::RequestHead request;
  request.fields.add({.name = "accept-encoding", .value = "br"});
  request.fields.add({.name = "Accept-Encoding", .value = "gzip"});
  CHECK(compression().choose(request) == http::ContentCoding::kGzip);
  request.version = http::Version::kHttp10;
  CHECK(compression().choose(request) == http::ContentCoding::kIdentity);
}

TEST_CASE("requests whose responses have no body of their own are known ahead") {
  CHECK(Compression::rules_out(http::Method::kHead));
  CHECK(Compression::rules_out(http::Method::kConnect));
  CHECK_FALSE(Compression::rules_out(http::Method::kGet));
  CHECK_FALSE(Compression::rules_out(http::Method::kPost));
}

TEST_CASE("a turn is over after its time, however many steps that were; pauses do not count") {
  using std::chrono::microseconds;
  const base::Instant begin = base::from_ns(1'000'000);
  TurnBudget turn(microseconds(200));
  turn.resume(begin);
  turn.spend(begin + microseconds(150));
  CHECK_FALSE(turn.is_over());
  turn.resume(begin + microseconds(5000));
  CHECK_FALSE(turn.is_over());
  turn.spend(begin + microseconds(5049));
  CHECK_FALSE(turn.is_over());
  turn.spend(begin + microseconds(5050));
  CHECK(turn.is_over());
  turn.renew();
  CHECK_FALSE(turn.is_over());
  turn.spend(begin + microseconds(5250));
  CHECK(turn.is_over());
}

}  // namespace
}  // namespace hapair::lb
