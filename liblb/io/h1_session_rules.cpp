// What rules make of an HTTP/1 request: it goes on as they want it, or is answered, held up or
// dropped.
#include <utility>

#include "common/http/fault.hpp"
#include "liblb/io/h1_session.hpp"
#include "liblb/io/page_visit.hpp"
#include "liblb/io/request_rules.hpp"

namespace hapair::lb {

const rules::ConnectionFacts& H1Session::connection_facts() {
  if (!facts_) facts_ = facts_of(client_, ends(), tls_);
  return *facts_;
}

bool H1Session::obey_rules() {
  Transaction& current = transaction();
  if (!current.judge) current.judge = std::make_unique<rules::Judge>();
  current.judge->begin(current.head);
  return hear_on();
}

bool H1Session::hear_on() {
  using Kind = rules::Verdict::Kind;
  Transaction& current = transaction();
  current.inquiry = hear_rules({.context = context_,
                                .frontend = frontend_,
                                .connection = connection_facts(),
                                .origin = origin(),
                                .judge = *current.judge,
                                .asker = *this});
  switch (current.judge->verdict().kind) {
    case Kind::kOpen:
      state_ = State::kInquiry;
      timer_.cancel();  // whoever was asked has a limit of its own
      return true;
    case Kind::kPass:
      if (visit_page()) return true;  // before what is not for servers is taken away
      if (current.judge->apply(current.head, current.received)) return false;
      refuse(http::Fault::kHeadTooLarge);
      return true;
    case Kind::kDenied:
    case Kind::kAnswer:
      answer_verdict(false);
      return true;
    case Kind::kTarpit:
      enter_tarpit();
      return true;
    case Kind::kDrop:
      drop_silently();
      return true;
  }
  return false;
}

bool H1Session::visit_page() {
  Transaction& current = transaction();
  const auto access = PageVisit::find(frontend_, current.head.path);
  if (access == LocalPages::Access::kNone) return false;
  current.visit = PageVisit::begin({.context = context_,
                                    .frontend = frontend_,
                                    .access = access,
                                    .connection = connection_facts(),
                                    .origin = origin(),
                                    .head = current.head,
                                    .has_body = !current.input.body_ended(),
                                    .asker = *this});
  current.statistics = true;
  state_ = State::kInquiry;
  timer_.cancel();  // making it is a matter of turns
  return true;
}

void H1Session::answer_with_page() {
  Transaction& current = transaction();
  const auto visit = std::move(current.visit);
  current.page_place = visit->take_place();
  state_ = State::kHead;
  if (!visit->judge().user().empty()) {
    if (!current.judge) current.judge = std::make_unique<rules::Judge>();
    current.judge->set_user(visit->judge().user());
  }
  goes_on_ = current.head.method != http::Method::kConnect && can_go_on();
  close_ = !goes_on_;
  if (visit->refused()) {
    const rules::Verdict& verdict = visit->judge().verdict();
    reply(render_verdict(frontend_, visit->judge(), error_terms(verdict.status)), verdict.status,
          note_verdict(frontend_, verdict, false));
  } else {
    ++frontend_.counters.intercepted;
    reply(visit->render(close_), visit->status(), {.cause = 'L', .phase = 'R'});
  }
  run();
}

void H1Session::on_answer() {
  if (transaction().visit) return answer_with_page();
  const auto answered = std::move(transaction().inquiry);
  state_ = State::kHead;
  if (!hear_on()) serve_request();
  run();
}

void H1Session::leave_inquiry(char cause) {
  transaction().local_status = -1;
  transaction().local_end = {.cause = cause, .phase = 'R'};
  end_request();
  close();
}

void H1Session::answer_verdict(bool late) {
  const rules::Verdict& verdict = transaction().judge->verdict();
  // Behind a CONNECT the client may have sent what is for the tunnel, and no request.
  goes_on_ = !late && transaction().head.method != http::Method::kConnect && can_go_on();
  close_ = !goes_on_;
  reply(render_verdict(frontend_, *transaction().judge, error_terms(verdict.status)),
        verdict.status, note_verdict(frontend_, verdict, late));
}

void H1Session::enter_tarpit() {
  Transaction& current = transaction();
  current.keep_head();  // those who are held up hold no buffer
  current.input.let_go();
  current.input.release_if_empty();
  state_ = State::kTarpit;
  set_deadline(context_.now() + current.judge->verdict().delay);
}

void H1Session::leave_tarpit(char cause) {
  ++frontend_.counters.denied_requests;
  transaction().local_status = -1;
  transaction().local_end = {.cause = cause, .phase = 'T'};
  end_request();
  close();
}

void H1Session::drop_silently() {
  transaction().local_status = -1;
  transaction().local_end = note_verdict(frontend_, transaction().judge->verdict(), false);
  end_request();
  stream_->vanish();
  close();
}

}  // namespace hapair::lb
