// How a session sends a document that is made in pieces: one a call of the loop.
#include <utility>

#include "apps/hapair/control/pieced_document.hpp"
#include "apps/hapair/control/session.hpp"

namespace hapair::control {

Session::Next Session::begin_document(std::unique_ptr<PiecedDocument> document,
                                      std::string_view content_type) {
  open_pieces(content_type);
  if (method_ != http::Method::kHead) document_ = std::move(document);
  state_ = State::kDocument;
  timer_.arm_after(kSendTimeout);
  return Next::kStep;
}

// Sent as it is, and the connection's end is the answer's.
Session::Next Session::answer_line(std::size_t bytes) {
  document_ = router_.answer_line(input().substr(0, bytes));
  version_ = http::Version::kHttp10;
  keep_alive_ = false;
  output_.clear();
  sent_ = 0;
  state_ = State::kDocument;
  timer_.arm_after(kSendTimeout);
  return Next::kStep;
}

/// One piece a call of the loop, once the client has taken the last one.
Session::Next Session::send_document() {
  if (!flush()) return broken_ ? end() : Next::kWait;
  if (!document_) return keep_alive_ ? next_request() : end();
  if (document_->prepare()) {
    const std::string piece = document_->next();
    if (piece.empty()) document_.reset();
    put_piece(piece);
  }
  // Whoever asks the time lets the loop end its turn.
  (void)loop_.now();
  next_piece_.schedule();
  return Next::kWait;
}

}  // namespace hapair::control
