#include "liblb/io/h2_stream.hpp"

#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "common/http/head_parser.hpp"
#include "common/http/max_forwards.hpp"
#include "common/http/reply.hpp"
#include "common/http/upgrade.hpp"
#include "liblb/io/access_note.hpp"
#include "liblb/io/certificate_terms.hpp"
#include "liblb/io/h2_session.hpp"
#include "liblb/io/local_answer.hpp"
#include "liblb/io/request_rules.hpp"
#include "liblb/io/request_shaping.hpp"
#include "liblb/io/websocket_accept.hpp"

namespace hapair::lb {

H2Stream::H2Stream() : timer_(event::Callback<>::to<&H2Stream::on_timeout>(this)) {}

void H2Stream::open(H2Session& session, http::StreamId id) {
  const FrontendSettings& settings = session.frontend().settings();
  session_ = &session;
  id_ = id;
  state_ = State::kHead;
  builder_.restart(settings.head_limits);
  rest();
  request_trailers_.clear();
  trailer_fault_.reset();
  received_ = 0;
  remote_ended_ = closed_ = malformed_ = bad_head_ = quiet_ = false;
  offer_.restart();
  reply_.clear();
  end_sent_ = waits_ = swallows_ = statistics_ = false;
  for (std::string& value : captured_) value.clear();
  if (judge_) {
    judge_->captures().clear();
    judge_->set_user({});
  }
  first_byte_ = head_complete_ = session.context().now();
  sent_ = 0;
  local_status_ = -1;
  local_end_ = {};
}

// What comes in

void H2Stream::on_field(std::string_view name, std::string_view value) {
  if (state_ == State::kHead) {
    builder_.add(name, value);
  } else if (!trailer_fault_) {
    trailer_fault_ = http::add_h2_trailer(name, value, request_trailers_);
  }
}

void H2Stream::on_head(bool end) {
  if (state_ == State::kHead) {
    begin_request(end);
    return;
  }
  if (!end) trailer_fault_ = http::Fault::kMisplacedHead;
  if (trailer_fault_) {
    break_off(*trailer_fault_);
  } else {
    on_end();
  }
}

void H2Stream::on_data(std::string_view bytes) {
  if (!takes_body() || malformed_) {
    session_->connection().consume(id_, bytes.size());
    return;
  }
  received_ += bytes.size();
  body_.add(bytes);
  session_->touch(*this);
  const http::FramingFacts& facts = head_.framing;
  if (facts.has_content_length && received_ > facts.content_length) {
    break_off(http::Fault::kLengthMismatch);
  }
}

void H2Stream::on_end() {
  remote_ended_ = true;
  if (!takes_body() || malformed_) return;
  const http::FramingFacts& facts = head_.framing;
  if (facts.has_content_length && received_ < facts.content_length) {
    break_off(http::Fault::kLengthMismatch);
    return;
  }
  session_->touch(*this);
}

void H2Stream::on_window() {
  if (waits_) session_->touch(*this);
}

void H2Stream::on_closed(http::H2Error /*error*/) {
  closed_ = true;
  if (state_ != State::kFree) session_->touch(*this);
}

// The request

void H2Stream::begin_request(bool ends) {
  TrafficCounters& counters = session_->frontend().counters;
  const base::Instant now = session_->context().now();
  head_complete_ = now;
  head_is_all_ = remote_ended_ = ends;
  ++counters.requests;
  counters.request_rate.count(now);
  http::H2RequestBuilder::Terms terms{.ends_stream = ends};
  if (session_->frontend().settings().upgrade && builder_.names_protocol()) {
    websocket_key_ = session_->make_websocket_key();
    terms.websocket = websocket_key_;
  }
  if (const auto fault = builder_.finish(terms, head_)) {
    bad_head_ = true;
    refuse(*fault);
    return;
  }
  if (session_->certificate() != nullptr) session_->certificate()->purge(head_.fields);
  if (!shape()) {
    refuse(http::Fault::kHeadTooLarge);
    return;
  }
  if (answer_here()) return;
  state_ = State::kReady;
  session_->touch(*this);
}

const RequestPolicy* H2Stream::policy() const {
  return session_->frontend().settings().policy.get();
}

bool H2Stream::shape() {
  if (policy() == nullptr) return true;
  return shape_request(
      *policy(), session_->client().address, session_->listener().tls().has_value(),
      [this] { return session_->ends(); }, head_, notes_);
}

http::ErrorTerms H2Stream::error_terms(int status) const {
  const Exchange* const exchange = state_ == State::kExchange ? &*exchange_ : nullptr;
  return error_terms_of(policy(), notes_, exchange, bad_head_ ? nullptr : &head_, status);
}

RequestOrigin H2Stream::origin() const {
  return origin_of(policy(), notes_, session_->client().address,
                   session_->listener().tls().has_value());
}

bool H2Stream::answer_here() {
  Frontend& frontend = session_->frontend();
  const FrontendSettings& settings = frontend.settings();
  const bool websocket = builder_.opens_websocket();
  if (!settings.passes(head_.method)) {
    refuse(http::Fault::kMethodRefused);
    return true;
  }
  if (http::hops_left(head_) == 0U) {
    ++frontend.counters.intercepted;
    reply(http::reply_of_last_hop(head_, false), 200, {});
    return true;
  }
  if (policy() != nullptr) {
    if (const auto answer =
            local_answer(session_->listener(), frontend, head_, notes_, websocket)) {
      quiet_ = !answer->logged;
      ++frontend.counters.intercepted;
      reply(answer->render(error_terms(answer->status)), answer->status,
            {.cause = 'L', .phase = 'R'});
      return true;
    }
  }
  if (is_over_limit(nullptr)) return true;
  if (frontend.rules() != nullptr && obey_rules()) return true;
  return answer_behind_rules();
}

void H2Stream::start_exchange() {
  Frontend& frontend = session_->frontend();
  BackendDriver& driver = *backend_of(frontend, judge());
  if (is_over_limit(&driver)) return;
  const bool tunnels = head_.method == http::Method::kConnect || builder_.opens_websocket();
  ExchangeTerms terms = terms_of(frontend.settings(), origin(), judge());
  terms.body_follows = !head_is_all_ && !tunnels;
  terms.first_request = session_->take_first_request();
  terms.head_bytes = builder_.bytes();
  terms.upgrade = builder_.opens_websocket();
  terms.client_address = session_->client_address();
  terms.certificate = session_->certificate();
  if (driver.backend().sends_proxy()) terms.ends = session_->ends();
  ClientSide& client = compress_for(*this, compressed_, session_->context(), frontend, head_);
  exchange_.emplace(client, driver.backend(), driver, head_, terms);
  if (compressed_) compressed_->serve(*exchange_);
  dress(*exchange_, policy(), notes_, judge());
  state_ = State::kExchange;
  exchange_->start(session_->context().now());
}

void H2Stream::note_malformed(http::Fault fault, bool body) {
  ++session_->frontend().counters.request_errors;
  const std::string_view text = builder_.text();
  session_->frontend().malformed.record(
      {.fault = fault, .bytes = text, .at = text.size(), .body = body},
      session_->client().to_string(), {}, event::wall_now());
}

void H2Stream::refuse(http::Fault fault) {
  const int status = http::info(fault).status;
  if (fault == http::Fault::kMethodRefused) {
    ++session_->frontend().counters.request_errors;
  } else {
    note_malformed(fault, false);
  }
  const TerminationState end{.cause = 'P', .phase = 'R'};
  if (status != http::kBadRequestStatus) {
    reply(http::error_reply(status, error_terms(status)), status, end);
    return;
  }
  end_malformed(status, end);
}

void H2Stream::end_malformed(int status, TerminationState end) {
  local_status_ = status;
  local_end_ = end;
  session_->frontend().counters.responses.count(static_cast<unsigned>(status));
  malformed_ = true;
  reset(http::H2Error::kProtocolError);
  state_ = State::kFlush;
  session_->touch(*this);
}

void H2Stream::break_off(http::Fault fault) {
  if (malformed_ || closed_ || !takes_body()) return;
  const int status = http::info(fault).status;
  note_malformed(fault, true);
  if (state_ != State::kExchange) {
    end_malformed(status, {.cause = 'P', .phase = 'D'});
    return;
  }
  malformed_ = true;
  exchange_->on_client_gone(status);
}

void H2Stream::settle() {
  touched = false;
  if (state_ == State::kReady) {
    if (closed_) {
      leave_unserved('C', 'C');
      return;
    }
    if (!session_->may_begin(*this)) return;
    start_exchange();
  }
  if (state_ == State::kExchange && (closed_ || (swallows_ && exchange_->request_unfinished()))) {
    exchange_->on_client_gone(0);
  } else if (state_ == State::kExchange) {
    pump_request();
    if (waits_ && !session_->output_blocked()) wake();
  } else if (state_ == State::kHead && closed_) {
    ++session_->frontend().counters.request_errors;
    bad_head_ = true;
    local_status_ = http::kBadRequestStatus;
    local_end_ = {.cause = 'C', .phase = 'R'};
    finish();
    return;
  } else if (state_ == State::kInquiry && closed_) {
    leave_unserved('C', 'R');
    return;
  } else if (state_ == State::kTarpit && closed_) {
    leave_tarpit('C');
    return;
  }
  if (state_ != State::kFlush) return;
  if (end_sent_ || malformed_) {
    finish();
  } else if (closed_) {
    finish('C');
  }
}

void H2Stream::wake() {
  if (state_ != State::kExchange || closed_) return;
  waits_ = false;
  if (compressed_) compressed_->on_ready();
  exchange_->on_client_ready(session_->context().now());
}

void H2Stream::pump_request() {
  while (state_ == State::kExchange && exchange_->request_unfinished()) {
    if (!offer_body()) break;
  }
  if (state_ != State::kExchange) return;
  const bool wanted = exchange_->request_unfinished() || head_.method == http::Method::kConnect ||
                      builder_.opens_websocket();
  if (!wanted && !body_.empty()) {
    session_->connection().consume(id_, body_.size());
    body_.clear();
  }
}

bool H2Stream::offer_body() {
  const Pieces pieces = body_.pieces();
  const std::size_t offered = size_of(pieces);
  const bool end = remote_ended_ && offered == body_.size();
  if (offered == 0 && !end) {
    exchange_->on_request_pause();
    return false;
  }
  if (end && !request_trailers_.empty()) exchange_->on_request_trailers(request_trailers_);
  const std::size_t accepted = exchange_->on_request_body(pieces, end, session_->context().now());
  if (accepted > 0) session_->connection().consume(id_, accepted);
  if (state_ != State::kExchange) return false;  // finish() has let go of the rest
  body_.drop(accepted);
  return accepted == offered && !end;
}

bool H2Stream::keep_body() { return body_.keep(session_->context().buffers, session_->task()); }

// The response

bool H2Stream::send_head(const http::ResponseHead& head, const http::BodyFraming& body) {
  if (closed_ || session_->output_blocked()) {
    waits_ = true;
    return false;
  }
  using Kind = http::BodyFraming::Kind;
  std::optional<std::uint64_t> length;
  if (body.kind == Kind::kLength) length = body.length;
  if (body.kind == Kind::kNone && !head.is_interim() && head.status != 204 &&
      head.framing.has_content_length) {
    length = head.framing.content_length;
  }
  std::string digits;
  std::vector<http::H2Field> fields;
  http::list_response_fields(head, length, digits, fields);
  http::H2Connection& connection = session_->connection();
  if (head.is_interim()) {
    connection.submit_interim(id_, head.status, fields);
    return true;
  }
  int status = head.status;
  bool end = body.kind == Kind::kNone;
  if (builder_.opens_websocket()) {
    const bool switches = body.kind == Kind::kTunnel;
    if (switches && is_accepted(head, websocket_key_)) {
      status = 200;
      std::erase_if(fields, [](const http::H2Field& field) {
        return base::equals_ignoring_case(field.name, http::kWebSocketAcceptField);
      });
    } else if (switches || (status >= 200 && status <= 299)) {
      // To the client a 2xx would mean that its WebSocket is open.
      status = http::kBadGatewayStatus;
      fields.clear();
      swallows_ = end = true;
    }
  }
  connection.submit_response(id_, status, fields, end);
  if (end) offer_.set_ended();
  Frontend& frontend = session_->frontend();
  frontend.counters.responses.count(static_cast<unsigned>(status));
  capture_fields(session_->context(), frontend.settings(), head, captured_);
  if (judge() != nullptr) judge_->captures().take_response(head.fields);
  if (body.kind == Kind::kTunnel) session_->touch(*this);
  return true;
}

std::size_t H2Stream::send_body(Pieces pieces, bool end) {
  if (swallows_) return size_of(pieces);
  if (offer_.ended() || closed_) return 0;
  offer_.offer(*session_, id_, pieces, end);
  const std::size_t accepted = offer_.take_back();
  if (accepted < size_of(pieces)) waits_ = true;
  return accepted;
}

void H2Stream::send_rest(std::string bytes) {
  if (swallows_ || offer_.ended() || closed_) return;
  reply_ = std::move(bytes);
  reply_piece_ = reply_;
  offer_.offer(*session_, id_, {&reply_piece_, 1}, true);
}

H2Stream::Part H2Stream::next_part(std::size_t room) {
  return offer_.next_part(session_->connection(), id_, room);
}

void H2Stream::flush() { session_->flush_soon(); }

void H2Stream::resume_request() { session_->touch(*this); }

void H2Stream::set_deadline(base::Instant deadline) {
  session_->context().wheel.arm(timer_, deadline);
}

void H2Stream::send_error(int status) {
  if (malformed_) {  // the reset says it
    session_->frontend().counters.responses.count(static_cast<unsigned>(status));
    return;
  }
  reply(http::error_reply(status, error_terms(status)), status, local_end_);
}

void H2Stream::reply(std::string_view message, int status, TerminationState end) {
  http::ResponseParser parser;
  http::ResponseHead head;
  const http::ParseResult parsed = parser.parse(message, head);
  session_->frontend().counters.responses.count(static_cast<unsigned>(status));
  reply_ = message.substr(parsed.bytes);
  std::optional<std::uint64_t> length;
  if (head.framing.has_content_length) length = head.framing.content_length;
  std::string digits;
  std::vector<http::H2Field> fields;
  http::list_response_fields(head, length, digits, fields);
  session_->connection().submit_response(id_, status, fields, reply_.empty());
  reply_piece_ = reply_;
  if (reply_.empty()) {
    offer_.set_ended();
    session_->gather();
  } else {
    offer_.offer(*session_, id_, {&reply_piece_, 1}, true);
  }
  if (state_ == State::kExchange) return;  // end_exchange() comes
  exchange_.reset();
  local_status_ = status;
  local_end_ = end;
  flush_reply();
}

void H2Stream::flush_reply() {
  state_ = State::kFlush;
  set_deadline(session_->context().now() + session_->frontend().settings().client_timeout);
  session_->touch(*this);
  session_->flush_soon();
}

void H2Stream::end_exchange(Ending ending) {
  if (ending == Ending::kCut || malformed_) {
    if (malformed_) {
      reset(http::H2Error::kProtocolError);
    } else if (!closed_) {
      session_->gather();  // what was submitted before the reset
      const bool slow = exchange_->report().cause == 'c';
      session_->connection().reset(id_,
                                   slow ? http::H2Error::kCancel : http::H2Error::kInternalError);
      session_->flush_soon();
    }
    finish();
    return;
  }
  if (!end_sent_) session_->gather();
  if (end_sent_) {
    finish();
  } else {
    flush_reply();
  }
}

void H2Stream::on_sent(std::size_t bytes, bool end) {
  sent_ += bytes;
  if (!end) return;
  end_sent_ = true;
  if (state_ == State::kFlush) session_->touch(*this);
}

void H2Stream::reset(http::H2Error error) {
  session_->connection().reset(id_, error);
  session_->flush_soon();
}

void H2Stream::on_timeout() noexcept {
  if (state_ == State::kExchange) {
    exchange_->on_deadline(session_->context().now());
  } else if (state_ == State::kTarpit) {
    answer_verdict(true);
  } else if (state_ == State::kFlush) {
    session_->connection().reset(id_, http::H2Error::kCancel);
    session_->flush_soon();
    finish('c');
  }
}

void H2Stream::lose(bool killed) {
  closed_ = true;
  switch (state_) {
    case State::kExchange:
      killed ? exchange_->on_killed() : exchange_->on_client_gone(0);
      return;
    case State::kFlush:
      finish(killed ? 'K' : 'C');
      return;
    case State::kHead:
      bad_head_ = true;
      local_status_ = http::kBadRequestStatus;
      local_end_ = {.cause = killed ? 'K' : 'C', .phase = 'R'};
      finish();
      return;
    case State::kReady:
      leave_unserved(killed ? 'K' : 'C', 'C');
      return;
    case State::kInquiry:
      leave_unserved(killed ? 'K' : 'C', 'R');
      return;
    case State::kTarpit:
      leave_tarpit(killed ? 'K' : 'C');
      return;
    case State::kFree:
      return;
  }
}

void H2Stream::leave_unserved(char cause, char phase) {
  local_end_ = {.cause = cause, .phase = phase};
  finish();
}

void H2Stream::expire_head() {
  const int status = http::info(http::Fault::kRequestTimeout).status;
  ++session_->frontend().counters.request_errors;
  bad_head_ = true;
  local_status_ = status;
  local_end_ = {.cause = 'c', .phase = 'R'};
  finish();
}

void H2Stream::finish(char lost_cause) {
  timer_.cancel();
  inquiry_.reset();
  visit_.reset();
  page_place_.reset();
  Frontend& frontend = session_->frontend();
  if (!bad_head_) frontend.latency.request.record(head_complete_ - first_byte_);
  frontend.latency.total.record(session_->context().now() - first_byte_);
  note_cost();
  log_access(lost_cause);
  // RFC 9113, section 8.1: the rest of the request is not needed.
  if (!remote_ended_ && !closed_ && end_sent_ && !malformed_) {
    session_->connection().reset(id_, http::H2Error::kNoError);
    session_->flush_soon();
  }
  if (!body_.empty()) session_->connection().consume(id_, body_.size());
  body_.clear();
  if (!closed_) session_->connection().forget(id_);
  frontend.forget(*this);
  state_ = State::kFree;
  session_->release(*this);
}

void H2Stream::log_access(char lost_cause) {
  Frontend& frontend = session_->frontend();
  if (quiet_ || !logs_access(session_->context(), frontend.settings())) return;
  AccessNote note;
  note.client = session_->client();
  note.tls = session_->listener().tls().has_value();
  note.first_byte = first_byte_;
  note.head_complete = head_complete_;
  if (!bad_head_) note.head = &head_;
  if (!bad_head_ && policy() != nullptr) note.notes = &notes_;
  if (judge_) note.user = judge_->user();
  note.bytes_from_client = builder_.bytes() + received_;
  note.bytes_to_client = sent_;
  note.captured = captured_;
  if (judge() != nullptr) note.captures = &judge_->captures();
  if (exchange_) note.exchange = &*exchange_;
  note.status = local_status_;
  note.end = local_end_;
  note.statistics = statistics_;
  note.lost_cause = lost_cause;
  write_access(session_->context(), frontend, note);
}

}  // namespace hapair::lb
