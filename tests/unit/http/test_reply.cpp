#include <doctest/doctest.h>

#include <string>

#include "common/base/text.hpp"
#include "common/http/framing.hpp"
#include "common/http/reply.hpp"
#include "tests/unit/http/parse_text.hpp"

using namespace hapair;

TEST_CASE("a reply is a whole response") {
  http::Reply reply;
  reply.content_type = "application/json";
  reply.body = "{}";
  reply.fields = {{"Allow", "GET"}};
  reply.close = false;
  CHECK(http::render(reply) ==
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        "Cache-Control: no-store\r\nAllow: GET\r\n\r\n{}");
}

TEST_CASE("a reply to HEAD has the length, but no body") {
  http::Reply reply;
  reply.body = "hello";
  reply.head_only = true;
  CHECK(http::render(reply) ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a reply without content says so only where its status allows") {
  http::Reply reply;
  reply.status = 204;
  reply.close = false;
  reply.client = http::Version::kHttp10;
  CHECK(http::render(reply) ==
        "HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\nConnection: keep-alive\r\n\r\n");
}

TEST_CASE("every error page is a response that its own parser takes") {
  for (const int status :
       {400, 401, 403, 404, 405, 408, 410, 413, 414, 418, 429, 431, 500, 501, 502, 503, 504, 505}) {
    CAPTURE(status);
    const std::string text = http::error_reply(status);
    const auto head = http_test::parse_response(text);
    CHECK(head.status == status);
    CHECK(head.reason == http::reason_phrase(status));
    CHECK(head.framing.close);
    const auto at = text.find("\r\n\r\n");
    CHECK(head.framing.content_length == text.size() - at - 4);
    CHECK(text.find(base::concat("<h1>", status, ' ')) != std::string::npos);
  }
}

TEST_CASE("methods are compared by case and know what may be repeated") {
  CHECK(http::parse_method("GET") == http::Method::kGet);
  CHECK(http::parse_method("PATCH") == http::Method::kPatch);
  CHECK(http::parse_method("get") == http::Method::kOther);
  CHECK(http::to_text(http::Method::kOptions) == "OPTIONS");
  CHECK(http::to_text(http::Method::kOther).empty());
  CHECK(http::is_idempotent(http::Method::kPut));
  CHECK_FALSE(http::is_idempotent(http::Method::kPost));
  CHECK_FALSE(http::is_idempotent(http::Method::kOther));
}

TEST_CASE("a status code without a phrase is unknown") {
  CHECK(http::reason_phrase(100) == "Continue");
  CHECK(http::reason_phrase(505) == "HTTP Version Not Supported");
  CHECK(http::reason_phrase(299) == "Unknown");
  CHECK(http::reason_phrase(999) == "Unknown");
}
