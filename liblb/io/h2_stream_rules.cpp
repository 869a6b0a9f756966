// What rules make of an HTTP/2 request; see h1_session_rules.cpp. The connection is that of other
// requests too, so one that is dropped is reset and no more.
#include "common/http/fault.hpp"
#include "liblb/io/h2_session.hpp"
#include "liblb/io/h2_stream.hpp"
#include "liblb/io/request_rules.hpp"

namespace hapair::lb {

const rules::ConnectionFacts& H2Session::connection_facts() {
  if (!facts_) facts_ = facts_of(client_, ends(), tls_);
  return *facts_;
}

const rules::Judge* H2Stream::judge() const {
  return session_->frontend().rules() != nullptr ? judge_.get() : nullptr;
}

bool H2Stream::obey_rules() {
  using Kind = rules::Verdict::Kind;
  if (!judge_) judge_ = std::make_unique<rules::Judge>();
  judge_->begin(head_, builder_.opens_websocket());
  hear_rules(session_->frontend(), session_->connection_facts(), origin(), *judge_);
  const rules::Verdict& verdict = judge_->verdict();
  switch (verdict.kind) {
    case Kind::kPass:
      if (judge_->apply(head_, builder_.bytes())) return false;
      refuse(http::Fault::kHeadTooLarge);
      return true;
    case Kind::kDenied:
    case Kind::kAnswer:
      answer_verdict(false);
      return true;
    case Kind::kTarpit:
      state_ = State::kTarpit;
      set_deadline(session_->context().now() + verdict.delay);
      return true;
    case Kind::kDrop:
      local_end_ = note_verdict(session_->frontend(), verdict, false);
      malformed_ = true;  // no page: the reset says it
      reset(http::H2Error::kCancel);
      state_ = State::kFlush;
      session_->touch(*this);
      return true;
  }
  return false;
}

void H2Stream::answer_verdict(bool late) {
  const rules::Verdict& verdict = judge_->verdict();
  reply(render_verdict(session_->frontend(), *judge_, error_terms(verdict.status)), verdict.status,
        note_verdict(session_->frontend(), verdict, late));
}

void H2Stream::leave_tarpit(char cause) {
  ++session_->frontend().counters.denied_requests;
  local_end_ = {.cause = cause, .phase = 'T'};
  finish();
}

}  // namespace hapair::lb
