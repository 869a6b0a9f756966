#include "liblb/io/h1_session.hpp"

#include <array>
#include <optional>
#include <utility>

#include "common/event/clock.hpp"
#include "common/http/head_writer.hpp"

namespace hapair::lb {
namespace {

/// How long the client may take to notice our FIN while it is still sending (RFC 9112,
/// section 9.6).
constexpr base::Duration kLingerTime = std::chrono::seconds(2);

}  // namespace

H1Session::H1Session(Context& context, Frontend& frontend, Listener& listener, Client client)
    : Session(listener),
      context_(context),
      frontend_(frontend),
      stream_(std::move(client.stream)),
      timer_(event::Callback<>::to<&H1Session::on_timeout>(this)),
      task_(event::Callback<>::to<&H1Session::on_task>(this)),
      client_(client.peer),
      client_address_(client_.address.to_string()),
      certificate_(std::move(client.certificate)),
      tls_(client.tls),
      accepted_(client.accepted.value_or(context.now())) {
  if (client.destination) note_ends(client.destination);
  context_.add_user();
}

H1Session::~H1Session() { context_.remove_user(); }

bool H1Session::start() {
  set_deadline(accepted_ + frontend_.settings().http_request_timeout);
  if (!stream_->start(*this)) return false;
  if (stream_->may_read()) context_.work.add(task_);
  return true;
}

void H1Session::on_stream_ready() noexcept {
  // Nothing is read while a part of the body has no place to go: a reset would go unseen.
  if (state_ == State::kExchange && transaction().input.holds_payload() &&
      stream_->failure() != 0) {
    transaction().exchange->on_client_gone(0);
  }
  run();
}

void H1Session::run() {
  turn_bytes_ = 0;
  turn_requests_ = 0;
  for (;;) {
    flush_writer();
    switch (state_) {
      case State::kIdle:
      case State::kHead:
        if (!read_head()) return;
        break;
      case State::kExchange:
        if (!pump_request()) return;
        break;
      case State::kFlush:
        if (!transaction().writer->idle()) return;
        finish_response();
        if (state_ == State::kFlush || over_budget()) return;
        break;
      case State::kDiscard:
        if (!discard_body()) return;
        break;
      case State::kTarpit:
        if (stream_->peer_finished() || stream_->failure() != 0) leave_tarpit('C');
        return;
      case State::kInquiry:
        if (client_gives_up() || stream_->failure() != 0) leave_inquiry('C');
        return;
      case State::kLinger:
        discard_input();
        return;
      case State::kClosed:
        return;
    }
  }
}

void H1Session::flush_writer() {
  if (!transaction_) return;
  H1Writer& writer = *transaction_->writer;
  const bool was_blocked = writer.blocked();
  if (was_blocked) writer.flush();
  if (writer.failed()) {
    if (state_ == State::kExchange) {
      transaction_->exchange->on_client_gone(0);
    } else {
      give_up_response('C');
    }
    return;
  }
  // Also after a wait for a buffer, when nothing was blocked in the stream.
  if (state_ == State::kExchange && writer.idle()) {
    if (transaction_->compressed) transaction_->compressed->on_ready();
    transaction_->exchange->on_client_ready(context_.now());
  }
}

bool H1Session::read_head() {
  if (!transaction_) {
    if (!stream_->may_read()) return false;
    transaction_ = context_.transactions.acquire(*stream_, frontend_.settings().head_limits);
  }
  Transaction& current = transaction();
  if (current.input.unread().empty()) return fill_head();
  if (state_ == State::kIdle) {
    state_ = State::kHead;
    spoke_ = true;
    begin_head();
    set_deadline(current.first_byte + frontend_.settings().http_request_timeout);
  }
  const http::ParseResult parsed = current.parser.parse(current.input.unread(), current.head);
  if (parsed.faulty()) {
    bad_request_ = true;
    note_malformed(parsed.fault, parsed.bytes, false);
    refuse(parsed.fault);
    return true;
  }
  return parsed.complete() ? begin_request(parsed.bytes) : fill_head();
}

void H1Session::begin_head() {
  Transaction& current = transaction();
  current.exchange.reset();
  current.first_byte = context_.now();
  current.received = 0;
  for (std::string& value : current.captured) value.clear();
  if (current.judge) {
    current.judge->captures().clear();
    current.judge->set_user({});
  }
  current.statistics = quiet_ = false;
}

bool H1Session::fill_head() {
  Transaction& current = transaction();
  const auto filled =
      current.input.fill(*stream_, context_.buffers, BufferPool::Use::kBegin, task_);
  starved_ = filled == H1Input::Fill::kNoBuffer;
  switch (filled) {
    case H1Input::Fill::kBytes:
      return true;
    case H1Input::Fill::kWouldBlock:
      if (state_ == State::kIdle) {
        context_.transactions.give_back(std::move(transaction_));
      }
      return false;
    case H1Input::Fill::kNoBuffer:
    case H1Input::Fill::kNoPipe:
      return false;
    case H1Input::Fill::kFull:
      bad_request_ = true;
      note_malformed(http::Fault::kHeadTooLarge, current.input.unread().size(), false);
      refuse(http::Fault::kHeadTooLarge);
      return true;
    case H1Input::Fill::kEof:
    case H1Input::Fill::kError:
      if (state_ == State::kHead) {
        ++frontend_.counters.request_errors;
        bad_request_ = true;
        current.local_status = http::kBadRequestStatus;
        current.local_end = {.cause = 'C', .phase = 'R'};
        log_access();
      } else if (!spoke_) {
        log_null(http::kBadRequestStatus, 'C');
      }
      close();
      return false;
  }
  return false;
}

bool H1Session::pump_request() {
  Transaction& current = transaction();
  if (current.exchange->waits_for_server() && client_gives_up()) {
    current.exchange->on_client_gone(0);
    return true;
  }
  if (!current.exchange->request_unfinished()) {
    watch_client();
    return false;
  }
  switch (current.input.decode()) {
    case H1Input::Body::kFault:
      ++frontend_.counters.request_errors;
      note_malformed(current.input.fault(), current.input.fault_at(), true);
      current.exchange->on_client_gone(http::info(current.input.fault()).status);
      return true;
    case H1Input::Body::kMore:
      return fill_body();
    case H1Input::Body::kPipe:
    case H1Input::Body::kPieces:
      break;
  }
  const bool end = current.input.body_ended();
  std::size_t offered = 0;
  std::size_t accepted = 0;
  if (const std::size_t piped = current.input.piped(); piped > 0) {
    offered = piped;
    accepted =
        current.exchange->on_request_piped({current.input.pipe(), piped}, end, context_.now());
  } else {
    const Pieces pieces = current.input.pieces();
    offered = size_of(pieces);
    const std::string_view trailers = current.input.trailers();
    if (!trailers.empty()) current.exchange->on_request_trailers(trailers);
    accepted = current.exchange->on_request_body(pieces, end, context_.now());
  }
  frontend_.counters.bytes_in += accepted;
  listener().counters.bytes_in += accepted;
  if (state_ != State::kExchange) return true;  // the transaction may be another's by now
  current.received += accepted;
  current.input.drop(accepted);
  if (accepted < offered) return false;  // resume_request() comes when the server has room
  return !(current.input.body_ended() && current.exchange->request_unfinished());
}

bool H1Session::fill_body() {
  Transaction& current = transaction();
  if (over_budget()) return false;
  switch (fill_input()) {
    case H1Input::Fill::kBytes:
      turn_bytes_ += current.input.last_fill();
      return true;
    case H1Input::Fill::kWouldBlock:
    case H1Input::Fill::kFull:  // cannot be: what was decoded has been passed on
    case H1Input::Fill::kNoBuffer:
    case H1Input::Fill::kNoPipe:  // fill_input() has tried a buffer instead
      current.exchange->on_request_pause();
      current.input.release_if_empty();
      return false;
    case H1Input::Fill::kEof:
      if (current.input.finish_body()) {  // of a tunnel: the end is passed on
        half_closed_ = true;
        return true;
      }
      [[fallthrough]];
    case H1Input::Fill::kError:
      ++frontend_.counters.request_errors;
      current.exchange->on_client_gone(0);
      return true;
  }
  return false;
}

H1Input::Fill H1Session::fill_input() {
  Transaction& current = transaction();
  if (current.input.may_pipe() && current.exchange->server_takes_pipes()) {
    const H1Input::Fill filled = current.input.fill_pipe(*stream_, context_.pipes);
    if (filled != H1Input::Fill::kNoPipe) return filled;
  }
  return current.input.fill(*stream_, context_.buffers, BufferPool::Use::kContinue, task_);
}

void H1Session::watch_client() {
  // The next request may come early, and a reset must be noticed; the rest of the buffer that
  // holds the head has room for that.
  while (stream_->may_read() && !half_closed_) {
    switch (
        transaction().input.fill(*stream_, context_.buffers, BufferPool::Use::kContinue, task_)) {
      case H1Input::Fill::kBytes:
        break;
      case H1Input::Fill::kEof:
        half_closed_ = true;  // it may still want the response
        return;
      case H1Input::Fill::kError:
        transaction().exchange->on_client_gone(0);
        return;
      case H1Input::Fill::kWouldBlock:
      case H1Input::Fill::kFull:
      case H1Input::Fill::kNoBuffer:
      case H1Input::Fill::kNoPipe:
        return;
    }
  }
}

bool H1Session::send_head(const http::ResponseHead& head, const http::BodyFraming& body) {
  Transaction& current = transaction();
  http::ResponsePlan plan{
      .body = {}, .client = current.head.version, .method = current.head.method, .close = false};
  if (head.is_interim()) {
    if (current.head.version == http::Version::kHttp10) return true;  // RFC 9110, section 15.2
  } else {
    plan.body = http::framing_towards(current.head.version, body);
    until_close_ = plan.body.kind == http::BodyFraming::Kind::kUntilClose;
    if (listener().draining() || until_close_ || current.exchange->request_unfinished() ||
        nothing_follows()) {
      close_ = true;
    }
    plan.close = close_;
  }
  const auto write = [&]() -> std::optional<std::size_t> {
    const auto room = current.writer->head_room(context_.buffers, task_);
    return room.empty() ? std::nullopt : http::write_response_head(room, head, plan);
  };
  auto bytes = write();
  if (!bytes && !current.writer->idle()) {
    flush();  // interim heads that wait take the room
    if (current.writer->idle()) bytes = write();
  }
  if (!bytes) return false;
  current.writer->add_head(*bytes, plan.body);
  if (plan.body.kind == http::BodyFraming::Kind::kTunnel) {
    open_tunnel();
  } else if (plan.close) {
    current.writer->set_last();
  }
  if (!head.is_interim()) {
    frontend_.counters.responses.count(static_cast<unsigned>(head.status));
    capture_response(head);
  }
  return true;
}

void H1Session::open_tunnel() {
  Transaction& current = transaction();
  current.keep_head();  // a tunnel may be silent for hours: it holds no buffer meanwhile
  current.input.let_go();
  current.input.begin_body({http::BodyFraming::Kind::kTunnel, 0});
  close_ = true;
  until_close_ = true;
  context_.work.add(task_);
}

std::size_t H1Session::send_body(Pieces pieces, bool end) {
  const std::size_t accepted = transaction().writer->send_body(pieces, end);
  check_writer();
  return accepted;
}

std::size_t H1Session::send_piped(const PipedBytes& bytes, bool end) {
  const std::size_t accepted = transaction().writer->send_pipe(bytes.pipe, end);
  check_writer();
  return accepted;
}

void H1Session::send_rest(std::string bytes) {
  transaction().writer->send_rest(bytes);
  check_writer();
}

void H1Session::flush() {
  H1Writer& writer = *transaction().writer;
  if (!writer.blocked()) writer.flush();
  check_writer();
}

void H1Session::check_writer() {
  if (transaction().writer->failed()) context_.work.add(task_);
}

bool H1Session::take_back_head() {
  if (!transaction().writer->take_back_head()) return false;
  frontend_.counters.responses.take_back(
      static_cast<unsigned>(transaction().exchange->report().status));
  return true;
}

void H1Session::end_exchange(Ending ending) {
  switch (ending) {
    case Ending::kCut:
      // Where only the connection's end tells the body's end, a FIN would be a fake one.
      if (until_close_) stream_->abort();
      end_request();
      close();
      return;
    case Ending::kClose:
      if (!goes_on_) close_ = true;
      break;
    case Ending::kComplete:
      break;
  }
  state_ = State::kFlush;
  if (transaction().writer->idle()) {
    finish_response();
  } else {
    set_deadline(context_.now() + frontend_.settings().client_timeout);
  }
}

void H1Session::finish_response() {
  Transaction& current = transaction();
  if (!bad_request_) frontend_.latency.request.record(current.head_complete - current.first_byte);
  frontend_.latency.total.record(context_.now() - current.first_byte);
  end_request();
  const std::uint64_t written = current.writer->bytes_written() - current.written_before;
  current.written_before = current.writer->bytes_written();
  frontend_.counters.bytes_out += written;
  listener().counters.bytes_out += written;
  const bool body_left = !current.input.body_ended() || !current.input.pieces().empty();
  if (close_ || listener().draining() || nothing_follows() || (body_left && !goes_on_)) {
    close_after_response();
  } else if (body_left) {
    begin_discard();
  } else {
    await_request();
  }
}

void H1Session::await_request() {
  Transaction& current = transaction();
  current.input.let_go();
  current.parser.restart();
  state_ = State::kIdle;
  set_deadline(context_.now() + frontend_.settings().http_keep_alive_timeout);
  if (current.input.unread().empty() && !stream_->may_read()) {
    context_.transactions.give_back(std::move(transaction_));
  } else {
    context_.work.add(task_);  // the next request is here already; another caller's turn ends first
  }
}

void H1Session::give_up_response(char cause) {
  end_request(cause);
  close();
}

void H1Session::close_after_response() {
  Transaction& current = transaction();
  const bool unread = !current.input.body_ended() || !current.input.unread().empty() ||
                      (stream_->may_read() && !half_closed_);
  if (!unread) {
    close();
    return;
  }
  // Closing now would reset the connection and could destroy the response on its way.
  stream_->shutdown_write();
  context_.transactions.give_back(std::move(transaction_));
  state_ = State::kLinger;
  set_deadline(context_.now() + kLingerTime);
  context_.work.add(task_);
}

void H1Session::discard_input() {
  std::array<std::uint8_t, 4096> nowhere;
  for (;;) {
    if (over_budget()) return;
    const net::IoResult result = stream_->read(nowhere);
    if (result.status == net::IoStatus::kWouldBlock) return;
    if (result.status != net::IoStatus::kOk) {
      close();
      return;
    }
    turn_bytes_ += result.bytes;
  }
}

bool H1Session::nothing_follows() { return half_closed_ && transaction().input.unread().empty(); }

bool H1Session::over_budget() {
  if (turn_bytes_ < kBytesPerTurn && turn_requests_ < kRequestsPerTurn) return false;
  context_.work.add(task_);
  return true;
}

void H1Session::on_timeout() noexcept {
  if (starved_ && (state_ == State::kIdle || state_ == State::kHead)) {
    refuse_for_want_of_buffer();
    run();
    return;
  }
  switch (state_) {
    case State::kHead:
      bad_request_ = true;
      refuse(http::Fault::kRequestTimeout);
      run();
      return;
    case State::kExchange:
      transaction().exchange->on_deadline(context_.now());
      return;
    case State::kTarpit:
      answer_verdict(true);
      run();
      return;
    case State::kFlush:
      stream_->abort();
      give_up_response('c');
      return;
    case State::kIdle:
      if (!spoke_) log_null(http::info(http::Fault::kRequestTimeout).status, 'c');
      break;
    case State::kDiscard:
    case State::kLinger:
      break;
    case State::kInquiry:
    case State::kClosed:
      return;
  }
  close();
}

void H1Session::reset() {
  stream_->abort();
  if (state_ == State::kExchange) {
    transaction().exchange->on_killed();
  } else if (state_ == State::kFlush) {
    give_up_response('K');
  } else if (state_ == State::kTarpit) {
    leave_tarpit('K');
  } else if (state_ == State::kInquiry) {
    leave_inquiry('K');
  } else if (state_ != State::kClosed) {
    close();
  }
}

void H1Session::drain() {
  // With a transaction there is a request to read, or one read already behind the last one.
  if (state_ == State::kIdle && !stream_->may_read() && !transaction_) close();
}

void H1Session::close() {
  if (transaction_) {
    const std::uint64_t written =
        transaction_->writer->bytes_written() - transaction_->written_before;
    frontend_.counters.bytes_out += written;
    listener().counters.bytes_out += written;
    context_.transactions.give_back(std::move(transaction_));
  }
  frontend_.forget(*this);
  state_ = State::kClosed;
  timer_.cancel();
  task_.unqueue();
  stream_->set_handler(nullptr);
  stream_->close();
  frontend_.retire(*this);
}

}  // namespace hapair::lb
