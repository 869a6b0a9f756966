#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/http/parse_text.hpp"

using namespace hapair;
using http_test::parse_request;
using http_test::parse_response;

TEST_CASE("a request head keeps names and values as received, in order") {
  const auto head = parse_request(
      "POST /a?b HTTP/1.1\r\nhOST: a.example\r\nX-One:  1 \t\r\nx-one:2\r\nContent-Length: 3\r\n"
      "\r\n");
  CHECK(head.line == "POST /a?b HTTP/1.1");
  CHECK(head.method == http::Method::kPost);
  CHECK(head.path == "/a?b");
  CHECK(head.host == "a.example");
  REQUIRE(head.fields.size() == 4);
  CHECK(head.fields[0].name == "hOST");
  CHECK(head.fields[0].id == http::FieldId::kHost);
  CHECK(head.fields[1].value == "1");
  CHECK(head.fields[2].name == "x-one");
  CHECK(head.fields.find("X-ONE") == &head.fields[1]);
  CHECK(head.fields.find("x-two") == nullptr);
}

TEST_CASE("a head is used again for the next message without a trace of the one before") {
  http::RequestHead head;
  http::RequestParser parser;
  const std::string first =
      "POST http://a/x HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\nUpgrade: h2c\r\n"
      "Content-Length: 3\r\n\r\n";
  REQUIRE(parser.parse(first, head).complete());
  parser.restart();
  const std::string second = "GET /y HTTP/1.0\r\n\r\n";
  REQUIRE(parser.parse(second, head).complete());
  CHECK(head.method == http::Method::kGet);
  CHECK(head.path == "/y");
  CHECK(head.authority.empty());
  CHECK(head.host.empty());
  CHECK_FALSE(head.has_host);
  CHECK(head.upgrade.empty());
  CHECK(head.fields.empty());
  CHECK_FALSE(head.framing.close);
  CHECK_FALSE(head.framing.has_content_length);
  CHECK(head.framing.connection_options == 0);
}

TEST_CASE("the body starts where the head ends") {
  http::RequestHead head;
  http::RequestParser parser;
  const std::string text = "\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET";
  const auto result = parser.parse(text, head);
  REQUIRE(result.complete());
  CHECK(text.substr(result.bytes) == "hiGET");
}

TEST_CASE("an expectation counts only in HTTP/1.1") {
  CHECK(parse_request("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")
            .framing.expect_continue);
  CHECK_FALSE(
      parse_request("PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").framing.expect_continue);
  CHECK_FALSE(parse_request("PUT / HTTP/1.1\r\nHost: a\r\nExpect: miracle\r\n\r\n")
                  .framing.expect_continue);
}

TEST_CASE("Connection options are gathered from all its fields") {
  const auto head = parse_request(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nConnection: close , x-hop\r\n"
      "Upgrade: irc\r\n\r\n");
  CHECK(head.framing.upgrade);
  CHECK(head.framing.close);
  CHECK(head.framing.nominates_others);
  CHECK(head.framing.connection_options == 3);
  CHECK(head.upgrade == "irc");
}

TEST_CASE("a status line is taken apart") {
  const auto head = parse_response("HTTP/1.0 404 Not Found\r\n\r\n");
  CHECK(head.version == http::Version::kHttp10);
  CHECK(head.status == 404);
  CHECK(head.reason == "Not Found");
  CHECK(parse_response("HTTP/1.1 200\r\n\r\n").reason.empty());
}

TEST_CASE("limits hold to the byte") {
  const std::string line = "GET /12345 HTTP/1.1\r\n";
  const std::string text = line + "Host: a\r\n\r\n";
  http::RequestHead head;
  const auto parse_with = [&](http::HeadLimits limits) {
    http::RequestParser parser(limits);
    return parser.parse(text, head);
  };
  CHECK(parse_with({.max_start_line = line.size()}).complete());
  CHECK(parse_with({.max_start_line = line.size() - 1}).fault == http::Fault::kRequestLineTooLong);
  CHECK(parse_with({.max_head = text.size()}).complete());
  CHECK(parse_with({.max_head = text.size() - 1}).fault == http::Fault::kHeadTooLarge);
  CHECK(parse_with({.max_fields = 1}).complete());
  CHECK(parse_with({.max_fields = 0}).fault == http::Fault::kTooManyFields);
}

TEST_CASE("every fault has a status, an identifier of its own, a source and a sentence") {
  std::vector<std::string_view> ids;
  for (std::size_t i = 0; i < http::kFaultCount; ++i) {
    const http::FaultInfo& info = http::info(static_cast<http::Fault>(i));
    CHECK(info.status >= 400);
    CHECK(info.status <= 505);
    CHECK(info.source.starts_with("RFC "));
    CHECK(info.rule.size() > 10);
    CHECK(std::find(ids.begin(), ids.end(), info.id) == ids.end());
    ids.push_back(info.id);
  }
}
