#include "libcheck/io/dialogue_prober.hpp"

#include <array>
#include <system_error>
#include <utility>

namespace hapair::check {

DialogueProber::DialogueProber(const ProbeParts& parts, const CheckSpec& spec, net::FirstWord first,
                               MakeDialogue make, ProbeHandler& handler)
    : StreamProber(parts, spec, handler), first_(first), make_(std::move(make)) {}

void DialogueProber::on_connected() noexcept {
  conversation_ = std::make_unique<Conversation>(make_());
  if (!act(conversation_->open())) on_ready();
}

void DialogueProber::on_secured() noexcept {
  if (!act(conversation_->secured())) on_ready();
}

void DialogueProber::on_ready() noexcept {
  write_rest(to_send_, sent_);
  while (stream().may_read()) {
    if (read_once()) return;
  }
}

/// True: nothing more is to be read now.
bool DialogueProber::read_once() {
  std::array<std::uint8_t, Conversation::kMaxPending> room;  // most of it is never touched
  const net::IoResult got = stream().read(room);
  switch (got.status) {
    case net::IoStatus::kOk:
      return act(conversation_->take(base::Bytes(room).first(got.bytes)));
    case net::IoStatus::kWouldBlock:
      return true;
    case net::IoStatus::kEof:
      return act({.send = {}, .finding = conversation_->on_eof()});
    case net::IoStatus::kError:
      finish(
          {.code = CheckCode::kL7BadResponse, .info = std::generic_category().message(got.error)});
      return true;
  }
  return true;
}

bool DialogueProber::act(Conversation::Reply reply) {
  const bool takes_leave = !reply.send.empty();
  if (to_send_.empty()) {
    to_send_ = std::move(reply.send);
  } else {
    to_send_ += reply.send;
  }
  write_rest(to_send_, sent_);
  if (reply.secure) {
    to_send_.clear();
    sent_ = 0;
    secure();
    return true;
  }
  if (!reply.finding) return false;
  finish(*std::move(reply.finding), takes_leave ? Leaving::kInOrder : Leaving::kAtOnce);
  return true;
}

void DialogueProber::on_late() noexcept { finish(conversation_->on_timeout()); }

void DialogueProber::on_end() noexcept {
  conversation_.reset();
  to_send_.clear();
  sent_ = 0;
}

}  // namespace hapair::check
