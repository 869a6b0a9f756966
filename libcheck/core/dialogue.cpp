#include "libcheck/core/dialogue.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {

Finding Dialogue::on_eof(base::Bytes pending) {
  return malformed(pending.empty() ? base::concat("closed before the ", awaited())
                                   : base::concat("closed within the ", awaited()));
}

Finding Dialogue::on_timeout() {
  return {.code = CheckCode::kL7Timeout, .info = base::concat("no ", awaited(), " in time")};
}

Conversation::Reply Conversation::open() {
  Move move = dialogue_->open();
  assert(move.consumed == 0);
  return {.send = std::move(move.send), .finding = std::move(move.finding)};
}

Conversation::Reply Conversation::secured() {
  Move move = dialogue_->on_secured();
  return {.send = std::move(move.send), .finding = std::move(move.finding)};
}

Conversation::Reply Conversation::take(std::size_t bytes) {
  assert(bytes <= room().size());
  filled_ += bytes;
  received_ += bytes;
  Reply reply;
  std::size_t done = 0;
  while (done < filled_ && !reply.finding && !reply.secure) {
    Move move = dialogue_->read(base::Bytes(buffer_).first(filled_).subspan(done));
    reply.send += move.send;
    reply.finding = std::move(move.finding);
    reply.secure = move.secure;
    done += move.consumed;
    if (move.consumed == 0) break;
  }
  drop(done);
  // RFC 3207, section 4: what somebody has put there must not be taken for what comes under TLS.
  if (reply.secure && filled_ > 0) {
    reply = {.finding = malformed("more in plain text behind the change to TLS")};
  }
  if (!reply.finding && (filled_ == buffer_.size() || received_ > kMaxReceived)) {
    reply.finding = malformed("the answer is too long");
  }
  return reply;
}

Finding Conversation::on_eof() { return dialogue_->on_eof(base::Bytes(buffer_).first(filled_)); }

void Conversation::drop(std::size_t bytes) {
  assert(bytes <= filled_);
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(bytes),
            buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
  filled_ -= bytes;
}

std::string shown(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return base::printable(text, CheckResult::kMaxInfo);
}

std::string shown(base::Bytes bytes) { return shown(base::as_text(bytes)); }

Finding passed(std::string info, std::uint16_t status) {
  return {.code = CheckCode::kL7Ok, .status = status, .info = std::move(info)};
}

Finding refused(std::string info, std::uint16_t status) {
  return {.code = CheckCode::kL7WrongStatus, .status = status, .info = std::move(info)};
}

Finding malformed(std::string info) {
  return {.code = CheckCode::kL7BadResponse, .info = std::move(info)};
}

std::optional<Line> first_line(base::Bytes pending) {
  const std::string_view all = base::as_text(pending);
  const std::size_t end = all.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view text = all.substr(0, end);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return Line{.text = text, .bytes = end + 1};
}

}  // namespace hapair::check
