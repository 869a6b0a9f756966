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

Conversation::Reply Conversation::take(base::Bytes piece) {
  Reply reply;
  while (!piece.empty() && !reply.finding && !reply.secure) {
    const std::size_t room = std::min(piece.size(), kMaxPending - pending_.size());
    add(piece.first(room), reply);
    piece = piece.subspan(room);
    if (!reply.finding && (pending_.size() == kMaxPending || received_ > kMaxReceived)) {
      reply.finding = malformed("the answer is too long");
    }
  }
  // RFC 3207, section 4: what somebody has put there must not be taken for what comes under TLS.
  if (reply.secure && !(pending_.empty() && piece.empty())) {
    reply.secure = false;
    reply.finding = malformed("more in plain text behind the change to TLS");
  }
  return reply;
}

void Conversation::add(base::Bytes bytes, Reply& reply) {
  received_ += bytes.size();
  if (pending_.empty()) {
    // Most answers come whole, and nothing of them is kept.
    const base::Bytes rest = bytes.subspan(show(bytes, reply));
    pending_.assign(rest.begin(), rest.end());
    return;
  }
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  const std::size_t done = show(pending_, reply);
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
}

std::size_t Conversation::show(base::Bytes waiting, Reply& reply) {
  std::size_t done = 0;
  while (done < waiting.size() && !reply.finding && !reply.secure) {
    Move move = dialogue_->read(waiting.subspan(done));
    reply.send += move.send;
    reply.finding = std::move(move.finding);
    reply.secure = move.secure;
    done += move.consumed;
    if (move.consumed == 0) break;
  }
  assert(done <= waiting.size());
  return done;
}

Finding Conversation::on_eof() { return dialogue_->on_eof(pending_); }

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
