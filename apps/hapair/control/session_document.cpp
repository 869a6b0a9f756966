// How a session sends a document that is made in pieces: one a call of the loop.
#include <utility>

#include "apps/hapair/control/session.hpp"
#include "apps/hapair/control/status_document.hpp"

namespace hapair::control {

Session::Next Session::begin_document(std::unique_ptr<StatusDocument> document) {
  if (version_ != http::Version::kHttp11) keep_alive_ = false;
  output_ = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n";
  if (version_ == http::Version::kHttp11) output_ += "Transfer-Encoding: chunked\r\n";
  if (!keep_alive_) output_ += "Connection: close\r\n";
  output_ += "\r\n";
  sent_ = 0;
  if (method_ != http::Method::kHead) document_ = std::move(document);
  state_ = State::kDocument;
  timer_.arm_after(kSendTimeout);
  return Next::kStep;
}

/// One piece a call of the loop, once the client has taken the last one.
Session::Next Session::send_document() {
  if (!flush()) return broken_ ? end() : Next::kWait;
  if (!document_) return keep_alive_ ? next_request() : end();
  const std::string piece = document_->next();
  if (piece.empty()) document_.reset();
  // An empty chunk is the last one.
  output_ = version_ == http::Version::kHttp11 ? as_chunk(piece) : piece;
  sent_ = 0;
  // Whoever asks the time lets the loop end its turn.
  (void)loop_.now();
  next_piece_.schedule();
  return Next::kWait;
}

}  // namespace hapair::control
