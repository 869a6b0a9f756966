#include "apps/hapair/config/sections_http_check.hpp"

#include <string_view>

#include "apps/hapair/config/ranges.hpp"
#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_services.hpp"

namespace hapair::config {
namespace {

constexpr SizeRule kBodySize{1, 128 * 1024};

void describe_request(Shape& shape, HttpCheckDraft& draft) {
  shape.text({"path", "What is requested."}, rules::kRequestTarget, draft.path);
  shape.text({"host", "The Host field; the address and port that are checked by default."},
             rules::kHost, draft.host);
  constexpr std::string_view kMethods[] = {"GET", "HEAD", "OPTIONS", "POST", "PUT"};
  const std::string methods[] = {"GET", "HEAD", "OPTIONS", "POST", "PUT"};
  shape.choice({"method", "The method of the request."}, kMethods, methods, draft.method);
  shape.texts({"headers", "Further fields of the request: \"Name: value\"."}, kUpTo16,
              rules::kFieldLine, draft.headers);
  shape.text({"body", "The body of the request, for the methods POST and PUT."}, rules::kWireText,
             draft.body);
}

void describe_expected_header(Shape& shape, ExpectedHeaderDraft& draft) {
  shape.text({"name", "The name of the field; without more it must be there.", kMandatory},
             rules::kAnyFieldName, draft.name);
  shape.text({"value", "What the field must be."}, rules::kWireLine, draft.value);
  shape.text({"contains", "What must be in the field."}, rules::kWireText, draft.contains);
  shape.text({"regex", "An expression (PCRE2) that must match in the field."}, rules::kExpression,
             draft.regex);
  shape.flag({"not", "true: no field of that name may be so."}, draft.negated);
}

void describe_expected_body(Shape& shape, ExpectedBodyDraft& draft) {
  shape.one_of({{"contains", {}}, {"regex", {}}});
  shape.text({"contains", "What must be in the body."}, rules::kWireText, draft.contains);
  shape.text({"regex", "An expression (PCRE2) that must match in the body."}, rules::kExpression,
             draft.regex);
  shape.flag({"not", "true: it must not be there, or match."}, draft.negated);
  shape.size({"max_bytes", "So much of the body is looked at."}, kBodySize, draft.max_bytes);
}

}  // namespace

void describe_http_check(Shape& check, HttpCheckDraft& draft) {
  describe_request(check, draft);
  check.text({"expect_status", "The statuses of a good answer: ranges with commas between."},
             rules::kStatusRanges, draft.expect_status);
  check.list({"expect_headers", "What fields of a good answer must be."}, kUpTo16,
             [&](Shape& header) {
               draft.expect_headers.push_back({});
               draft.expect_headers.back().path = header.path();
               describe_expected_header(header, draft.expect_headers.back());
             });
  check.object({"expect_body", "What the body of a good answer must be."},
               [&](Shape& body) { describe_expected_body(body, draft.expect_body.emplace()); });
  check.choice({"protocol", "\"h2\": HTTP/2, begun without asking; under TLS by ALPN."},
               {"http/1.1", "h2"}, {false, true}, draft.http2);
  check.text({"service", "Whose health is asked for; the server's as a whole by default."},
             rules::kAccountName, draft.service);
  check.only_where("type", {"grpc"}, {"service"});
  check.only_where("type", {"http", "grpc"}, {"host"});
  check.only_where("type", {"http"},
                   {"protocol", "path", "method", "headers", "body", "expect_status",
                    "expect_headers", "expect_body"});
}

}  // namespace hapair::config
