// What rules make of an HTTP/2 request; see h1_session_rules.cpp. The connection is that of other
// requests too, so one that is dropped is reset and no more.
#include <utility>

#include "common/http/fault.hpp"
#include "common/http/reply.hpp"
#include "liblb/io/certificate_terms.hpp"
#include "liblb/io/h2_session.hpp"
#include "liblb/io/h2_stream.hpp"
#include "liblb/io/page_visit.hpp"
#include "liblb/io/request_rules.hpp"
#include "liblb/io/request_shaping.hpp"

namespace hapair::lb {

const rules::ConnectionFacts& H2Session::connection_facts() {
  if (!facts_) facts_ = facts_of(client_, ends(), tls_);
  return *facts_;
}

const rules::Judge* H2Stream::judge() const {
  return session_->frontend().rules() != nullptr ? judge_.get() : nullptr;
}

bool H2Stream::obey_rules() {
  if (!judge_) judge_ = std::make_unique<rules::Judge>();
  judge_->begin(head_, builder_.opens_websocket());
  return hear_on();
}

bool H2Stream::hear_on() {
  using Kind = rules::Verdict::Kind;
  inquiry_ = hear_rules({.context = session_->context(),
                         .frontend = session_->frontend(),
                         .connection = session_->connection_facts(),
                         .origin = origin(),
                         .judge = *judge_,
                         .asker = *this});
  const rules::Verdict& verdict = judge_->verdict();
  switch (verdict.kind) {
    case Kind::kOpen:
      state_ = State::kInquiry;
      return true;
    case Kind::kPass:
      // Before what is not for servers is taken away.
      if (!builder_.opens_websocket() && visit_page()) return true;
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

bool H2Stream::answer_behind_rules() {
  Frontend& frontend = session_->frontend();
  const bool websocket = builder_.opens_websocket();
  if (!websocket && visit_page()) return true;
  if (backend_of(frontend, judge()) == nullptr) {
    reply(http::error_reply(503, error_terms(503)), 503, {.cause = 'S', .phase = 'C'});
    return true;
  }
  const std::size_t added = added_bytes(policy(), notes_, judge());
  if (!fits_with(session_->certificate(), builder_.bytes(), added)) {
    refuse(http::Fault::kHeadTooLarge);
    return true;
  }
  return false;
}

bool H2Stream::visit_page() {
  const auto access = PageVisit::find(session_->frontend(), head_.path);
  if (access == LocalPages::Access::kNone) return false;
  visit_ = PageVisit::begin({.context = session_->context(),
                             .frontend = session_->frontend(),
                             .access = access,
                             .connection = session_->connection_facts(),
                             .origin = origin(),
                             .head = head_,
                             .has_body = !head_is_all_,
                             .asker = *this});
  statistics_ = true;
  state_ = State::kInquiry;
  return true;
}

void H2Stream::answer_with_page() {
  const auto visit = std::move(visit_);
  page_place_ = visit->take_place();
  state_ = State::kHead;
  if (!visit->judge().user().empty()) {
    if (!judge_) judge_ = std::make_unique<rules::Judge>();
    judge_->set_user(visit->judge().user());
  }
  Frontend& frontend = session_->frontend();
  if (visit->refused()) {
    const rules::Verdict& verdict = visit->judge().verdict();
    reply(render_verdict(frontend, visit->judge(), error_terms(verdict.status)), verdict.status,
          note_verdict(frontend, verdict, false));
  } else {
    ++frontend.counters.intercepted;
    reply(visit->render(false), visit->status(), {.cause = 'L', .phase = 'R'});
  }
}

void H2Stream::on_answer() {
  if (state_ != State::kInquiry || closed_) return;  // it is being settled
  if (visit_) return answer_with_page();
  const auto answered = std::move(inquiry_);
  state_ = State::kHead;
  if (hear_on() || answer_behind_rules()) return;
  state_ = State::kReady;
  session_->touch(*this);
}

const ClientEnds* H2Stream::ends() { return session_->ends(); }

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
