// What an HTTP/2 client's requests count for in its limits, and what it hears when it is over one.
#include <utility>

#include "common/http/fault.hpp"
#include "liblb/io/h2_session.hpp"
#include "liblb/io/h2_stream.hpp"
#include "liblb/io/request_rules.hpp"
#include "liblb/io/request_shaping.hpp"

namespace hapair::lb {

bool H2Stream::is_over_limit(BackendDriver* backend) {
  Frontend& frontend = session_->frontend();
  if (!frontend.counts_requests(backend)) return false;
  const auto wait = frontend.refuse_request(origin(), head_, backend, counts_);
  if (!wait) return false;
  http::ErrorTerms terms = error_terms(http::kTooManyRequestsStatus);
  use_page_of(backend, http::kTooManyRequestsStatus, terms);
  reply(too_many_requests(*wait, std::move(terms)), http::kTooManyRequestsStatus,
        {.cause = 'P', .phase = 'R'});
  return true;
}

void H2Stream::note_cost() {
  Frontend& frontend = session_->frontend();
  if (!frontend.counts_requests(nullptr) || bad_head_) return;
  frontend.note_request(origin().client, head_,
                        {.status = exchange_ ? exchange_->report().status : local_status_,
                         .bytes_in = builder_.bytes() + received_,
                         .bytes_out = sent_},
                        counts_);
}

}  // namespace hapair::lb
