#include "apps/hapair/config/http_checks.hpp"

#include <optional>
#include <string>

#include "apps/hapair/config/rules.hpp"

namespace hapair::config {
namespace {

using check::MatchHow;
using check::PayloadMatch;

std::optional<PayloadMatch> match_of(const ExpectedHeaderDraft& draft) {
  const auto match = [&](MatchHow how, const std::string& bytes) {
    return PayloadMatch{.how = how, .bytes = bytes, .negated = draft.negated};
  };
  if (draft.value) return match(MatchHow::kLine, *draft.value);
  if (draft.contains) return match(MatchHow::kContains, *draft.contains);
  if (draft.regex) return match(MatchHow::kRegex, *draft.regex);
  return std::nullopt;
}

}  // namespace

check::HttpCheck build_http_check(const HttpCheckDraft& draft) {
  check::HttpCheck made{.method = draft.method, .path = draft.path, .host = draft.host};
  for (const ListedText& line : draft.headers) {
    const auto [name, value] = rules::split_field_line(line.text);
    made.fields.push_back({.name = std::string(name), .value = std::string(value)});
  }
  made.body = draft.body;
  made.expect = check::ExpectedStatus::parse(draft.expect_status).value();
  for (const ExpectedHeaderDraft& header : draft.expect_headers) {
    const auto match = match_of(header);
    made.expect_fields.push_back(
        {.name = header.name, .value = match, .absent = !match && header.negated});
  }
  if (draft.expect_body) {
    const ExpectedBodyDraft& body = *draft.expect_body;
    made.expect_body = PayloadMatch{.how = body.regex ? MatchHow::kRegex : MatchHow::kContains,
                                    .bytes = body.regex ? *body.regex : body.contains.value_or(""),
                                    .negated = body.negated};
    made.max_body = body.max_bytes;
  }
  made.http2 = draft.http2;
  return made;
}

check::GrpcCheck build_grpc_check(const HttpCheckDraft& draft) {
  return {.service = draft.service, .host = draft.host};
}

}  // namespace hapair::config
