#include "liblb/io/request_shaping.hpp"

#include <utility>

#include "common/base/text.hpp"
#include "liblb/core/rate_limiter.hpp"

namespace hapair::lb {
namespace {

/// Null: the built-in one.
const http::ErrorPage* error_page(const RequestPolicy* policy, const Exchange* exchange,
                                  int status) {
  if (exchange != nullptr && exchange->error_pages() != nullptr) {
    if (const auto* const page = exchange->error_pages()->find(status)) return page;
  }
  return policy != nullptr ? policy->error_pages().find(status) : nullptr;
}

}  // namespace

std::size_t added_bytes(const RequestPolicy* policy, const RequestNotes& notes,
                        const rules::Judge* judge) {
  std::size_t bytes = policy != nullptr ? notes.edits.bytes() : 0;
  if (judge != nullptr) bytes += judge->added_bytes();
  return bytes;
}

ExchangeTerms terms_of(const FrontendSettings& settings, const RequestOrigin& origin,
                       const rules::Judge* judge) {
  ExchangeTerms terms{.max_body_bytes = settings.max_body_bytes,
                      .client_timeout = settings.client_timeout,
                      .client_fin_timeout = settings.client_fin_timeout,
                      .close_server = settings.connection_mode != ConnectionMode::kKeepAlive,
                      .secure = origin.secure,
                      .source = origin.client,
                      .forwarding = settings.policy ? settings.policy->forwarding() : nullptr};
  if (judge != nullptr) {
    const rules::Verdict& verdict = judge->verdict();
    const rules::SetTimeouts& timeouts = verdict.timeouts;
    terms.server = verdict.server;
    terms.priority = verdict.priority;
    terms.timeouts = {
        .connect = timeouts.connect, .queue = timeouts.queue, .server = timeouts.server};
  }
  return terms;
}

ClientSide& compress_for(RestKeeper& client, std::optional<CompressedClient>& place,
                         Context& context, Frontend& frontend, const http::RequestHead& request) {
  place.reset();
  const RequestPolicy* const policy = frontend.settings().policy.get();
  const Compression* const compression = policy != nullptr ? policy->compression() : nullptr;
  if (compression == nullptr || Compression::rules_out(request.method)) return client;
  return place.emplace(context, client, *compression, request, frontend.compressing);
}

void dress(Exchange& exchange, const RequestPolicy* policy, const RequestNotes& notes,
           const rules::Judge* judge) {
  if (policy != nullptr) policy->dress(notes, exchange.response_edits());
  if (judge != nullptr) exchange.response_edits().append(judge->response_edits());
}

http::ErrorTerms error_terms_of(const RequestPolicy* policy, const RequestNotes& notes,
                                const Exchange* exchange, const http::RequestHead* head,
                                int status) {
  http::ErrorTerms terms{.page = error_page(policy, exchange, status)};
  if (head == nullptr) return terms;
  terms.head_only = head->method == http::Method::kHead;
  if (policy != nullptr) terms.fields = policy->said(notes);
  return terms;
}

std::string too_many_requests(base::Duration wait, http::ErrorTerms terms) {
  const std::string seconds = base::concat(seconds_until(wait));
  terms.fields.push_back({"Retry-After", seconds});
  return http::error_reply(http::kTooManyRequestsStatus, terms);
}

}  // namespace hapair::lb
