#include "liblb/io/compressed_client.hpp"

#include <algorithm>
#include <utility>

#include "liblb/core/exchange.hpp"
#include "liblb/io/context.hpp"

namespace hapair::lb {

CompressedClient::CompressedClient(Context& context, RestKeeper& next,
                                   const Compression& compression, const http::RequestHead& request,
                                   std::size_t& in_use)
    : context_(context),
      next_(next),
      compression_(compression),
      request_(request),
      in_use_(in_use),
      task_(event::Callback<>::to<&CompressedClient::on_task>(this)) {}

bool CompressedClient::send_head(const http::ResponseHead& head, const http::BodyFraming& body) {
  if (head.is_interim() || !compression_.suits(head, body)) return next_.send_head(head, body);
  const CompressionSettings& settings = compression_.settings();
  http::ContentCoding coding = compression_.choose(request_);
  std::unique_ptr<http::Compressor> compressor;
  if (coding != http::ContentCoding::kIdentity && in_use_ < settings.max_streams) {
    compressor = http::Compressor::make(coding, settings.level);
  }
  if (!compressor) coding = http::ContentCoding::kIdentity;
  http::FieldEdits edits;
  Compression::announce(head, coding, edits);
  http::ResponseHead edited = head;
  if (!edits.apply(edited.fields)) return next_.send_head(head, body);
  if (!compressor) return next_.send_head(edited, body);
  edited.framing.has_content_length = false;
  edited.framing.chunked = true;
  if (!next_.send_head(edited, {http::BodyFraming::Kind::kChunked, 0})) return false;
  compressor_ = std::move(compressor);
  ++in_use_;
  return true;
}

std::size_t CompressedClient::send_body(Pieces pieces, bool end) {
  if (!compressor_) return next_.send_body(pieces, end);
  const std::size_t offered = size_of(pieces);
  const std::size_t accepted = push() ? compress(pieces) : 0;
  if (end && accepted == offered) {
    compressor_->finish(ready_);
    next_.send_rest(ready_.substr(sent_));
    let_go();
  }
  return accepted;
}

std::size_t CompressedClient::compress(Pieces pieces) {
  std::size_t accepted = 0;
  turn_.resume(context_.loop.now());
  for (std::string_view piece : pieces) {
    while (!piece.empty()) {
      if (turn_.is_over()) {
        turn_.renew();
        context_.work.add(task_);
        return accepted;
      }
      const std::string_view part = piece.substr(0, kStep);
      compressor_->add(part, ready_);
      dirty_ = true;
      turn_.spend(context_.loop.now());
      accepted += part.size();
      piece.remove_prefix(part.size());
      if (ready_.size() - sent_ >= kSendSize && !push()) return accepted;
    }
  }
  return accepted;
}

bool CompressedClient::push() {
  if (sent_ < ready_.size()) {
    const std::string_view rest = std::string_view(ready_).substr(sent_);
    sent_ += next_.send_body({&rest, 1}, false);
    if (sent_ < ready_.size()) return false;
  }
  ready_.clear();
  sent_ = 0;
  return true;
}

void CompressedClient::flush() {
  if (compressor_) {
    turn_.renew();
    if (std::exchange(dirty_, false)) compressor_->flush(ready_);
    push();
  }
  next_.flush();
}

void CompressedClient::on_ready() {
  if (compressor_) push();
}

void CompressedClient::on_task() noexcept { exchange_->on_client_ready(context_.now()); }

bool CompressedClient::take_back_head() {
  if (!next_.take_back_head()) return false;
  let_go();
  return true;
}

void CompressedClient::end_exchange(Ending ending) {
  let_go();
  next_.end_exchange(ending);  // may destroy this
}

void CompressedClient::let_go() {
  task_.unqueue();
  if (!compressor_) return;
  compressor_.reset();
  ready_ = {};
  sent_ = 0;
  turn_.renew();
  dirty_ = false;
  --in_use_;
}

}  // namespace hapair::lb
