#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>

#include "common/base/bytes.hpp"
#include "common/http/head_writer.hpp"
#include "tests/unit/http/parse_text.hpp"

using namespace hapair;
using http_test::parse_request;
using http_test::parse_response;
using Kind = http::BodyFraming::Kind;

namespace {

std::string write(const http::RequestHead& head, const http::RequestPlan& plan) {
  std::array<std::uint8_t, 4096> out;
  const auto size = http::write_request_head(out, head, plan);
  REQUIRE(size.has_value());
  return std::string(base::as_text({out.data(), *size}));
}

std::string write(const http::ResponseHead& head, const http::ResponsePlan& plan) {
  std::array<std::uint8_t, 4096> out;
  const auto size = http::write_response_head(out, head, plan);
  REQUIRE(size.has_value());
  return std::string(base::as_text({out.data(), *size}));
}

std::string request_line_of(std::string_view text) {
  const std::string written = write(parse_request(text), {});
  return written.substr(0, written.find('\r'));
}

}  // namespace

TEST_CASE("a request goes on with its fields, its Host and one framing") {
  const auto head = parse_request(
      "POST /x HTTP/1.1\r\nHost: a\r\nX-Case: Kept\r\nContent-Length: 5\r\nAccept: */*\r\n\r\n");
  http::RequestPlan plan;
  plan.body = http::request_body(head);
  CHECK(write(head, plan) ==
        "POST /x HTTP/1.1\r\nHost: a\r\nX-Case: Kept\r\nAccept: */*\r\nContent-Length: 5\r\n\r\n");
}

TEST_CASE("fields go on with one space and no blanks around, however they came") {
  const auto head = parse_request(
      "GET / HTTP/1.1\r\nHost: a\r\nOne:1\r\nTwo:  2\r\nThree:\t3\r\nFour: 4 \r\nFive: 5\r\n"
      "Empty:\r\nBlank: \r\nKeep-Alive: 1\r\nSix: 6\r\n\r\n");
  CHECK(write(head, http::RequestPlan{}) ==
        "GET / HTTP/1.1\r\nHost: a\r\nOne: 1\r\nTwo: 2\r\nThree: 3\r\nFour: 4\r\nFive: 5\r\n"
        "Empty: \r\nBlank: \r\nSix: 6\r\n\r\n");
}

TEST_CASE("hop-by-hop fields end here, those that Connection names too") {
  const auto head = parse_request(
      "GET / HTTP/1.1\r\nConnection: close, X-Hop\r\nHost: a\r\nx-hop: 1\r\nKeep-Alive: 5\r\n"
      "Proxy-Connection: x\r\nTE: deflate;q=0.5\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\nX-End: "
      "2\r\n"
      "Connection: Y-Hop\r\nY-Hop: 3\r\n\r\n");
  CHECK(write(head, http::RequestPlan{}) == "GET / HTTP/1.1\r\nHost: a\r\nX-End: 2\r\n\r\n");
}

TEST_CASE("of TE only the word on trailers goes on, of Upgrade what the plan wants") {
  const auto head = parse_request(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, upgrade\r\nTE: gzip, Trailers\r\n"
      "Upgrade: h2c, a/1, HTTP/2.0\r\nUpgrade: b\r\n\r\n");
  CHECK(write(head, http::RequestPlan{}) ==
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: TE\r\nTE: trailers\r\n\r\n");
  http::RequestPlan plan;
  plan.upgrade = true;
  CHECK(write(head, plan) ==
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, TE\r\nTE: trailers\r\n"
        "Upgrade: a/1, b\r\n\r\n");
}

TEST_CASE("Connection cannot take Host or the framing away") {
  const auto head = parse_request(
      "POST / HTTP/1.1\r\nHost: a\r\nConnection: host, content-length\r\nContent-Length: 5\r\n"
      "\r\n");
  http::RequestPlan plan;
  plan.body = http::request_body(head);
  CHECK(write(head, plan) == "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
}

TEST_CASE("every target form goes on in origin-form") {
  CHECK(request_line_of("GET http://a/x?y HTTP/1.1\r\nHost: a\r\n\r\n") == "GET /x?y HTTP/1.1");
  CHECK(request_line_of("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n") == "GET / HTTP/1.1");
  CHECK(request_line_of("GET http://a?y HTTP/1.1\r\nHost: a\r\n\r\n") == "GET /?y HTTP/1.1");
  CHECK(request_line_of("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n") == "OPTIONS * HTTP/1.1");
  CHECK(request_line_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == "OPTIONS * HTTP/1.1");
  CHECK(request_line_of("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n") == "CONNECT a:1 HTTP/1.1");
}

TEST_CASE("the authority of the target stands in for a Host that HTTP/1.0 left out") {
  const auto head = parse_request("GET http://a.example:81/x HTTP/1.0\r\n\r\n");
  http::RequestPlan plan;
  plan.fallback_host = "10.0.0.1:80";
  CHECK(write(head, plan) == "GET /x HTTP/1.1\r\nHost: a.example:81\r\n\r\n");
}

TEST_CASE("a request of HTTP/1.0 goes on as HTTP/1.1 with a Host and without Expect") {
  const auto head = parse_request("GET /x HTTP/1.0\r\nExpect: 100-continue\r\nA: b\r\n\r\n");
  http::RequestPlan plan;
  plan.fallback_host = "192.0.2.1:80";
  CHECK(write(head, plan) == "GET /x HTTP/1.1\r\nHost: 192.0.2.1:80\r\nA: b\r\n\r\n");
}

TEST_CASE("the client's address is added behind those already named") {
  const auto head =
      parse_request("GET / HTTP/1.1\r\nHost: a\r\nx-forwarded-for: 203.0.113.9\r\n\r\n");
  http::RequestPlan plan;
  plan.forwarded_for_name = "X-Forwarded-For";
  plan.forwarded_for_value = "198.51.100.7";
  CHECK(write(head, plan) ==
        "GET / HTTP/1.1\r\nHost: a\r\nx-forwarded-for: 203.0.113.9\r\n"
        "X-Forwarded-For: 198.51.100.7\r\n\r\n");
}

TEST_CASE("a length of zero is said, an absent one is not invented") {
  CHECK(write(parse_request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
              http::RequestPlan{}) == "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  CHECK(write(parse_request("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), http::RequestPlan{}) ==
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST_CASE("the server may be told to close") {
  http::RequestPlan plan;
  plan.close = true;
  CHECK(write(parse_request("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), plan) ==
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a response goes on as HTTP/1.1 with one framing") {
  const auto head = parse_response(
      "HTTP/1.0 200 Fine\r\nServer: x\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
      "Content-Length: 5\r\n\r\n");
  http::ResponsePlan plan;
  plan.body = http::response_body(head, http::Method::kGet);
  CHECK(write(head, plan) == "HTTP/1.1 200 Fine\r\nServer: x\r\nContent-Length: 5\r\n\r\n");
}

TEST_CASE("the connection's fate is said where the client's version does not imply it") {
  const auto head = parse_response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto ending = [&](http::Version client, bool close) {
    http::ResponsePlan plan;
    plan.client = client;
    plan.close = close;
    return write(head, plan).substr(std::string_view("HTTP/1.1 200 OK\r\n").size());
  };
  CHECK(ending(http::Version::kHttp11, false) == "Content-Length: 0\r\n\r\n");
  CHECK(ending(http::Version::kHttp11, true) == "Content-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(ending(http::Version::kHttp10, false) ==
        "Content-Length: 0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(ending(http::Version::kHttp10, true) == "Content-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a response without a body says only what its status allows") {
  const auto rewritten = [](std::string_view text) {
    const auto head = parse_response(text);
    const std::string written = write(head, http::ResponsePlan{});
    return written.substr(written.find('\n') + 1);
  };
  CHECK(rewritten("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n") ==
        "Content-Length: 9\r\n\r\n");
  CHECK(rewritten("HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n") == "\r\n");
  CHECK(rewritten("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n") == "Link: x\r\n\r\n");
  CHECK(rewritten("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") ==  // to HEAD
        "Transfer-Encoding: chunked\r\n\r\n");
  // Where the framing of HTTP/2 has told that nothing follows.
  CHECK(rewritten("HTTP/1.1 200 OK\r\n\r\n") == "Content-Length: 0\r\n\r\n");
  CHECK(rewritten("HTTP/1.1 304 Not Modified\r\n\r\n") == "\r\n");
}

TEST_CASE("an interim response never speaks of the connection") {
  http::ResponsePlan plan;
  plan.close = true;
  CHECK(write(parse_response("HTTP/1.1 100 Continue\r\n\r\n"), plan) ==
        "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST_CASE("a buffer that is too small is reported, whatever its size") {
  const auto head = parse_request("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
  http::RequestPlan plan;
  plan.body = http::request_body(head);
  const std::size_t needed = write(head, plan).size();
  std::array<std::uint8_t, 256> out;
  for (std::size_t size = 0; size < needed; ++size) {
    CHECK_FALSE(http::write_request_head(std::span(out).first(size), head, plan));
  }
  CHECK(http::write_request_head(std::span(out).first(needed), head, plan) == needed);
}
