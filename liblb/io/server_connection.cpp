#include "liblb/io/server_connection.hpp"

#include <array>

#include "common/event/clock.hpp"
#include "common/http/connection_auth.hpp"
#include "common/http/head_writer.hpp"
#include "common/net/socket.hpp"
#include "liblb/io/connection_pool.hpp"
#include "liblb/io/proxy_terms.hpp"

namespace hapair::lb {

ServerConnection::ServerConnection(Context& context, ConnectionPool& pool, ServerStream stream,
                                   SendProxy send_proxy)
    : context_(context),
      pool_(pool),
      stream_(std::move(stream)),
      writer_(*stream_),
      task_(event::Callback<>::to<&ServerConnection::on_task>(this)),
      idle_timer_(event::Callback<>::to<&ServerConnection::on_idle_timeout>(this)),
      send_proxy_(send_proxy) {
  context_.add_user();
}

ServerConnection::~ServerConnection() { context_.remove_user(); }

void ServerConnection::take_over() {
  stream_->set_handler(this);
  state_ = State::kBusy;
  context_.work.add(task_);
}

void ServerConnection::assign(Exchange& exchange) {
  exchange_ = &exchange;
  if (state_ == State::kIdle) {
    state_ = State::kBusy;
    reused_ = true;
    idle_timer_.cancel();
  }
  written_before_ = writer_.bytes_written();
  stage_ = Stage::kHead;
  response_began_ = false;
  response_done_ = false;
  interim_count_ = 0;
  waits_for_room_ = false;
  parser_.restart();
}

bool ServerConnection::still_stands() {
  std::array<std::uint8_t, 1> byte{};
  return stream_->read(byte).status == net::IoStatus::kWouldBlock;
}

bool ServerConnection::send_head(const http::RequestHead& head, const http::RequestPlan& plan) {
  const auto room = writer_.head_room(context_.buffers, task_);
  waits_for_room_ = room.empty();
  if (waits_for_room_) return false;
  close_after_ = plan.close;
  if (http::authenticates_connection(head)) pool_.reserve(*this, exchange_->client());
  const std::size_t greeting = stream_.under_tls() ? 0 : write_greeting(room);
  const auto bytes = http::write_request_head(room.subspan(greeting), head, plan);
  // A head within the limits always fits (see Buffer::kSize); one that would not is not sent, and
  // the exchange ends with the server's time-out.
  if (bytes) writer_.add_head(greeting + *bytes, plan.body);
  return true;
}

std::size_t ServerConnection::write_greeting(std::span<std::uint8_t> room) const {
  if (send_proxy_ == SendProxy::kNone || reused_) return 0;
  return net::write_proxy_header(room, proxy_version(send_proxy_),
                                 proxied_ends(exchange_->client_ends()));
}

std::size_t ServerConnection::send_body(Pieces pieces, bool end) {
  const std::size_t accepted = writer_.send_body(pieces, end);
  check_writer();
  return accepted;
}

std::size_t ServerConnection::send_piped(const PipedBytes& bytes, bool end) {
  const std::size_t accepted = writer_.send_pipe(bytes.pipe, end);
  check_writer();
  return accepted;
}

void ServerConnection::flush() {
  if (!writer_.blocked()) writer_.flush();
  check_writer();
}

void ServerConnection::check_writer() {
  // The response may be there all the same (an early error, then a close): the pump will see.
  if (writer_.failed()) context_.work.add(task_);
}

void ServerConnection::resume_response() { context_.work.add(task_); }

void ServerConnection::abandon() {
  exchange_ = nullptr;
  // What the client lost must not look like a regular end.
  if (writer_.tunnel() && !writer_.finished()) stream_->abort();
  pool_.retire(*this);
}

void ServerConnection::wait(base::Instant deadline) {
  state_ = State::kIdle;
  context_.wheel.arm(idle_timer_, deadline);
}

void ServerConnection::silence() {
  state_ = State::kDead;
  idle_timer_.cancel();
  task_.unqueue();
  stream_->set_handler(nullptr);
}

void ServerConnection::on_idle_timeout() noexcept { pool_.retire(*this); }

void ServerConnection::on_task() noexcept {
  if (state_ == State::kDead) return;
  on_stream_ready();
}

void ServerConnection::on_stream_ready() noexcept {
  if (state_ == State::kConnecting) on_connect_done();
  if (state_ == State::kIdle) {
    // Nothing may come between exchanges: data, FIN and errors all end the connection. An event of
    // bytes that a deferred turn has read already does not.
    if (stream_->may_read() && !still_stands()) pool_.retire(*this);
    return;
  }
  if (state_ != State::kBusy) return;
  const bool was_blocked = writer_.blocked();
  if (was_blocked) {
    writer_.flush();
    check_writer();
  }
  if (waits_for_room_ || (was_blocked && writer_.idle())) {
    waits_for_room_ = false;
    exchange_->on_server_ready(context_.now());
  }
  if (state_ == State::kBusy) pump();
}

void ServerConnection::on_connect_done() {
  std::array<std::uint8_t, net::kMaxProxyWritten> room;
  const std::size_t greeting = stream_.under_tls() ? write_greeting(room) : 0;
  const ServerStream::Opening opening = stream_.advance(std::span(room).first(greeting));
  if (opening == ServerStream::Opening::kUnderWay) return;
  if (opening == ServerStream::Opening::kFailed) {
    Exchange& exchange = *exchange_;
    exchange_ = nullptr;
    pool_.tell_failure(stream_);
    pool_.retire(*this);
    exchange.on_connect_failed(context_.now());
    return;
  }
  state_ = State::kBusy;
  exchange_->on_connected(context_.now());
}

void ServerConnection::pump() {
  if (response_done_) {
    if (writer_.failed()) lose(ServerLoss::kBroken);
    return;
  }
  turn_bytes_ = 0;
  while (stage_ == Stage::kHead ? pump_head() : pump_body()) {
  }
}

bool ServerConnection::pump_head() {
  if (input_.unread().empty()) return fill();
  http::ResponseHead& head = context_.response_head;
  const http::ParseResult parsed = parser_.parse(input_.unread(), head);
  if (!parsed.complete()) {
    parser_.restart();  // the head is shared: what was understood of it so far is lost
    if (!parsed.faulty()) return fill();
    lose_malformed(parsed.fault, parsed.bytes, false);
    return false;
  }
  parser_.restart();
  const bool unasked = head.status == 101 && !exchange_->expects_switch(head);
  if (unasked || (head.is_interim() && interim_count_ >= kMaxInterim)) {
    lose(ServerLoss::kMalformed);
    return false;
  }
  const http::BodyFraming body = http::response_body(head, exchange_->request().method);
  const bool personal = http::authenticates_connection(head);
  if (!exchange_->on_response_head(head, parsed.bytes, body, context_.now())) return false;
  if (personal) pool_.reserve(*this, exchange_->client());
  input_.consume(parsed.bytes);
  if (head.is_interim()) {
    ++interim_count_;
    return true;
  }
  using Kind = http::BodyFraming::Kind;
  if (body.kind == Kind::kTunnel) writer_.open_tunnel();
  keep_ = http::wants_keep_alive(head.version, head.framing) && body.kind != Kind::kUntilClose &&
          body.kind != Kind::kTunnel && !close_after_;
  input_.begin_body(body);
  stage_ = Stage::kBody;
  return true;
}

bool ServerConnection::pump_body() {
  switch (input_.decode()) {
    case H1Input::Body::kFault:
      lose_malformed(input_.fault(), input_.fault_at(), true);
      return false;
    case H1Input::Body::kMore:
      return fill();
    case H1Input::Body::kPipe: {
      const PipedBytes bytes{.pipe = input_.pipe(), .size = input_.piped()};
      return passed_on(exchange_->on_response_piped(bytes, input_.body_ended(), context_.now()),
                       bytes.size);
    }
    case H1Input::Body::kPieces:
      break;
  }
  const Pieces pieces = input_.pieces();
  const std::size_t offered = size_of(pieces);
  if (!input_.trailers().empty()) exchange_->on_response_trailers(input_.trailers());
  const std::size_t accepted =
      exchange_->on_response_body(pieces, input_.body_ended(), context_.now());
  input_.drop(accepted);
  return passed_on(accepted, offered);
}

bool ServerConnection::passed_on(std::size_t accepted, std::size_t offered) {
  if (accepted < offered) return false;  // resume_response() comes when the client has room
  if (!input_.body_ended()) return true;
  if (!writer_.tunnel() || !exchange_->request_unfinished()) {
    complete();
  } else if (writer_.failed()) {
    lose(ServerLoss::kBroken);
  } else {
    response_done_ = true;  // the client still sends
    input_.release_if_empty();
  }
  return false;
}

bool ServerConnection::fill() {
  if (turn_bytes_ >= kBytesPerTurn) {
    context_.work.add(task_);
    return false;
  }
  switch (fill_input()) {
    case H1Input::Fill::kBytes:
      response_began_ = true;
      turn_bytes_ += input_.last_fill();
      return true;
    case H1Input::Fill::kWouldBlock:
      input_.release_if_empty();
      exchange_->on_response_pause();
      return false;
    case H1Input::Fill::kNoBuffer:
    case H1Input::Fill::kNoPipe:  // fill_input() has tried a buffer instead
      exchange_->on_response_pause();
      return false;
    case H1Input::Fill::kFull:
      lose_malformed(http::Fault::kHeadTooLarge, input_.unread().size(), false);
      return false;
    case H1Input::Fill::kEof:
      return on_end_of_stream(true);
    case H1Input::Fill::kError:
      return on_end_of_stream(false);
  }
  return false;
}

H1Input::Fill ServerConnection::fill_input() {
  if (stage_ == Stage::kBody && input_.may_pipe() && exchange_->client_takes_pipes()) {
    const H1Input::Fill filled = input_.fill_pipe(*stream_, context_.pipes);
    if (filled != H1Input::Fill::kNoPipe) return filled;
  }
  return input_.fill(*stream_, context_.buffers, BufferPool::Use::kContinue, task_);
}

bool ServerConnection::on_end_of_stream(bool clean) {
  if (stage_ == Stage::kBody && clean && input_.finish_body()) return true;
  lose(response_began_ ? ServerLoss::kBroken : silent_loss());
  return false;
}

ServerLoss ServerConnection::silent_loss() const {
  return writer_.bytes_written() == written_before_ ? ServerLoss::kUntouched : ServerLoss::kSilent;
}

void ServerConnection::complete() {
  Exchange& exchange = *exchange_;
  exchange_ = nullptr;
  const bool leftover = !input_.unread().empty();
  input_.clear();
  // may_read() here means that a FIN came behind the response, or that nobody has looked yet.
  if (keep_ && !leftover && writer_.idle() && !writer_.failed() && !exchange.request_unfinished() &&
      (!stream_->may_read() || still_stands())) {
    pool_.park(*this);
  } else {
    pool_.retire(*this);
  }
  exchange.on_response_complete(context_.now());
}

void ServerConnection::lose_malformed(http::Fault fault, std::size_t at, bool body) {
  exchange_->note_malformed({.fault = fault, .bytes = input_.unread(), .at = at, .body = body},
                            event::wall_now());
  lose(ServerLoss::kMalformed);
}

void ServerConnection::lose(ServerLoss loss) {
  Exchange& exchange = *exchange_;
  exchange_ = nullptr;
  pool_.retire(*this);
  exchange.on_server_gone(loss, context_.now());
}

}  // namespace hapair::lb
