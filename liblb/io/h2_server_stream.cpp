#include "liblb/io/h2_server_stream.hpp"

#include <utility>

#include "common/event/clock.hpp"
#include "common/http/upgrade.hpp"
#include "liblb/io/h2_server_connection.hpp"
#include "liblb/io/websocket_accept.hpp"

namespace hapair::lb {

void H2ServerStream::open(H2ServerConnection& connection, Exchange& exchange, bool reused) {
  connection_ = &connection;
  exchange_ = &exchange;
  id_ = 0;
  offer_.restart();
  kind_ = http::H2RequestKind::kMessage;
  builder_.restart({});
  earlier_.clear();
  body_.clear();
  trailers_.clear();
  fault_.reset();
  length_.reset();
  received_ = 0;
  interim_count_ = 0;
  reused_ = reused;
  waits_ = blocked_ = came_ = head_waits_ = final_came_ = passing_body_ = response_done_ = false;
  remote_ended_ = refused_ = unable_ = closed_ = false;
  if (connection.server_is_known()) judge_ability();
}

// The request

bool H2ServerStream::wants_switch() const {
  return exchange_ != nullptr && exchange_->offers_websocket();
}

bool H2ServerStream::ready() const {
  if (!connection_->lives() || unable_) return false;
  return !wants_switch() || connection_->takes_websockets();
}

void H2ServerStream::on_server_known() {
  if (id_ != 0 || !wants_switch()) return;
  judge_ability();
  if (!unable_) exchange_->on_connected(connection_->context().now());
}

void H2ServerStream::judge_ability() {
  if (!wants_switch() || connection_->takes_websockets()) return;
  unable_ = true;
  connection_->touch(*this);
}

bool H2ServerStream::send_head(const http::RequestHead& head, const http::RequestPlan& plan) {
  if (!connection_->speaks() || closed_) {
    refuse();
    return true;  // its loss is told
  }
  if (connection_->output_blocked()) {
    waits_ = true;
    return false;
  }
  kind_ = http::h2_kind_of(head, plan);
  std::vector<http::H2Field> fields;
  http::list_request_fields(head, plan, connection_->scheme(), text_, fields);
  const bool ends =
      kind_ == http::H2RequestKind::kMessage && plan.body.kind == http::BodyFraming::Kind::kNone;
  begun_at_ = connection_->gathered();
  const auto id = connection_->connection().submit_request(fields, ends, *this);
  if (!id) {  // no number is left for it
    connection_->leave();
    refuse();
    return true;
  }
  id_ = *id;
  if (ends) offer_.set_ended();
  if (kind_ == http::H2RequestKind::kWebSocket) {
    const http::Field* key = head.fields.find(http::kWebSocketKeyField);
    accept_ = websocket_accept(key != nullptr ? key->value : std::string_view());
  }
  return true;
}

std::size_t H2ServerStream::send_body(Pieces pieces, bool end) {
  if (offer_.ended() || closed_ || id_ == 0) return 0;
  offer_.offer(*connection_, id_, pieces, end);
  const std::size_t accepted = offer_.take_back();
  if (accepted < size_of(pieces)) waits_ = true;
  return accepted;
}

H2ServerStream::Part H2ServerStream::next_part(std::size_t room) {
  return offer_.next_part(connection_->connection(), id_, room);
}

void H2ServerStream::flush() { connection_->flush_soon(); }

void H2ServerStream::on_window() {
  if (waits_) connection_->touch(*this);
}

void H2ServerStream::wake() {
  if (exchange_ == nullptr || closed_ || connection_->output_blocked()) return;
  waits_ = false;
  exchange_->on_server_ready(connection_->context().now());
}

// What comes in

void H2ServerStream::on_field(std::string_view name, std::string_view value) {
  if (fault_) return;
  if (final_came_) {
    fault_ = http::add_h2_trailer(name, value, trailers_);
    return;
  }
  if (interim_count_ > 0 && builder_.is_complete()) {
    if (head_waits_) earlier_.push_back(std::move(builder_));
    builder_.restart({});
    head_waits_ = false;
  }
  builder_.add(name, value);
}

void H2ServerStream::on_head(bool end) {
  came_ = true;
  connection_->touch(*this);
  if (fault_) return;
  if (final_came_) {
    if (!end) return fail(http::Fault::kMisplacedHead);
    on_end();
    return;
  }
  builder_.complete();
  head_waits_ = true;
  if (builder_.is_interim()) {
    if (end) return fail(http::Fault::kMisplacedHead);
    if (++interim_count_ > kMaxInterim) return fail(http::Fault::kTooManyInterim);
    return;
  }
  final_came_ = true;
  remote_ended_ = end;
}

void H2ServerStream::on_data(std::string_view bytes) {
  http::H2Connection& connection = connection_->connection();
  // What a slow client does not take closes its own stream's window only.
  connection.consume_connection(bytes.size());
  if (exchange_ == nullptr || fault_) {
    connection.consume_stream(id_, bytes.size());
    return;
  }
  connection_->touch(*this);
  if (!final_came_) return fail(http::Fault::kMisplacedHead);
  received_ += bytes.size();
  body_.add(bytes);
}

void H2ServerStream::on_end() {
  remote_ended_ = true;
  connection_->touch(*this);
  if (!final_came_) fail(http::Fault::kMisplacedHead);
}

void H2ServerStream::on_closed(http::H2Error error) {
  closed_ = true;
  if (error == http::H2Error::kRefusedStream && !came_) refused_ = true;
  connection_->touch(*this);
}

void H2ServerStream::fail(http::Fault fault) {
  if (!fault_) fault_ = fault;
}

void H2ServerStream::refuse() {
  refused_ = true;
  connection_->touch(*this);
}

bool H2ServerStream::keep_body() {
  return body_.keep(connection_->context().buffers, connection_->task());
}

// The response

void H2ServerStream::settle() {
  touched = false;
  if (exchange_ != nullptr) pump();
  if (exchange_ == nullptr && closed_) connection_->release(*this);
}

void H2ServerStream::pump() {
  if (unable_) return lose(ServerLoss::kUnable);
  if (refused_ && !came_) return lose(ServerLoss::kRefused);
  if (waits_) wake();
  if (exchange_ == nullptr) return;
  if (fault_) return lose_malformed(*fault_);
  while (exchange_ != nullptr && !blocked_ && (passing_body_ ? pass_body() : pass_head())) {
  }
  if (exchange_ != nullptr && closed_ && !remote_ended_) lose(loss_now());
}

bool H2ServerStream::pass_head() {
  if (earlier_.empty() && !head_waits_) {
    if (interim_count_ > 0) exchange_->on_response_pause();
    return false;
  }
  const http::H2ResponseBuilder& builder = earlier_.empty() ? builder_ : earlier_.front();
  http::ResponseHead& head = connection_->context().response_head;
  if (const auto fault = judge(builder, head)) {
    lose_malformed(*fault);
    return false;
  }
  const http::BodyFraming body = http::h2_response_body(
      head, exchange_->request().method, remote_ended_ && received_ == 0 && trailers_.empty());
  if (!exchange_->on_response_head(head, builder.bytes(), body, connection_->context().now())) {
    blocked_ = exchange_ != nullptr;
    return false;
  }
  passing_body_ = !head.is_interim();
  if (earlier_.empty()) {
    head_waits_ = false;
  } else {
    earlier_.erase(earlier_.begin());
  }
  return true;
}

std::optional<http::Fault> H2ServerStream::judge(const http::H2ResponseBuilder& builder,
                                                 http::ResponseHead& head) {
  if (const auto fault = builder.finish(head)) return fault;
  if (head.is_interim()) return std::nullopt;
  const bool success = head.status >= 200 && head.status <= 299;
  if (success && kind_ == http::H2RequestKind::kWebSocket) make_switch(head);
  using Kind = http::BodyFraming::Kind;
  const http::BodyFraming body = http::h2_response_body(head, exchange_->request().method, false);
  if (body.kind == Kind::kNone) length_ = 0;
  if (body.kind == Kind::kLength) length_ = body.length;
  return judge_length();
}

std::optional<http::Fault> H2ServerStream::judge_length() const {
  if (!length_) return std::nullopt;
  const bool wrong = received_ > *length_ || (remote_ended_ && received_ < *length_);
  return wrong ? std::optional(http::Fault::kLengthMismatch) : std::nullopt;
}

void H2ServerStream::make_switch(http::ResponseHead& head) {
  head.status = 101;
  head.reason = http::reason_phrase(head.status);
  head.framing.upgrade = true;
  head.upgrade = http::kWebSocketName;
  if (head.fields.size() + 2 > http::FieldList::kCapacity) return;
  head.fields.add({"Upgrade", head.upgrade, http::FieldId::kUpgrade});
  head.fields.add({http::kWebSocketAcceptField, accept_, http::FieldId::kOther});
}

bool H2ServerStream::pass_body() {
  if (response_done_) return false;
  if (const auto fault = judge_length()) {
    lose_malformed(*fault);
    return false;
  }
  const Pieces pieces = body_.pieces();
  const std::size_t offered = size_of(pieces);
  const bool end = remote_ended_ && offered == body_.size();
  if (offered == 0 && !end) {
    exchange_->on_response_pause();
    return false;
  }
  if (end && !trailers_.empty()) exchange_->on_response_trailers(trailers_);
  const std::size_t accepted =
      exchange_->on_response_body(pieces, end, connection_->context().now());
  if (accepted > 0 && connection_->lives()) {
    connection_->connection().consume_stream(id_, accepted);
    connection_->flush_soon();
  }
  body_.drop(accepted);
  blocked_ = accepted < offered;
  if (blocked_ || !end) return !blocked_;
  if (kind_ == http::H2RequestKind::kMessage || !exchange_->request_unfinished()) {
    complete();
  } else if (closed_) {
    lose(ServerLoss::kBroken);
  } else {
    response_done_ = true;  // the client still sends
  }
  return false;
}

void H2ServerStream::resume_response() {
  blocked_ = false;
  connection_->touch(*this);
}

// The end

void H2ServerStream::complete() {
  Exchange& exchange = *exchange_;
  let_go();
  exchange.on_response_complete(connection_->context().now());
}

void H2ServerStream::abandon() { let_go(); }

void H2ServerStream::let_go() {
  exchange_ = nullptr;
  waits_ = false;
  body_.clear();
  if (id_ == 0) closed_ = true;
  if (closed_) {
    connection_->touch(*this);
    return;
  }
  if (remote_ended_ && offer_.end_offered()) return;  // closes in order
  // RFC 9113, section 8.1: the rest of a request that was answered is not sent.
  connection_->connection().reset(id_, http::H2Error::kCancel);
  connection_->flush_soon();
}

void H2ServerStream::lose_malformed(http::Fault fault) {
  const std::string_view text = builder_.text();
  exchange_->note_malformed(
      {.fault = fault, .bytes = text, .at = text.size(), .body = passing_body_}, event::wall_now());
  connection_->note_stream_error();
  if (!closed_) connection_->connection().reset(id_, http::H2Error::kProtocolError);
  lose(ServerLoss::kMalformed);
}

void H2ServerStream::lose(ServerLoss loss) {
  Exchange& exchange = *exchange_;
  if (loss == ServerLoss::kRefused) connection_->note_refusal();
  const bool connected = loss == ServerLoss::kUnable || !exchange.waits_for_server();
  let_go();
  if (connected) {
    exchange.on_server_gone(loss, connection_->context().now());
  } else {
    exchange.on_connect_failed(connection_->context().now());
  }
}

ServerLoss H2ServerStream::loss_now() const {
  if (came_) return ServerLoss::kBroken;
  if (refused_) return ServerLoss::kRefused;
  // What is still here has not left.
  const bool untouched = id_ == 0 || connection_->written() <= begun_at_;
  return untouched ? ServerLoss::kUntouched : ServerLoss::kSilent;
}

void H2ServerStream::on_connection_lost(std::optional<ServerLoss> loss) {
  closed_ = true;
  if (exchange_ == nullptr || (remote_ended_ && !fault_)) {
    connection_->touch(*this);  // what has come is still passed on
    return;
  }
  const ServerLoss known = loss_now();
  lose(known == ServerLoss::kSilent ? loss.value_or(known) : known);
}

}  // namespace hapair::lb
