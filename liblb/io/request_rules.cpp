#include "liblb/io/request_rules.hpp"

#include <utility>

#include "common/base/text.hpp"
#include "common/tls/tls_stream.hpp"
#include "liblb/core/error_pages.hpp"
#include "liblb/io/engine_surroundings.hpp"

namespace hapair::lb {
namespace {

/// Of a client behind a proxy that is believed.
rules::ConnectionFacts with_client(const rules::ConnectionFacts& connection,
                                   const base::IpAddress& client) {
  rules::ConnectionFacts facts = connection;
  facts.client = client;
  facts.client_text = client.to_string();
  return facts;
}

void hear_all(Frontend& frontend, const rules::ConnectionFacts& connection, rules::Judge& judge) {
  const EngineSurroundings surroundings(frontend.owner());
  judge.hear(*frontend.rules(), connection, surroundings);
  if (!judge.verdict().passes()) return;
  const BackendDriver* backend = backend_of(frontend, &judge);
  if (backend != nullptr && backend->rules() != nullptr) {
    judge.hear(*backend->rules(), connection, surroundings);
  }
}

}  // namespace

std::unique_ptr<const rules::ConnectionFacts> facts_of(const base::Endpoint& client,
                                                       const ClientEnds* ends,
                                                       const tls::TlsStream* tls) {
  auto facts = std::make_unique<rules::ConnectionFacts>();
  facts->client = client.address;
  facts->client_text = client.address.to_string();
  if (ends != nullptr) facts->port = ends->local.port;
  if (tls != nullptr) {
    facts->tls = true;
    facts->server_name = base::ascii_lowered(tls->server_name());
    facts->tls_version = tls->version();
    facts->protocols = tls->protocol();
    facts->certificate = tls->peer_not_after().has_value();
  }
  return facts;
}

std::unique_ptr<Inquiry> hear_rules(const InquiryTerms& terms) {
  const auto hear = [&] {
    if (terms.origin.client != terms.connection.client) {
      hear_all(terms.frontend, with_client(terms.connection, terms.origin.client), terms.judge);
    } else {
      hear_all(terms.frontend, terms.connection, terms.judge);
    }
    return terms.judge.verdict().kind == rules::Verdict::Kind::kOpen;
  };
  while (hear()) {
    if (auto inquiry = begin_inquiry(terms)) return inquiry;
  }
  return nullptr;
}

BackendDriver* backend_of(Frontend& frontend, const rules::Judge* judge) {
  if (judge == nullptr) return frontend.backend();
  const std::optional<std::size_t>& chosen = judge->verdict().backend;
  return chosen ? &frontend.owner().backend(*chosen) : frontend.backend();
}

void use_page_of(const BackendDriver* backend, int status, http::ErrorTerms& terms) {
  const ErrorPages* const pages =
      backend != nullptr ? backend->backend().settings().error_pages.get() : nullptr;
  const http::ErrorPage* const page = pages != nullptr ? pages->find(status) : nullptr;
  if (page != nullptr) terms.page = page;
}

std::string render_verdict(Frontend& frontend, const rules::Judge& judge, http::ErrorTerms terms) {
  const rules::Verdict& verdict = judge.verdict();
  if (verdict.lists > 1) use_page_of(backend_of(frontend, &judge), verdict.status, terms);
  return render(verdict, std::move(terms));
}

TerminationState note_verdict(Frontend& frontend, const rules::Verdict& verdict, bool late) {
  if (verdict.kind == rules::Verdict::Kind::kAnswer) {
    ++frontend.counters.intercepted;
    return {.cause = 'L', .phase = 'R'};
  }
  if (verdict.refusal && verdict.refusal->cause != 'P') {
    ++frontend.counters.internal_errors;
    return {.cause = verdict.refusal->cause, .phase = 'R'};
  }
  ++frontend.counters.denied_requests;
  return {.cause = 'P', .phase = late ? 'T' : 'R'};
}

}  // namespace hapair::lb
