// A frontend's policy at work on a request of one of its clients, and on what it is answered.
#pragma once

#include "common/net/random_number.hpp"
#include "liblb/core/exchange.hpp"
#include "liblb/core/exchange_sides.hpp"
#include "liblb/core/request_policy.hpp"

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

/// The page for an error that is answered here: of the backend that has the request (`exchange` may
/// be null), else of the frontend; null: the built-in one.
[[nodiscard]] inline const http::ErrorPage* error_page(const RequestPolicy* policy,
                                                       const Exchange* exchange, int status) {
  if (exchange != nullptr && exchange->error_pages() != nullptr) {
    if (const auto* const page = exchange->error_pages()->find(status)) return page;
  }
  return policy != nullptr ? policy->error_pages().find(status) : nullptr;
}

}  // namespace hapair::lb
