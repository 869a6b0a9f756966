// What an HTTP/2 client's requests count for in its limits, and what it hears when it is over one.
#include "common/base/text.hpp"
#include "common/http/reply.hpp"
#include "liblb/io/h2_session.hpp"
#include "liblb/io/h2_stream.hpp"
#include "liblb/io/origin.hpp"

namespace hapair::lb {

bool H2Stream::is_over_limit(BackendDriver* backend) {
  const RequestOrigin origin = origin_of(policy(), notes_, session_->client().address,
                                         session_->listener().tls().has_value());
  const auto wait = session_->frontend().refuse_request(origin.client, head_, backend);
  if (!wait) return false;
  const std::string seconds = base::concat(seconds_until(*wait));
  http::ErrorTerms terms = error_terms(http::kTooManyRequestsStatus);
  terms.fields.push_back({"Retry-After", seconds});
  reply(http::error_reply(http::kTooManyRequestsStatus, terms), http::kTooManyRequestsStatus,
        {.cause = 'P', .phase = 'R'});
  return true;
}

void H2Stream::note_cost() {
  Frontend& frontend = session_->frontend();
  if (!frontend.rate_limiter() || bad_head_) return;
  const RequestOrigin origin = origin_of(policy(), notes_, session_->client().address,
                                         session_->listener().tls().has_value());
  frontend.note_request(origin.client, head_,
                        {.status = exchange_ ? exchange_->report().status : local_status_,
                         .bytes_in = builder_.bytes() + received_,
                         .bytes_out = sent_});
}

}  // namespace hapair::lb
