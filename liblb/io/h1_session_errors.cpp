// What an HTTP/1 client gets from us in place of a server's response, and how its connection goes
// on behind that: an error that says nothing against the request's framing does not end it.
#include <utility>

#include "common/event/clock.hpp"
#include "common/http/reply.hpp"
#include "liblb/io/h1_session.hpp"
#include "liblb/io/request_rules.hpp"
#include "liblb/io/request_shaping.hpp"

namespace hapair::lb {
namespace {

/// So much of a body that no server takes is read and thrown away; a longer one ends the connection
/// instead.
constexpr std::uint64_t kMaxDiscard = 64 * 1024;

constexpr int kUnavailable = 503;

/// The failures that are not the request's: all others leave doubts where the next one begins, or
/// whether it is worth reading.
bool is_servers_failure(int status) { return status >= 502 && status <= 504; }

}  // namespace

bool H1Session::can_go_on() {
  if (close_ || listener().draining() || nothing_follows()) return false;
  Transaction& current = transaction();
  if (current.input.body_ended()) return current.input.piped() == 0;
  // RFC 9110, section 10.1.1: such a client may send its body or leave it out.
  if (current.head.framing.expect_continue) return false;
  return current.input.piped() == 0 && current.input.payload_ahead() <= kMaxDiscard;
}

void H1Session::send_error(int status) {
  goes_on_ = is_servers_failure(status) && can_go_on();
  close_ = !goes_on_;
  reply(http::error_reply(status, error_terms(status)), status, transaction().local_end);
}

http::ErrorTerms H1Session::error_terms(int status) {
  Transaction& current = transaction();
  const Exchange* const exchange = state_ == State::kExchange ? &*current.exchange : nullptr;
  const http::RequestHead* const head = bad_request_ ? nullptr : &current.head;
  http::ErrorTerms terms = error_terms_of(policy(), current.notes, exchange, head, status);
  terms.close = close_;
  if (head != nullptr) terms.client = head->version;
  return terms;
}

void H1Session::note_malformed(http::Fault fault, std::size_t at, bool body) {
  frontend_.malformed.record(
      {.fault = fault, .bytes = transaction().input.unread(), .at = at, .body = body},
      client_.to_string(), {}, event::wall_now());
}

void H1Session::refuse(http::Fault fault) {
  ++frontend_.counters.request_errors;
  const http::RequestHead& head = transaction().head;
  // Behind a CONNECT the client may have sent what is for the tunnel, and no request.
  goes_on_ =
      fault == http::Fault::kMethodRefused && head.method != http::Method::kConnect && can_go_on();
  close_ = !goes_on_;
  const char cause = fault == http::Fault::kRequestTimeout ? 'c' : 'P';
  http::ErrorTerms terms = error_terms(http::info(fault).status);
  if (!goes_on_) terms.client = http::Version::kHttp11;
  reply(http::error_reply(http::info(fault).status, terms), http::info(fault).status,
        {.cause = cause, .phase = 'R'});
}

bool H1Session::is_over_limit(BackendDriver* backend) {
  if (!frontend_.counts_requests(backend)) return false;
  const http::RequestHead& head = transaction().head;
  const auto wait = frontend_.refuse_request(origin(), head, backend, transaction().counts);
  if (!wait) return false;
  goes_on_ = head.method != http::Method::kConnect && can_go_on();
  close_ = !goes_on_;
  http::ErrorTerms terms = error_terms(http::kTooManyRequestsStatus);
  use_page_of(backend, http::kTooManyRequestsStatus, terms);
  reply(too_many_requests(*wait, std::move(terms)), http::kTooManyRequestsStatus,
        {.cause = 'P', .phase = 'R'});
  return true;
}

void H1Session::refuse_for_want_of_buffer() {
  ++frontend_.counters.internal_errors;
  if (state_ == State::kIdle) begin_head();
  bad_request_ = true;
  goes_on_ = false;
  close_ = true;
  reply(http::error_reply(kUnavailable, error_terms(kUnavailable)), kUnavailable,
        {.cause = 'R', .phase = 'R'});
}

void H1Session::reply(std::string response, int status, TerminationState end) {
  if (listener().draining()) close_ = true;
  frontend_.counters.responses.count(static_cast<unsigned>(status));
  Transaction& current = transaction();
  current.writer->add_reply(std::move(response));
  current.writer->flush();
  check_writer();
  if (state_ == State::kExchange) return;  // end_exchange() comes
  current.exchange.reset();
  current.local_status = status;
  current.local_end = end;
  state_ = State::kFlush;
  set_deadline(context_.now() + frontend_.settings().client_timeout);
}

void H1Session::begin_discard() {
  transaction().input.let_go();  // the head has been logged
  state_ = State::kDiscard;
  set_deadline(context_.now() + frontend_.settings().http_request_timeout);
  context_.work.add(task_);
}

bool H1Session::discard_body() {
  Transaction& current = transaction();
  switch (current.input.decode()) {
    case H1Input::Body::kPieces: {
      const std::size_t bytes = size_of(current.input.pieces());
      current.input.drop(bytes);
      current.discarded += bytes;
      frontend_.counters.bytes_in += bytes;
      listener().counters.bytes_in += bytes;
      if (current.discarded > kMaxDiscard) break;
      if (!current.input.body_ended()) return true;
      if (listener().draining() || nothing_follows()) break;
      await_request();
      return true;
    }
    case H1Input::Body::kMore:
      if (over_budget()) return false;
      switch (current.input.fill(*stream_, context_.buffers, BufferPool::Use::kContinue, task_)) {
        case H1Input::Fill::kBytes:
          turn_bytes_ += current.input.last_fill();
          return true;
        case H1Input::Fill::kWouldBlock:
        case H1Input::Fill::kNoBuffer:
        case H1Input::Fill::kNoPipe:
          current.input.release_if_empty();
          return false;
        case H1Input::Fill::kFull:
        case H1Input::Fill::kEof:
        case H1Input::Fill::kError:
          close();
          return false;
      }
      break;
    case H1Input::Body::kPipe:
    case H1Input::Body::kFault:
      break;
  }
  close_after_response();
  return true;
}

}  // namespace hapair::lb
