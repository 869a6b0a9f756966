// An exchange of a backend that keeps its clients on their servers: where it belongs, and what its
// cookie becomes.
#include "liblb/core/exchange.hpp"

namespace hapair::lb {

void Exchange::look_where_it_belongs(base::Instant now) {
  affinity_ = backend_.persistence()->look(backend_, &request_, terms_.source, {}, now);
  report_.cookie = affinity_->cookie;
}

void Exchange::edit_cookies(http::ResponseHead& head, std::size_t head_bytes, base::Instant now) {
  const std::size_t others = head_bytes + response_edits_.bytes();
  const bool room = others + Persistence::kMaxGrowth <= kMaxEditedHead;
  backend_.persistence()->edit_response(head, *affinity_, server(), *report_.server,
                                        {.secure = terms_.secure, .room = room, .now = now});
}

void Exchange::note_cookies() {
  backend_.persistence()->on_response_sent(*affinity_);
  report_.cookie = affinity_->cookie;
  report_.cookie_action = affinity_->cookie_action;
}

}  // namespace hapair::lb
