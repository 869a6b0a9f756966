// What a frontend's policy and its rules make of a request of one of its clients, of its exchange,
// and of what it is answered, whatever version of HTTP it speaks.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "common/http/reply.hpp"
#include "common/net/random_number.hpp"
#include "liblb/core/exchange.hpp"
#include "liblb/core/request_policy.hpp"
#include "liblb/core/rules/judge.hpp"
#include "liblb/io/compressed_client.hpp"
#include "liblb/io/frontend.hpp"

namespace hapair::lb {

/// `find_ends` tells both ends of the client's connection, null where there are none; it is asked
/// only where they are wanted. False: the head has no room for what is to be added.
template <class FindEnds>
[[nodiscard]] bool shape_request(const RequestPolicy& policy, const base::IpAddress& peer, bool tls,
                                 const FindEnds& find_ends, http::RequestHead& head,
                                 RequestNotes& notes) {
  ClientFacts facts{.peer = peer, .local = {}, .tls = tls};
  if (policy.wants_local()) {
    const ClientEnds* const ends = find_ends();
    if (ends != nullptr) facts.local = ends->local;
  }
  RequestPolicy::Random random;
  if (policy.wants_random()) random = {net::random_number(), net::random_number()};
  return policy.shape(head, facts, random, notes);
}

/// Whose request it is: what the policy has found out, else what the connection tells. `policy` may
/// be null; then `notes` say nothing. `tls`: the connection is under it.
[[nodiscard]] inline RequestOrigin origin_of(const RequestPolicy* policy, const RequestNotes& notes,
                                             const base::IpAddress& peer, bool tls) {
  if (policy != nullptr) return notes.origin;
  return {.client = peer, .secure = tls};
}

// In these `policy` is null where the frontend has none, and `judge` where it has no rules.

/// Bytes that both have added to the request's head.
[[nodiscard]] std::size_t added_bytes(const RequestPolicy* policy, const RequestNotes& notes,
                                      const rules::Judge* judge);

/// What the exchange of such a request is to know, as far as it is no matter of the connection.
[[nodiscard]] ExchangeTerms terms_of(const FrontendSettings& settings, const RequestOrigin& origin,
                                     const rules::Judge* judge);

/// Who gets the response for `client`: what stands before it to compress that, in `place`, or the
/// client itself; then the place is empty. All references outlive it.
[[nodiscard]] ClientSide& compress_for(RestKeeper& client, std::optional<CompressedClient>& place,
                                       Context& context, Frontend& frontend,
                                       const http::RequestHead& request);

/// Tells the exchange what becomes of its response.
void dress(Exchange& exchange, const RequestPolicy* policy, const RequestNotes& notes,
           const rules::Judge* judge);

/// Of an error that is answered here: its page is that of the backend that has the request
/// (`exchange` may be null), else the frontend's. `head`: null where it was not understood.
[[nodiscard]] http::ErrorTerms error_terms_of(const RequestPolicy* policy,
                                              const RequestNotes& notes, const Exchange* exchange,
                                              const http::RequestHead* head, int status);

/// The whole answer to one request too many.
[[nodiscard]] std::string too_many_requests(base::Duration wait, http::ErrorTerms terms);

}  // namespace hapair::lb
